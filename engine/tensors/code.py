"""The project as code that people read: the very text that the script exporter writes, and where each layer stands in it."""

from __future__ import annotations

import re

from engine.catalog import LAYERS
from engine.commands import WriteCode
from engine.edits import topological_order
from engine.exporters.context import ExportContext
from engine.exporters.script import render
from engine.exporters.script_model import attribute_names, has_module, made_source, network_source
from engine.inspection import Code, CodeView
from engine.spec import INPUT_ID, OUTPUT_ID, NetworkSpec, ProjectSpec
from engine.tensors.check import check
from engine.views import NetworkReport

_IMPORTS = ["import torch", "from torch import nn", "", ""]


def write(command: WriteCode) -> CodeView:
    """The model, and the training script where the project can be trained. Engine thread only."""
    project = command.project
    report = check(project)
    if not report.ready:
        return CodeView(project, _draft(project, report), None)
    model = "\n".join([*_IMPORTS, *network_source(project.network, report), ""])
    script = render(ExportContext(project, report), ".py").decode("utf-8")
    return CodeView(project, located(model, project.network), located(script, project.network))


def located(text: str, network: NetworkSpec) -> Code:
    """Where each layer is made, set and used, by the names that the generated code has for it."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("class Network(")]
    first = starts[0] if starts else 0
    inside = range(first, next((n for n in range(first + 1, len(lines)) if lines[n][:1].strip()), len(lines)))
    found: dict[str, list[int]] = {node_id: [] for node_id in topological_order(network)}
    for node_id, name in attribute_names(network).items():
        own = re.compile(rf"\bself\.{re.escape(name)}\b|^\s+{re.escape(name)}_? = ")
        numbers = [number + 1 for number in inside if own.search(lines[number])]
        more = [number + 1 for number in numbers if lines[number - 1].endswith("# every step")]
        found[node_id] = sorted([*numbers, *more])
    for number in inside:
        if lines[number].lstrip().startswith("def forward("):
            found[INPUT_ID] = [number + 1]
        elif lines[number].lstrip().startswith("return "):
            found[OUTPUT_ID] = [number + 1]
    return Code(text, {node_id: tuple(numbers) for node_id, numbers in found.items() if numbers})


def _draft(project: ProjectSpec, report: NetworkReport) -> Code:
    """A model that does not run yet: what can be written, and at each layer that is wrong what is wrong with it."""
    network = project.network
    wrong: dict[str, list[str]] = {}
    for issue in report.issues:
        if issue.severity == "error":
            wrong.setdefault(issue.node, []).append(issue.text)
    runs = set(report.shapes) & set(report.settled)
    sound = all(node.id in report.shapes for node in network.nodes)
    if sound:  # the network runs; what is wrong is elsewhere
        head = [f"# {text}" for texts in wrong.values() for text in texts]
        text = "\n".join([*_IMPORTS[:2], "", *head, "", "", *network_source(network, report), ""])
        return located(text, network)
    lines = [*_IMPORTS, "class Network(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    where: dict[str, tuple[int, ...]] = {}
    for node_id, name in attribute_names(network).items():
        begin = len(lines)
        lines += [f"        # {text}" for text in wrong.get(node_id, ())]
        node = network.node(node_id)
        if not has_module(node):
            lines.append(f"        # {name}: {LAYERS[node.kind].title} is written in forward")
        elif node_id in runs:
            lines.append(f"        {made_source(node, name, report)}")
        else:
            why = "does not fit" if node_id in wrong else "waits for the layers in front of it"
            lines.append(f"        # self.{name} = nn.{LAYERS[node.kind].title}(…): {why}")
        where[node_id] = tuple(range(begin + 1, len(lines) + 1))
    lines += ["", "    # forward is written when every layer runs.", ""]
    return Code("\n".join(lines), {node_id: numbers for node_id, numbers in where.items() if numbers})

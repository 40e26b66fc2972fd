"""Results as text for people, six significant digits, and the tape as JSON with every digit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.catalog.training import TRAIN_PARTS
from engine.datasets import PARTS, DataError
from engine.datasets.importing import plan_of
from engine.datasets.registry import DATASETS
from engine.diagnosis import Verdict
from engine.edits import topological_order
from engine.project_file import Loaded
from engine.spec import Choice, DataSpec, TrainSpec
from engine.views import Issue, Memory, NetworkReport, Tape, TapeEvent, TensorView

_MOST_ROWS = 12
_MOST_VALUES = 8


def results_text(found: dict[str, Any]) -> str:
    """A table of the epochs, at most a dozen of them, and the test part below."""
    epochs, steps = found["epochs"], found["steps"]
    lines = [
        f"{found['name']}: {epochs:,} epochs, {steps:,} steps on {found['device']} in {found['seconds']:.1f} s",
        "",
    ]
    titles = {
        "train_loss": "train loss",
        "val_loss": "val loss",
        "train_accuracy": "train acc",
        "val_accuracy": "val acc",
    }
    columns = {key: title for key, title in titles.items() if any(value is not None for value in found[key])}
    lines.append("epoch" + "".join(f"{title:>13}" for title in columns.values()))
    for epoch in _some(epochs):
        cells = [_share(found[key][epoch]) if "acc" in key else _number(found[key][epoch]) for key in columns]
        lines.append(f"{epoch + 1:>5}" + "".join(f"{cell:>13}" for cell in cells))
    if found["test_loss"] is not None:
        accuracy = found["test_accuracy"]
        share = "" if accuracy is None else f", accuracy {_share(accuracy)}"
        lines += ["", f"test part: loss {_number(found['test_loss'])}{share}"]
    lines += ["", f"{found['traced_steps']:,} of {steps:,} steps traced. {found['path_reason']}"]
    lines += verdict_lines(found["verdicts"])
    if "out" in found:
        lines += ["", "written:", *(f"  {path}" for path in found["out"])]
    return "\n".join(lines)


def verdicts_json(verdicts: tuple[Verdict, ...]) -> list[dict[str, Any]]:
    """What is wrong with a run, causes first."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "text": each.text,
            "threshold": each.threshold,
            "layers": list(each.layers),
            "fixes": [fix.text for fix in each.fixes],
        }
        for each in verdicts
    ]


def verdict_lines(verdicts: list[dict[str, Any]]) -> list[str]:
    """The same for people; nothing for a healthy run."""
    lines = []
    for each in verdicts:
        where = f" ({', '.join(each['layers'])})" if each["layers"] else ""
        lines += ["", f"{each['title']}{where}: {each['text']}", *(f"  fix: {text}" for text in each["fixes"])]
    return lines


def report_json(report: NetworkReport) -> dict[str, Any]:
    """What torch says of a project: shapes without the batch axis, trainable numbers per layer and in all, problems."""
    return {
        "shapes": {node_id: list(shape) for node_id, shape in report.shapes.items()},
        "parameters": {"layers": report.parameters, "total": report.total},
        "rows": dict(zip(PARTS, report.sizes, strict=True)),
        "bytes": report.bytes,
        "memory": asdict(report.total_memory),
        "multiply_adds": {"layers": report.multiply_adds, "total": report.total_multiply_adds},
        "issues": [
            {
                "layer": each.node,
                "severity": each.severity,
                "text": each.text,
                "fixes": [fix.text for fix in each.fixes],
            }
            for each in report.issues
        ],
    }


def project_text(loaded: Loaded, report: NetworkReport) -> str:
    """What a project holds, in a few lines, with what torch says of it."""
    project = loaded.project
    network, data, train = project.network, project.data, project.train
    layers = []
    for node_id in topological_order(network):
        node = network.node(node_id)
        sources = ", ".join(link.source for link in network.links_into(node_id))
        shown = f"{LAYERS[node.kind].title}{_values(node.layer)}"
        shape = f"N×{'×'.join(map(str, report.shapes[node_id]))}" if node_id in report.shapes else "?"
        count = f"{report.parameters[node_id]:,}" if report.parameters.get(node_id) else ""
        layers.append(f"  {node_id:<16} {shape:>12} {count:>9}  {shown}" + (f"  <- {sources}" if sources else ""))
    split = data.split
    parts = f"{split.train:g} / {split.validation:g} / {split.test:g} by {split.mode}, seed {split.seed}"
    if split.stratify:
        parts += ", stratified"
    lines = [
        project.name,
        f"data        {_source_text(data.source)}; {_scale_text(data)}",
        f"split       {parts}",
        f"loss        {LOSSES[train.loss.kind].title}{_values(train.loss)}",
        f"optimizer   {OPTIMIZERS[train.optimizer.kind].title}{_values(train.optimizer)}",
        *_more_settings(train),
        f"training    {train.epochs} epochs, batch size {train.batch_size}, seed {train.seed}, device {train.device}",
        f"run         {_run_text(loaded)}",
        f"network     {report.total:,} parameters; {report.sizes[0]:,} training rows",
        f"cost        {report.total_multiply_adds:,} multiply-adds per sample, forward",
        f"memory      {report.bytes:,} bytes: {_memory_text(report.total_memory)}",
        *layers,
        *(line for each in report.issues for line in _issue_lines(each)),
    ]
    return "\n".join(lines)


def _more_settings(train: TrainSpec) -> list[str]:
    """The parts of the training that are not as they always are."""
    lines = []
    for part, catalog in TRAIN_PARTS.items():
        choice = getattr(train, part)
        if part not in ("loss", "optimizer") and choice.kind != catalog.kinds[0]:
            lines.append(f"{part:<11} {catalog[choice.kind].title}{_values(choice)}")
    penalties = [f"{name} {getattr(train, name):g}" for name in ("l1", "l2") if getattr(train, name)]
    if penalties:
        lines.append(
            f"penalty     {', '.join(penalties)}, {'every parameter' if train.penalize_all else 'weights only'}"
        )
    return lines


def _memory_text(memory: Memory) -> str:
    return (
        f"parameters {memory.parameters:,}, gradients {memory.gradients:,}, optimizer state {memory.optimizer:,}, "
        f"activations of a batch {memory.activations:,}"
    )


def _issue_lines(issue: Issue) -> list[str]:
    fixes = [f"{'fix':>11} {fix.text}" for fix in issue.fixes]
    return [f"{issue.severity:<11} {issue.node or 'project'}: {issue.text}", *fixes]


def tape_json(tape: Tape) -> dict[str, Any]:
    """The events in their true order; numbers are exact, one that is not finite is null."""
    return {"events": [_event_json(event) for event in tape.events]}


def tape_text(tape: Tape) -> str:
    """One line per event, below it its tensors."""
    lines = [f"step {tape.step + 1}, loss {_number(tape.loss)}, {len(tape.events)} events"]
    for event in tape.events:
        about = event.parameter or event.layer
        lines.append(f"{event.index:>4}  {event.phase:<11} {event.name}" + (f"  ({about})" if about else ""))
        lines += [f"        in   {_tensor_text(tensor)}" for tensor in event.inputs]
        lines += [f"        out  {_tensor_text(tensor)}" for tensor in event.outputs]
    return "\n".join(lines)


def _event_json(event: TapeEvent) -> dict[str, Any]:
    return {
        "index": event.index,
        "phase": event.phase,
        "name": event.name,
        "layer": event.layer,
        "parameter": event.parameter,
        "inputs": [_tensor_json(tensor) for tensor in event.inputs],
        "outputs": [_tensor_json(tensor) for tensor in event.outputs],
    }


def _tensor_json(tensor: TensorView | None) -> dict[str, Any] | None:
    if tensor is None:
        return None
    return {"name": tensor.name, "shape": list(tensor.shape), "values": _plain(tensor.values.tolist())}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


def _tensor_text(tensor: TensorView | None) -> str:
    if tensor is None:
        return "none"
    values = np.ravel(tensor.values)
    shown = " ".join(_number(float(value)) for value in values[:_MOST_VALUES])
    more = f" … {len(values):,} values" if len(values) > _MOST_VALUES else ""
    shape = f"({', '.join(map(str, tensor.shape))})" if tensor.shape else "scalar"
    return f"{tensor.name} {shape}: {shown}{more}"


def _some(count: int) -> Sequence[int]:
    """The rows of a table that is shortened: evenly spread, with the first and the last."""
    if count <= _MOST_ROWS:
        return range(count)
    return sorted({round(index * (count - 1) / (_MOST_ROWS - 1)) for index in range(_MOST_ROWS)})


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f} %"


def _source_text(source: Choice) -> str:
    if not DATASETS[source.kind].from_file:
        return f"{DATASETS[source.kind].title}{_values(source)}"
    try:
        plan = plan_of(source)
    except DataError:
        return "a file, not chosen yet"
    roles = Counter(use.role for use in plan.uses)
    columns = "".join(f", {count} {role} columns" for role, count in roles.items())
    return f"{plan.path} ({plan.format}, {plan.target}{columns}; missing values: {plan.missing}; SHA-256 {plan.sha256[:12]}…)"


def _scale_text(data: DataSpec) -> str:
    return f"min-max to {data.low:g} … {data.high:g}" if data.normalization == "min-max" else data.normalization


def _values(choice: Choice) -> str:
    shown = [f"{name}={'auto' if value is None else value}" for name, value in choice.values]
    text = ", ".join(part if len(part) <= 60 else part[:57] + "…" for part in shown)
    return f"({text})" if text else ""


def _run_text(loaded: Loaded) -> str:
    if loaded.run_state is None:
        return "none saved"
    facts = loaded.run_state.facts
    return f"saved after step {facts.get('step')}, epoch {facts.get('epoch')}"

"""The network of a project as the source of a plain torch.nn.Module."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping
from pprint import pformat
from typing import Any

from engine.catalog import LAYERS
from engine.catalog.layers.sequences import LAST
from engine.edits import ENDS, topological_order
from engine.fields import Value
from engine.hand_weights import count, given, is_full, uniform
from engine.spec import INPUT_ID, OUTPUT_ID, Choice, NetworkSpec, NodeSpec
from engine.views import NetworkReport

_SHOWN_ALWAYS = frozenset({"p", "lr"})


def network_source(network: NetworkSpec, report: NetworkReport, by_hand: bool = True) -> list[str]:
    """The lines of `class Network(nn.Module)`: a layer per node in the order of computation, and `forward`.

    Without `by_hand` the weights that are set by hand are left out.
    """
    names = attribute_names(network)
    made = [node_id for node_id in names if has_module(network.node(node_id))]
    lines = ["class Network(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {made_source(network.node(node_id), names[node_id], report)}" for node_id in made]
    for node_id in made:
        lines += [
            f"        {line}" for line in _settings_source(network.node(node_id), f"self.{names[node_id]}", report)
        ]
    hand_set = weights_source(network) if by_hand else []
    if hand_set:
        lines += ["        with torch.no_grad():", *(f"            {line}" for line in hand_set)]
    return [*lines, "", "    def forward(self, x):", *_forward_lines(network, names, report)]


def has_module(node: NodeSpec) -> bool:
    """Whether the layer is an attribute of the model; joins and reshapes are only written in forward."""
    return LAYERS[node.kind].torch_name.startswith("torch.nn.")


def made_source(node: NodeSpec, name: str, report: NetworkReport) -> str:
    """The statement that makes a layer as the attribute `name`."""
    entry = LAYERS[node.kind]
    always = ("batch_first=True",) if entry.group == "Sequence" else ()
    return f"self.{name} = {call_source(entry.torch_name, report.settled[node.id], extra=always)}"


def _settings_source(node: NodeSpec, layer: str, report: NetworkReport) -> list[str]:
    """Statements that draw the weights of a layer by its rules, and freeze it."""
    from engine.tensors.check import parameter_shapes
    from engine.tensors.initialize import source_of

    drawn = source_of(node, parameter_shapes(node.kind, report.settled[node.id]), layer)
    return [*drawn, *([f"{layer}.requires_grad_(False)"] if node.frozen else [])]


def groups_source(network: NetworkSpec) -> list[str]:
    """The statement `groups = […]`: the optimizer's parameter groups; nothing where no layer has a rate of its own."""
    from engine.tensors.rates import layer_groups

    names = attribute_names(network)
    groups = layer_groups(network, tuple(node_id for node_id in names if LAYERS[network.node(node_id).kind].learns))
    if not any(values for _, values in groups):
        return []
    lines = ["groups = ["]
    for ids, values in groups:
        parts = [f"network.{names[node_id]}" for node_id in ids]
        own = "".join(f', "{name}": {value!r}' for name, value in values.items())
        held = f"{parts[0]}.parameters()"
        if len(parts) > 1:
            held = f"[p for layer in ({', '.join(parts)}) for p in layer.parameters()]"
        lines.append(f'    {{"params": {held}{own}}},')
    return [*lines, "]"]


def weights_source(network: NetworkSpec) -> list[str]:
    """Lines, inside `with torch.no_grad()` of the model's __init__, that set the weights that were typed by hand; none if there are none."""
    names = attribute_names(network)
    lines = []
    for node_id in names:
        for name, value in network.node(node_id).weights:
            lines += _by_hand_source(f"self.{names[node_id]}.{name}", value)
    return lines


def _by_hand_source(parameter: str, table: Value) -> list[str]:
    """The whole parameter where all of it is set by hand, else element by element; the rest stays as it was drawn."""
    if not is_full(table):
        return [f"{parameter}[{', '.join(map(str, place))}] = {value!r}" for place, value in given(table)]
    if (value := uniform(table)) is not None and count(table) > 1:
        return [f"{parameter}.fill_({value!r})"]
    text = pformat(_lists(table), width=88, compact=True).replace("\n", "\n" + " " * 4)
    return f"{parameter}.copy_(torch.tensor({text}))".split("\n")


def attribute_names(network: NetworkSpec) -> dict[str, str]:
    """Node id → attribute, in the order of computation: the id itself unless torch.nn.Module needs that name."""
    from torch import nn

    module = nn.Module()
    order = [node_id for node_id in topological_order(network) if node_id not in ENDS]
    names: dict[str, str] = {}
    for node_id in order:
        name = node_id
        while hasattr(module, name) or name.startswith("__") or (name != node_id and network.has(name)):
            name = f"layer{name}" if name.startswith("_") else f"{name}_"
        names[node_id] = name
    return names


def call_source(name: str, arguments: Mapping[str, object], *before: str, extra: tuple[str, ...] = ()) -> str:
    """A call such as `nn.Linear(64, 32)`: needed arguments by position, others by name and only where they differ.

    `name` is the catalog's ("torch.nn.Linear"); `before` goes in front of the arguments, `extra` behind them.
    """
    import torch

    made: Any = torch
    for part in name.split(".")[1:]:
        made = getattr(made, part)
    parts = [*before]
    for parameter in _parameters(made):
        if parameter.name in arguments:
            value = arguments[parameter.name]
            if parameter.default is inspect.Parameter.empty:
                parts.append(repr(value))
            elif value != parameter.default or parameter.name in _SHOWN_ALWAYS:
                parts.append(f"{parameter.name}={value!r}")
    return f"{name.replace('torch.nn.', 'nn.')}({', '.join([*parts, *extra])})"


def _parameters(made: Callable[..., object]) -> list[inspect.Parameter]:
    """What can be given, in order; the recurrent layers say it in their base class alone."""
    from torch import nn

    known = dict(inspect.signature(made).parameters)
    if isinstance(made, type) and issubclass(made, nn.RNNBase):
        bend = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
        known = {**inspect.signature(nn.RNNBase).parameters, "nonlinearity": bend}
        del known["mode"]
    return [parameter for parameter in known.values() if parameter.name not in ("params", "parameters")]


def _forward_lines(network: NetworkSpec, names: Mapping[str, str], report: NetworkReport) -> list[str]:
    sources = {node_id: [link.source for link in network.links_into(node_id)] for node_id in (*names, OUTPUT_ID)}
    chain = [*names, OUTPUT_ID]
    is_chain = all(sources[node_id] == [before] for before, node_id in zip([INPUT_ID, *names], chain, strict=True))
    variable = {INPUT_ID: "x", **{node_id: "x" if is_chain else _variable(node_id) for node_id in names}}
    lines = []
    for node_id in names:
        value = _expression(network, node_id, names[node_id], [variable[source] for source in sources[node_id]])
        shape = ", ".join(["N", *map(str, report.shapes[node_id])])
        last = _last_step(network.node(node_id).layer, variable[node_id], report.shapes[node_id])
        if last:
            lines.append(f"        {variable[node_id]} = {value}  # every step")
        lines.append(f"        {variable[node_id]} = {last or value}  # ({shape})")
    return [*lines, f"        return {variable[sources[OUTPUT_ID][0]]}"]


def _expression(network: NetworkSpec, node_id: str, name: str, inputs: list[str]) -> str:
    layer = network.node(node_id).layer
    if layer.kind == "add":
        return " + ".join(inputs)
    if layer.kind == "concat":
        return f"torch.cat(({', '.join(inputs)}), dim={layer.get('dim')!r})"
    if layer.kind == "reshape":
        return f"{inputs[0]}.reshape({inputs[0]}.shape[0], {', '.join(map(str, _lists(layer.get('shape'))))})"
    if layer.kind == "embedding":
        return f"self.{name}({inputs[0]}.long())"
    if LAYERS[layer.kind].group == "Sequence":
        return f"self.{name}({inputs[0]})[0]"
    return f"self.{name}({', '.join(inputs)})"


def _last_step(layer: Choice, steps: str, shape: tuple[int, ...]) -> str:
    """What a recurrent layer passes on where that is not every step; "" otherwise."""
    if LAYERS[layer.kind].group != "Sequence" or layer.get("output") != LAST:
        return ""
    if not layer.get("bidirectional"):
        return f"{steps}[:, -1]"
    half = shape[0] // 2
    return f"torch.cat(({steps}[:, -1, :{half}], {steps}[:, 0, {half}:]), dim=1)"


def _variable(node_id: str) -> str:
    return f"{node_id}_" if keyword.issoftkeyword(node_id) or node_id == "x" else node_id


def _lists(value: object) -> Any:
    return [_lists(part) for part in value] if isinstance(value, tuple) else value

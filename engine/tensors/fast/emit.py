"""From cleaned graphs to the source of one function that takes many steps: valid as Python and as TorchScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx

from engine.tensors.fast.masks import chance_of, is_mask, mask_lines, room_for
from engine.tensors.fast.trace import Traced

Key = str | tuple[str, str]
"""A parameter or buffer by its name, or what the optimizer keeps of a parameter: (parameter's name, name)."""

_HEAD = """\
def steps(
    tensors: List[Tensor], lists: List[List[Tensor]], constants: List[Tensor],
    features: Tensor, targets: Tensor, sizes: List[int], kinds: List[int], ends: List[bool],
    parts: List[Tensor], answers: List[Tensor], part_kinds: List[int],
    rates: List[List[float]], decays: List[float], keep: bool,
    losses: List[float], outputs: List[Tensor], penalties: List[float],
    validated: List[float], validated_outputs: List[Tensor],
    later: List[Tensor], validated_later: List[Tensor],
) -> List[Tensor]:
"""
_TAIL = "    return gradients\n"


@dataclass(slots=True)
class Source:
    """The text of the function in the making, and what its tensors stand for."""

    keys: dict[Key, int] = field(default_factory=dict)
    lists: list[tuple[Key, ...]] = field(default_factory=list)
    """Tensors that are written together. TorchScript takes a write to a list of its own for one that nobody sees."""
    constants: list[Tensor] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    """Lines before the loop: names of the tensors, and views of the parameters, which stay what they are."""

    def name(self, key: Key) -> str:
        """The variable that holds a tensor of the run."""
        if key not in self.keys:
            self.keys[key] = len(self.keys)
            self.head.append(f"t{self.keys[key]} = tensors[{self.keys[key]}]")
        return f"t{self.keys[key]}"

    def name_list(self, keys: Sequence[Key]) -> str:
        """The variable that holds several tensors of the run."""
        self.lists.append(tuple(keys))
        self.head.append(f"l{len(self.lists) - 1} = lists[{len(self.lists) - 1}]")
        return f"l{len(self.lists) - 1}"

    def constant(self, value: Tensor) -> str:
        """A variable that holds this value in every step."""
        self.constants.append(value)
        self.head.append(f"c{len(self.constants) - 1} = constants[{len(self.constants) - 1}]")
        return f"c{len(self.constants) - 1}"


def emit(
    steps: Sequence[Traced],
    evaluations: Sequence[Traced],
    buffers: Sequence[str],
    updates: Callable[[Source], list[str]],
    *,
    waits: bool,
) -> tuple[str, Source]:
    """The function `steps` for batches of the kinds 0, 1, … that were traced.

    It slices the rows of all batches, and for each of them computes loss and gradients (in `g0`, `g1`, …, one per trained
    parameter) and updates. It ends before the update of a loss that is not finite, with the buffers as they were. `losses`
    has a number for every step that was done; `penalties` too, where there are any, and `outputs`, where `keep` asks for them.
    On a device that works by itself nothing `waits` for a loss: it takes all steps, and `later` and `validated_later` hold the losses
    where `losses` and `validated` would.

    After a step that `ends` an epoch the validation part is evaluated, slice by slice, where there are `evaluations`. The function
    returns the last gradients.
    """
    source = Source()
    kept = [source.name(name) for name in buffers] if waits else []
    bodies = [_body(traced, source, f"v{kind}_") for kind, traced in enumerate(steps)]
    gradients = ", ".join(f"g{place}" for place in range(len(steps[0].trained)))
    loop = ["x = xs[i]", "y = ys[i]", *[f"kept_{name} = torch.ops.aten.clone({name})" for name in kept]]
    loop += _either(bodies, "kinds[i]")
    penalized = steps[0].penalized
    worth = "float(objective)" if penalized else "value"
    if waits:
        loop += ["value = float(loss)", f"if not math.isfinite({worth}):"]
        loop += [*(f"    torch.ops.aten.copy_({name}, kept_{name})" for name in kept), "    break"]
    loop += [*updates(source), "losses.append(value)" if waits else "later.append(loss)"]
    loop += ["penalties.append(float(penalty))"] if penalized else []
    loop += ["if keep:", "    outputs.append(output)"]
    loop += [f"gradients = [{gradients}]"]
    if evaluations:
        loop += ["if ends[i]:", "    for j in range(len(parts)):", "        x = parts[j]", "        y = answers[j]"]
        evaluated = [_body(traced, source, f"e{kind}_") for kind, traced in enumerate(evaluations)]
        told = "validated.append(float(loss))" if waits else "validated_later.append(loss)"
        after = [told, "if keep:", "    validated_outputs.append(output)"]
        loop += [f"        {line}" for line in (*_either(evaluated, "part_kinds[j]"), *after)]
    before = [
        *source.head,
        "xs = torch.ops.aten.split_with_sizes(features, sizes)",
        "ys = torch.ops.aten.split_with_sizes(targets, sizes)",
        "gradients = torch.jit.annotate(List[Tensor], [])",
        "for i in range(len(sizes)):",
    ]
    lines = [*(f"    {line}" for line in before), *(f"        {line}" for line in loop)]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL, source


def _either(bodies: Sequence[list[str]], kind: str) -> list[str]:
    """The lines for the kind of batch that there is."""
    if len(bodies) == 1:
        return bodies[0]
    lines = []
    for place, body in enumerate(bodies):
        last = place == len(bodies) - 1
        lines.append("else:" if last else f"{'if' if place == 0 else 'elif'} {kind} == {place}:")
        lines += [f"    {line}" for line in body]
    return lines


def _body(traced: Traced, source: Source, prefix: str) -> list[str]:
    """Lines of one traced step, whose variables begin with `prefix`; what depends on nothing but the parameters' storage goes before the loop."""
    lines: list[str] = []
    variables: dict[fx.Node, str] = {}
    steady: set[fx.Node] = set()
    inputs = iter(traced.inputs)
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            name = next(inputs)
            variables[node] = name if name in ("x", "y") else source.name(name)
            if name not in ("x", "y"):
                steady.add(node)
        elif node.op == "get_attr":
            variables[node] = source.constant(traced.constants[node.target])
        elif node.op == "output":
            lines += _results(node, variables, traced.penalized)
        elif node.target is torch.ops.aten.ones_like.default and _scalar_and_unwritten(node):
            like = node.meta["val"]
            variables[node] = source.constant(torch.ones((), dtype=like.dtype, device=like.device))
        elif is_mask(node):
            variables[node] = variables[node.all_input_nodes[0]]
            lines += mask_lines(variables[node], chance_of(node), source.constant(room_for(node)))
        elif _name(node).startswith("_foreach_") and _name(node).endswith("_"):
            lines += _each(node, variables)
        else:
            variables[node] = f"{prefix}{len(variables)}"
            line = f"{variables[node]} = {_call(node, variables)}"
            if _is_view(node) and all(each in steady for each in node.all_input_nodes):
                steady.add(node)
                source.head.append(line)
            else:
                lines.append(line)
    return lines


def _results(node: fx.Node, variables: Mapping[fx.Node, str], penalized: bool) -> list[str]:
    results: Any = node.args[0]
    loss, output, *rest = (variables[each] for each in results)
    lines = [f"loss = {loss}", f"output = {output}"]
    if penalized:
        *rest, penalty, objective = rest
        lines += [f"penalty = {penalty}", f"objective = {objective}"]
    return [*lines, *(f"g{place} = {each}" for place, each in enumerate(rest))]


def _each(node: fx.Node, variables: Mapping[fx.Node, str]) -> list[str]:
    """An operation in place on every tensor of a list, one by one, as torch does it on the CPU: TorchScript drops what is
    written to a list of its own."""
    tensors: Any = node.args[0]
    rest = "".join(f", {_text(value, variables)}" for value in node.args[1:])
    operation = _name(node).removeprefix("_foreach_")
    return [f"torch.ops.aten.{operation}({variables[each]}{rest})" for each in tensors]


def _name(node: fx.Node) -> str:
    """The name of an ATen operation without its overload; "" of anything else."""
    return node.target._schema.name.removeprefix("aten::") if isinstance(node.target, torch._ops.OpOverload) else ""


def _call(node: fx.Node, variables: Mapping[fx.Node, str]) -> str:
    if not isinstance(node.target, torch._ops.OpOverload):  # operator.getitem
        return f"{_text(node.args[0], variables)}[{node.args[1]}]"
    operation = node.target
    schema = {argument.name: str(argument.type) for argument in operation._schema.arguments}
    types = list(schema.values())
    given = [_text(value, variables, types[place]) for place, value in enumerate(node.args)]
    given += [f"{name}={_text(value, variables, schema[name])}" for name, value in node.kwargs.items()]
    return f"torch.ops.{operation._schema.name.replace('::', '.')}({', '.join(given)})"


def _text(value: object, variables: Mapping[fx.Node, str], wanted: str = "") -> str:
    """A value as source text."""
    if isinstance(value, fx.Node):
        return variables[value]
    if isinstance(value, (list, tuple)):
        inside = f"[{', '.join(_text(each, variables) for each in value)}]"
        kind = _LISTS.get(wanted)
        return f"torch.jit.annotate({kind}, {inside})" if kind and (not value or None in value) else inside
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, torch.device):
        return f'torch.device("{value}")'
    return repr(value)


_LISTS = {
    "List[int]": "List[int]",
    "List[Tensor]": "List[Tensor]",
    "List[Optional[Tensor]]": "List[Optional[Tensor]]",
    "Optional[List[int]]": "List[int]",
}


def _is_view(node: fx.Node) -> bool:
    return isinstance(node.target, torch._ops.OpOverload) and bool(node.target.is_view)


def _scalar_and_unwritten(node: fx.Node) -> bool:
    value = node.args[0].meta.get("val")  # type: ignore[union-attr]
    if value is None or value.dim():
        return False
    return not any(_is_view(user) or user.target._schema.is_mutable for user in node.users)  # type: ignore[union-attr]

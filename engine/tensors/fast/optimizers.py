"""The update of one parameter group as source text: torch's own fused operation, on the optimizer's own tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from engine.tensors.fast.emit import Source
from engine.tensors.fast.unfit import LIVE
from engine.tensors.fast.unfused import COUNTED, UNFUSED, unfused_update


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group, as far as the source depends on it. `place` is its index among the optimizer's groups."""

    place: int
    names: tuple[str, ...]
    """The parameters that the step moves."""
    options: tuple[tuple[str, Any], ...]
    """Everything but parameters, learning rate and weight decay, which may change while the run goes on."""
    together: bool
    """Whether the optimizer has moved all of them equally often."""

    def __getitem__(self, option: str) -> Any:
        return dict(self.options)[option]


KEPT: Mapping[type[torch.optim.Optimizer], tuple[str, ...]] = {
    torch.optim.SGD: (),
    torch.optim.Adam: ("exp_avg", "exp_avg_sq", "step"),
    torch.optim.AdamW: ("exp_avg", "exp_avg_sq", "step"),
    torch.optim.Adagrad: ("sum", "step"),
    torch.optim.RMSprop: ("square_avg", "step"),
    torch.optim.Adadelta: ("square_avg", "acc_delta", "step"),
    torch.optim.NAdam: ("exp_avg", "exp_avg_sq", "mu_product", "step"),
    torch.optim.RAdam: ("exp_avg", "exp_avg_sq", "step"),
}
"""Optimizer → what it keeps of every parameter, whatever its options."""


def groups_of(optimizer: torch.optim.Optimizer, names: Mapping[int, str], moved: Sequence[str]) -> tuple[Group, ...]:
    """The groups with a parameter among `moved`; `names` finds a parameter's name by its `id()`."""
    found = []
    for place, group in enumerate(optimizer.param_groups):
        inside = tuple(name for each in group["params"] if (name := names[id(each)]) in moved)
        options = tuple(sorted((key, value) for key, value in group.items() if key not in ("params", *LIVE)))
        if inside:
            found.append(
                Group(
                    place,
                    inside,
                    options,
                    _together([optimizer.state[each] for each in group["params"] if names[id(each)] in moved]),
                )
            )
    return tuple(found)


def _together(states: Sequence[Mapping[str, Any]]) -> bool:
    counts = [state["step"] for state in states if "step" in state]
    return all(torch.equal(counts[0], each) for each in counts[1:])


def kept(kind: type[torch.optim.Optimizer], group: Group) -> tuple[str, ...]:
    """What the optimizer keeps of every parameter of the group, by torch's names."""
    if kind is torch.optim.SGD:
        return ("momentum_buffer",) if group["momentum"] else ()
    if kind in (torch.optim.Adam, torch.optim.AdamW) and group["amsgrad"]:
        return ("max_exp_avg_sq", *KEPT[kind])
    if kind is torch.optim.RMSprop:
        options = (("momentum", "momentum_buffer"), ("centered", "grad_avg"))
        return (*(what for option, what in options if group[option]), *KEPT[kind])
    return KEPT[kind]


def counters(kind: type[torch.optim.Optimizer], group: Group) -> list[list[tuple[str, str]]]:
    """Keys of the tensors that count the group's steps, and of which only the first is moved in every step."""
    counted = [what for what in COUNTED if what in kept(kind, group)] if group.together else []
    return [[(name, what) for name in group.names] for what in counted]


def _variable(source: Source, name: str, what: str) -> str:
    return source.name((name, what) if what else name)


def update(
    kind: type[torch.optim.Optimizer], group: Group, gradients: Sequence[str], source: Source, i: int
) -> list[str]:
    """Source lines that move the group `i`-th among the moved ones. `gradients` are the variables that hold them."""

    def all_of(what: str) -> str:
        return source.name_list([(each, what) if what else each for each in group.names])

    def options(*wanted: str) -> str:
        return "".join(f", {each}={group[each]!r}" for each in wanted)

    if kind in UNFUSED:
        places = [
            (gradient, partial(_variable, source, name)) for gradient, name in zip(gradients, group.names, strict=True)
        ]
        return unfused_update(kind, dict(group.options), places, (f"rates[{i}][i]", f"decays[{i}]"), group.together)
    moved, by = all_of(""), f"[{', '.join(gradients)}]"
    rates = f"lr=rates[{i}][i], weight_decay=decays[{i}]"
    if kind is torch.optim.SGD:
        buffers = all_of("momentum_buffer") if group["momentum"] else "[]"
        fixed = options("momentum", "dampening", "nesterov", "maximize")
        return [f"torch.ops.aten._fused_sgd_({moved}, {by}, {buffers}, {rates}{fixed}, is_first_step=False)"]
    # One counter stands for all of the group while they count alike; the others are made equal after the last step.
    leader = (group.names[0], "step")
    steps = source.name_list([leader] * len(group.names)) if group.together else all_of("step")
    count = (
        f"torch.ops.aten.add_({source.name(leader)}, 1)"
        if group.together
        else f"torch.ops.aten._foreach_add_({steps}, 1)"
    )
    if kind is torch.optim.Adagrad:
        fixed = options("lr_decay", "eps", "maximize")
        return [count, f"torch.ops.aten._fused_adagrad_({moved}, {by}, {all_of('sum')}, {steps}, {rates}{fixed})"]
    operation = "_fused_adamw_" if group["decoupled_weight_decay"] else "_fused_adam_"
    first, second = group["betas"]
    fixed = f", beta1={first!r}, beta2={second!r}" + options("eps", "amsgrad", "maximize")
    largest = all_of("max_exp_avg_sq") if group["amsgrad"] else "[]"
    moments = f"{all_of('exp_avg')}, {all_of('exp_avg_sq')}, {largest}"
    return [count, f"torch.ops.aten.{operation}({moved}, {by}, {moments}, {steps}, {rates}{fixed})"]

"""Where a step is not smooth: ReLU, LeakyReLU and ELU at 0, equal values in a window of MaxPool, L1 at 0, Huber at ±δ, hinge."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.spec import INPUT_ID, OUTPUT_ID
from engine.tensors.objective import penalized
from engine.tensors.replay import Pass, Replay

_MOVED = 1e-12
"""A margin that stays below this when a weight is moved is rounding: both values of a tie moved together."""


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """A layer or loss with a kink. `margin` is 0 exactly at the kink, `branch` another whole number on each side of it."""

    layer: str
    margin: Callable[[Pass], Tensor]
    branch: Callable[[Pass], Tensor]
    told: Callable[[str], str]
    """The sentence for a place ("sample 0, unit 2")."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A pass without its graph: margins and branches of every bend, in their order."""

    loss: float
    margins: tuple[Tensor, ...]
    branches: tuple[Tensor, ...]


def bends(replay: Replay) -> tuple[Bend, ...]:
    """Every layer of the network that has a kink, and the loss if it has one."""
    found = []
    for layer in replay.network.order:
        module = replay.network.layer(layer)
        if (
            isinstance(module, nn.ReLU)
            or (isinstance(module, nn.LeakyReLU) and module.negative_slope != 1)
            or (isinstance(module, nn.ELU) and module.alpha != 1)
        ):
            found.append(_rectifier(layer, module, _value_name(replay.source(layer))))
        elif isinstance(module, nn.MaxPool1d | nn.MaxPool2d):
            found.append(_max_pool(layer, module))
    if isinstance(replay.loss_fn, nn.L1Loss | nn.HuberLoss):
        found.append(_loss(replay))
    if isinstance(replay.loss_fn, nn.MultiMarginLoss):
        found.append(_hinge(replay, replay.loss_fn))
    if replay.train.l1:
        found += [_penalty(name, each) for name, each in penalized(replay.network, replay.train).items()]
    return tuple(found)


def snapshot(bending: tuple[Bend, ...], seen: Pass) -> Snapshot:
    """What is needed of a pass to compare it with another."""
    with torch.no_grad():
        margins = tuple(bend.margin(seen).detach() for bend in bending)
        return Snapshot(seen.loss.item(), margins, tuple(bend.branch(seen) for bend in bending))


def crossed(bending: tuple[Bend, ...], here: Snapshot, there: Snapshot) -> str:
    """Where the path from `here` to `there` goes over a kink, other than one that `here` stands on; "" for nowhere."""
    for number, bend in enumerate(bending):
        over = (here.branches[number] != there.branches[number]) & (here.margins[number] != 0)
        if over.any():
            name = "The loss" if bend.layer == OUTPUT_ID else bend.layer
            return f"{name} has a kink very close by, at {place(_first(over))}: on its other side the slope is another."
    return ""


def kink_at(
    bending: tuple[Bend, ...], here: Snapshot, aside: tuple[Snapshot, ...], upstream: dict[str, Tensor | None]
) -> str:
    """The kink that `here` stands on and from which the steps `aside` move away, if the loss depends on it; else ""."""
    for number, bend in enumerate(bending):
        on = here.margins[number] == 0
        if bend.layer != OUTPUT_ID:
            gradient = upstream.get(bend.layer)
            on = on & (gradient != 0) if gradient is not None else torch.zeros_like(on)
        moved = torch.zeros_like(on)
        for each in aside:
            moved |= each.margins[number].abs() > _MOVED
        places = on & moved
        if places.any():
            more = int(places.sum()) - 1
            others = f" The same holds at {more} other place{'s' if more > 1 else ''}." if more else ""
            return bend.told(place(_first(places))) + others
    return ""


def place(index: tuple[int, ...]) -> str:
    """An index of a layer's output in words, the batch first."""
    words: dict[int, tuple[str, ...]] = {2: ("unit",), 4: ("channel", "row", "column")}
    names = words.get(len(index), tuple(f"axis {axis}" for axis in range(1, len(index))))
    return ", ".join(f"{name} {number}" for name, number in zip(("sample", *names), index, strict=True))


def _first(where: Tensor) -> tuple[int, ...]:
    return tuple(int(number) for number in where.nonzero()[0])


def _value_name(source: str) -> str:
    return "The batch x" if source == INPUT_ID else source


def _rectifier(layer: str, module: nn.ReLU | nn.LeakyReLU | nn.ELU, source: str) -> Bend:
    name = type(module).__name__
    left = 0.0 if isinstance(module, nn.ReLU) else module.alpha if isinstance(module, nn.ELU) else module.negative_slope
    taken = f"{left:g}"
    slopes = "0 on the left, 1 on the right" if name == "ReLU" else f"{taken} on the left, 1 on the right"

    def told(where: str) -> str:
        return f"{source} is exactly 0 at {where}: {name} ({layer}) has no derivative there ({slopes}); torch takes {taken}."

    def margin(seen: Pass) -> Tensor:
        return seen.inputs[layer][0]

    return Bend(layer, margin, lambda seen: margin(seen).sign().to(torch.int8), told)


def _max_pool(layer: str, module: nn.MaxPool1d | nn.MaxPool2d) -> Bend:
    def sizes(size: object, axes: int) -> tuple[int, ...]:
        return tuple(map(int, size)) if isinstance(size, tuple) else (int(size),) * axes  # type: ignore[call-overload]

    def windows(seen: Pass) -> Tensor:
        """The values of every window behind its place; what sticks out over the edge is −∞."""
        given, out = seen.inputs[layer][0], seen.outputs[layer].shape[2:]
        settings = (module.kernel_size, module.stride, module.padding, module.dilation)
        axes = list(zip(*(sizes(each, len(out)) for each in settings), out, given.shape[2:], strict=True))
        around: list[int] = []
        for taps, stride, pad, dilation, count, size in reversed(axes):
            around += [pad, max(0, (count - 1) * stride + dilation * (taps - 1) + 1 - size - pad)]
        padded = nn.functional.pad(given, around, value=float("-inf"))
        found = []
        for at in itertools.product(*(range(taps) for taps, *_ in axes)):
            starts = [tap * dilation for tap, (_, _, _, dilation, _, _) in zip(at, axes, strict=True)]
            ends = [
                start + (count - 1) * stride + 1
                for start, (_, stride, _, _, count, _) in zip(starts, axes, strict=True)
            ]
            strides = [stride for _, stride, *_ in axes]
            place: Any = (..., *(slice(*each) for each in zip(starts, ends, strides, strict=True)))
            found.append(padded[place])
        return torch.stack(found, -1)

    def margin(seen: Pass) -> Tensor:
        seen_windows = windows(seen)
        if seen_windows.shape[-1] == 1:
            return torch.ones(seen_windows.shape[:-1])
        best = seen_windows.topk(2, dim=-1).values
        return best[..., 0] - best[..., 1]

    def told(where: str) -> str:
        return (
            f"Two values of the window tie for the maximum in {layer} at {where}: {type(module).__name__} has no derivative there; "
            "torch gives the whole gradient to the first of them."
        )

    return Bend(layer, margin, lambda seen: windows(seen).argmax(-1), told)


def _loss(replay: Replay) -> Bend:
    loss_fn = replay.loss_fn
    name = _value_name(replay.last)

    def error(seen: Pass) -> Tensor:
        return seen.prediction - replay.y

    if isinstance(loss_fn, nn.HuberLoss):
        delta = loss_fn.delta

        def told(where: str) -> str:
            return (
                f"The error of ŷ ({name}) is exactly delta = {delta:g} at {where}: there the Huber loss turns from square to "
                "straight. Its slope is the same on both sides, only its curvature jumps."
            )

        return Bend(
            OUTPUT_ID,
            lambda seen: error(seen).abs() - delta,
            lambda seen: (error(seen).abs() > delta).to(torch.int8),
            told,
        )

    def told_l1(where: str) -> str:
        return (
            f"ŷ ({name}) hits the target exactly at {where}: |ŷ − y| of the L1 loss has no derivative at 0 "
            "(−1 on the left, 1 on the right); torch takes 0."
        )

    return Bend(OUTPUT_ID, error, lambda seen: error(seen).sign().to(torch.int8), told_l1)


def _penalty(name: str, parameter: Tensor) -> Bend:
    """|w| of the L1 penalty bends at w = 0."""

    def told(where: str) -> str:
        return f"An element of {name} is exactly 0: |w| of the L1 penalty has no derivative there (−λ₁ on the left, λ₁ on the right); torch takes 0."

    return Bend(
        OUTPUT_ID,
        lambda _: parameter.detach().clone(),
        lambda _: parameter.detach().sign().to(torch.int8),
        told,
    )


def _hinge(replay: Replay, loss_fn: nn.MultiMarginLoss) -> Bend:
    true = replay.y[:, None]
    name = _value_name(replay.last)

    def ahead(seen: Pass) -> Tensor:
        """How far every other class is inside the margin; the true class itself never counts."""
        scores = seen.prediction
        inside = loss_fn.margin - scores.gather(1, true) + scores
        return inside.scatter(1, true, 1.0)

    def told(where: str) -> str:
        slopes = (
            "Its slope is the same on both sides, only its curvature jumps." if loss_fn.p == 2 else "torch takes 0."
        )
        return (
            f"The score ({name}) at {where} is exactly the margin behind the true class: there the hinge loss turns from flat to "
            f"rising. {slopes}"
        )

    return Bend(OUTPUT_ID, ahead, lambda seen: ahead(seen).sign().to(torch.int8), told)

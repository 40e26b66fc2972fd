"""The optimizer lens: the coming update of one number taken apart into what each cause adds to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from engine.catalog import OPTIMIZERS
from engine.commands import OpenLens
from engine.errors import AppError
from engine.inspection import UpdateLens
from engine.spec import Choice, TrainSpec
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.formulas.parts import DECAY, MOMENTUM, split
from engine.tensors.formulas.updates import UpdateMoment
from engine.tensors.graph_walk import layer_of
from engine.tensors.lbfgs import takes_closure
from engine.tensors.objective import penalized, penalty_slope
from engine.tensors.passages import numbers, view
from engine.tensors.rates import choice_for
from engine.views import Failure

if TYPE_CHECKING:
    from engine.tensors.train import Run

COUPLED = (
    "torch adds weight_decay·θ to the gradient: the gradient of (weight_decay/2)·Σθ², over biases too. "
    "Texts that write weight_decay·Σθ² mean twice as much."
)
THROUGH_MOMENTS = " Here that sum passes through the running means, so the update does not follow the gradient of loss + penalty itself."
DECOUPLED = (
    "Decoupled decay is not a term of the loss: it shrinks every weight and bias by lr·weight_decay directly, past the moments. "
    "The number is shown only for comparison."
)
PENALIZED = "L1 and L2 penalties are terms of the loss: their gradient goes the way of the data's gradient, through clipping and moments."
NO_DECAY = "weight_decay is 0: nothing pulls the weights towards zero."
REMEMBERS = "Exact for this step. The memory already holds earlier gradients{}, which torch does not keep apart."


def lens(command: OpenLens, run: Run) -> UpdateLens:
    """Take the run's coming step on a copy and split the update of one element. Engine thread only; the run is not moved.

    Raises:
        AppError: there is no such parameter or element, or the coming loss is not finite, so that nothing is updated.
    """
    parameters = dict(run.network.named_parameters())
    name = command.parameter or next(iter(parameters), "")
    if name not in parameters:
        raise AppError(_missing(name, tuple(parameters)))
    shape = tuple(parameters[name].shape)
    if command.index:
        _check(name, shape, command.index)
    with undisturbed(run):
        step = StepCopy.of(run)
        penalty = _penalty(step.optimizer)
        step.forward()
        loss, data_loss = step.loss, step.data_loss
        assert loss is not None and data_loss is not None
        if not math.isfinite(loss.item()):
            raise AppError(_not_finite(run.step + 1, loss.item()))
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        own = penalty + (0.0 if step.penalty is None else step.penalty.item())
        moment = _moved(step, name)
    index = command.index or _steepest(shape, moment)
    return _told(run, name, index, moment, losses=(data_loss.item(), own))


def _moved(step: StepCopy, name: str) -> UpdateMoment | None:
    """Clipping and optimizer.step(), seen from one parameter; None when the optimizer skips it because its `.grad` is None."""
    optimizer, parameter = step.optimizer, dict(step.network.named_parameters())[name]
    if parameter.grad is None:
        return None
    arrived, share = numbers(parameter.grad), None
    if name in penalized(step.network, step.train) and (step.train.l1 or step.train.l2):
        share = numbers(penalty_slope(parameter, step.train))
    step.clip()
    before, gradient = numbers(parameter), numbers(parameter.grad)
    if share is not None:  # clipping shortens the penalty's share as it shortens the whole
        share = share * np.divide(gradient, arrived, out=np.ones_like(gradient), where=arrived != 0)
    old = {} if takes_closure(optimizer) else _tensors(optimizer.state.get(parameter, {}))
    evaluations = step.update()
    settings = next(group for group in optimizer.param_groups if any(each is parameter for each in group["params"]))
    new = _tensors(optimizer.state.get(parameter, {}))
    if takes_closure(optimizer):  # its memory is not about single parameters
        new, settings = {}, {**settings, "evaluations": evaluations}
    return UpdateMoment(name, settings, before, gradient, numbers(parameter), old, new, share)


def _tensors(state: dict[str, Any]) -> dict[str, Any]:
    return {key: numbers(value) for key, value in state.items() if isinstance(value, Tensor)}


def _told(
    run: Run,
    name: str,
    index: tuple[int, ...],
    moment: UpdateMoment | None,
    *,
    losses: tuple[float, float],
) -> UpdateLens:
    parameters = dict(run.network.named_parameters())
    node = run.project.network.node(layer_of(name))
    choice = choice_for(run.project.train.optimizer, node)
    entry = OPTIMIZERS[choice.kind]
    common: dict[str, Any] = {
        "parameter": name,
        "index": index,
        "optimizer": entry.title,
        "formula": entry.formula,
        "data_loss": losses[0],
        "penalty": losses[1],
        "penalty_note": _penalty_note(choice if _decay(choice) else run.project.train.optimizer, run.project.train),
        "generation": run.generation,
        "step": run.step,
        "parameters": tuple(parameters),
        "values": view(name, parameters[name]),
    }
    if moment is None:
        value = float(common["values"].values[index])
        why = f"{node.id} is frozen" if node.frozen else "the loss does not depend on it"
        note = f"{name}.grad is None: {why}. The optimizer skips it; not even decay moves it."
        return UpdateLens(old=value, new=value, gradient=0.0, parts=(), note=note, **common)
    parts, derived = split(choice.kind, moment, index)
    sizes = {part.name: abs(part.value) for part in parts}
    whole = math.fsum(sizes.values())
    return UpdateLens(
        old=float(moment.before[index]),
        new=float(moment.after[index]),
        gradient=float(moment.gradient[index]),
        parts=tuple(parts),
        state=tuple((key, _element(value, index)) for key, value in moment.new_state.items()),
        derived=derived,
        decay_share=sizes.get(DECAY, 0.0) / whole if whole else 0.0,
        ratio=_ratio(moment),
        note=" ".join(
            part for part in (_note(choice, run.step > 0 and MOMENTUM in sizes), _clip_note(run.project.train)) if part
        ),
        **common,
    )


def _element(value: Any, index: tuple[int, ...]) -> float:
    """The element's own entry, or the one number that all share (step)."""
    return float(value[index]) if value.ndim == len(index) and value.size > 1 else float(value.reshape(-1)[0])


def _ratio(moment: UpdateMoment) -> float:
    """‖Δθ‖/‖θ‖ of the whole parameter, in float64 of torch's numbers; infinite when it starts from zeros."""
    before = torch.as_tensor(moment.before, dtype=torch.float64)
    size = float((torch.as_tensor(moment.after, dtype=torch.float64) - before).norm())
    length = float(before.norm())
    if not length:
        return math.inf if size else 0.0
    return size / length


def _penalty(optimizer: torch.optim.Optimizer) -> float:
    """(weight_decay/2)·Σθ² over all parameters that are not frozen, group by group, in float64."""
    total = 0.0
    for group in optimizer.param_groups:
        squares = math.fsum(
            float(each.detach().double().square().sum()) for each in group["params"] if each.requires_grad
        )
        total += float(group.get("weight_decay", 0.0)) / 2 * squares
    return total


def _penalty_note(choice: Choice, train: TrainSpec) -> str:
    explicit = PENALIZED if train.l1 or train.l2 else ""
    return " ".join(part for part in (explicit, _decay_note(choice, bool(explicit))) if part)


def _decay_note(choice: Choice, penalized: bool) -> str:
    if not _decay(choice):
        return "" if penalized else NO_DECAY
    if _decouples(choice):
        return DECOUPLED
    return COUPLED if choice.kind == "sgd" else COUPLED + THROUGH_MOMENTS


def _note(choice: Choice, remembers: bool) -> str:
    """What the split says honestly, and what it cannot."""
    decays = bool(_decay(choice)) and not _decouples(choice)
    if remembers:
        return REMEMBERS.format(" and earlier decay" if decays else "")
    if decays and choice.kind in ("rmsprop", "adagrad", "adadelta"):
        return "Exact for this step; what the sum is divided by was also made larger by decay."
    return ""


def _decay(choice: Choice) -> float:
    """The optimizer's weight decay; LBFGS has none."""
    return choice.number("weight_decay") if choice.has("weight_decay") else 0.0


def _clip_note(train: TrainSpec) -> str:
    return "" if train.clipping.kind == "none" else "The gradient is the clipped one, as the optimizer gets it."


def _decouples(choice: Choice) -> bool:
    """Whether weight decay goes past the gradient: always with AdamW, as chosen with NAdam and RAdam."""
    return choice.kind == "adamw" or choice.as_dict().get("decoupled_weight_decay") is True


def _missing(name: str, known: tuple[str, ...]) -> Failure:
    if not known:
        return Failure("There is no update to take apart.", "The network has no weights.", "Add a layer that has some.")
    return Failure(f"There is no parameter “{name}”.", f"The network has {', '.join(known)}.", "Choose one of them.")


def _check(name: str, shape: tuple[int, ...], index: tuple[int, ...]) -> None:
    if len(index) != len(shape) or any(not 0 <= place < size for place, size in zip(index, shape, strict=False)):
        why = f"{name} has shape {shape}; an index needs {len(shape)} numbers, each from 0 and below its size."
        raise AppError(Failure(f"{name} has no element {list(index)}.", why, "Choose another element."))


def _steepest(shape: tuple[int, ...], moment: UpdateMoment | None) -> tuple[int, ...]:
    """The element with the greatest gradient: where there is something to see."""
    number = 0 if moment is None else int(np.abs(moment.gradient).argmax())
    return tuple(int(place) for place in np.unravel_index(number, shape))


def _not_finite(step: int, value: float) -> Failure:
    became = "not a number (NaN)" if math.isnan(value) else "infinite"
    why = f"The loss of step {step:,} is {became}: the optimizer is not called, so there is no update."
    return Failure("There is no update to take apart.", why, "Set a smaller learning rate and rewind.")

"""What the tape says of the moments that not every training has: the penalty on the weights, and clipped gradients."""

from __future__ import annotations

import numpy as np

from engine.catalog import CLIPPINGS
from engine.spec import OUTPUT_ID, Choice, TrainSpec
from engine.tensors.formulas.moment import Worked, at, lines, picked
from engine.tensors.formulas.terms import Term, add_up, show, term
from engine.tensors.graph_walk import layer_of
from engine.views import TapeEvent, TensorView

DATA_LOSS = "data loss"
"""What the loss is called where a penalty is added to it; L is then their sum, from which backward starts."""
_EPS = 1e-6
"""What clip_grad_norm_ adds to the norm before it divides by it."""


def penalty_event(index: int, train: TrainSpec, given: tuple[TensorView, ...], result: TensorView) -> TapeEvent:
    """The penalty is added to the loss. `given`: the data's loss, the penalty, the penalized parameters."""
    data, penalty, weights = given[0], given[1], [each.values.astype(np.float64) for each in given[2:]]
    parts: list[Term] = []
    worked = []
    if train.l1:
        parts.append(term(train.l1) * _joined([np.abs(each) for each in weights]))
    if train.l2:
        parts.append(term(train.l2) * _joined([np.square(each) for each in weights]))
    together = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    worked.append(Worked("penalty", together, float(penalty.values)))
    worked.append(Worked("L", term(float(data.values)) + float(penalty.values), float(result.values)))
    symbols = " + ".join(text for on, text in ((train.l1, "λ₁·Σ|w|"), (train.l2, "λ₂·Σw²")) if on)
    whose = "every parameter" if train.penalize_all else "the weights; biases and normalizations are left out"
    text = (
        f"Besides the data's loss, large numbers cost something themselves: {symbols} over {whose}. Backward starts from the "
        "sum L, so every penalized weight is pulled towards 0. The loss in the curves is the data's alone."
    )
    formula = "\n".join(each.line for each in worked if each.holds) or f"L = {DATA_LOSS} + {symbols}"
    return TapeEvent(index, "loss", "penalty", OUTPUT_ID, "", "", given, (result,), formula, text)


def clip_event(
    index: int, choice: Choice, before: TensorView, after: TensorView, norm: float | None = None
) -> TapeEvent:
    """One parameter's gradient is clipped; `norm` is that of all gradients together, where it decides."""
    entry = CLIPPINGS[choice.kind]
    name = before.name.removesuffix(".grad")
    if norm is not None:
        formula, text = _by_norm(choice, before, after, norm)
    else:
        formula, text = _by_value(choice, before, after)
    title = entry.torch_name.rpartition(".")[2]
    return TapeEvent(index, "clip", title, layer_of(name), name, "", (before,), (after,), formula, text)


def closure_text(evaluations: int) -> str:
    """What LBFGS did inside one step()."""
    if evaluations == 1:
        return "It needed no further evaluation of the loss."
    return (
        f"Inside this one step() it ran forward and backward {evaluations - 1:,} more times, moving the weights in between; "
        "the tape shows the first time."
    )


def _by_norm(choice: Choice, before: TensorView, after: TensorView, norm: float) -> tuple[str, str]:
    most = choice.number("max_norm")
    length = f"‖g‖ = {show(norm)} over the gradients of all parameters"
    if not norm + _EPS > most:
        return f"{length} ≤ max_norm = {show(most)}", "The gradient is not too long: torch multiplies it by 1."
    factor = most / (norm + _EPS)
    head = f"{length} > max_norm = {show(most)}\nfactor = {show(most)}/({show(norm)} + 1e-6) = {show(factor)}"
    text = (
        f"The gradient of all parameters together is too long, so each is multiplied by {show(factor)}: the direction stays, "
        "the step is shorter."
    )
    return (
        f"{head}\n{_worked(before, after, [term(float(before.values[p])) * factor for p in picked(before.values)])}",
        text,
    )


def _by_value(choice: Choice, before: TensorView, after: TensorView) -> tuple[str, str]:
    most = choice.number("clip_value")
    cut = int((np.abs(before.values) > most).sum())
    limits = f"max(−{show(most)}, min({show(most)}, "
    shown = [
        Term(f"{limits}{show(float(before.values[p]))}))", float(np.clip(before.values[p], -most, most)), most)
        for p in picked(before.values)
    ]
    text = (
        f"{cut} of {before.values.size} elements are beyond ±{show(most)} and are cut off there: the gradient's direction may change."
        if cut
        else f"No element is beyond ±{show(most)}: nothing changes."
    )
    return _worked(before, after, shown), text


def _worked(before: TensorView, after: TensorView, terms: list[Term]) -> str:
    found = [
        Worked(at(after.name, after.shape, place), expression, float(after.values[place]))
        for place, expression in zip(picked(before.values), terms, strict=True)
    ]
    return lines(found, "")


def _joined(arrays: list[np.ndarray]) -> Term:
    return add_up(np.concatenate([each.ravel() for each in arrays])).grouped()

"""torch's optimizers in the lab: made with the catalog's rules, every step told parameter by parameter."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.catalog import OPTIMIZERS as ENTRIES
from engine.fields import FieldError
from engine.lab.words import FUNCTIONS, OPTIMIZERS
from engine.tensors.formulas.terms import show
from engine.tensors.formulas.updates import UpdateMoment, update_formula
from engine.tensors.lab.recorder import Recorder, worked_out
from engine.tensors.lab.trouble import TroubleError, explain
from engine.tensors.lab.values import Handle
from engine.tensors.passages import numbers, plain
from engine.views import TensorView

_CLASSES: dict[str, type[torch.optim.Optimizer]] = {name: getattr(torch.optim, name) for name in OPTIMIZERS}


@cache
def warm_up() -> None:
    """The first optimizer of a process loads half of torch: once, and not while the time of a text is running."""
    with torch.enable_grad():
        weight = torch.zeros(1, requires_grad=True)
        weight.sum().backward()  # type: ignore[no-untyped-call]
        torch.optim.SGD([weight], lr=0.1).step()


_Seen = tuple[TensorView | None, TensorView]
"""The gradient and the parameter afterwards."""


def make(name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Handle:
    """An optimizer with torch's own defaults for what is not given.

    Raises:
        TroubleError: no list of tensors, or a setting outside the catalog's bounds.
    """
    given = dict(zip((*FUNCTIONS[name].required, *FUNCTIONS[name].optional), arguments, strict=False)) | keywords
    params = given.pop("params")
    if isinstance(params, Tensor):
        params_text = f"Write {name}([w], lr=0.1): the parameters stand in square brackets."
        raise TroubleError("An optimizer takes a list of tensors.", params_text)
    if not (isinstance(params, (list, tuple)) and params and all(isinstance(each, Tensor) for each in params)):
        raise TroubleError("An optimizer takes a list of tensors.", f"Write {name}([w, b], lr=0.1).")
    entry = ENTRIES[OPTIMIZERS[name]]
    for setting, value in _spread(given).items():
        field = next((field for field in entry.fields if field.name == setting), None)
        if field is None:
            continue
        try:
            field.check(value)
        except FieldError as error:
            raise TroubleError(str(error), f"It is called as {FUNCTIONS[name].shown}.") from None
    try:
        return Handle(OPTIMIZERS[name], _CLASSES[name](params, **given))
    except (ValueError, TypeError) as error:
        raise explain(error) from error


def _spread(given: dict[str, Any]) -> dict[str, Any]:
    """The settings under the catalog's names: torch's betas are two of them."""
    settings = dict(given)
    betas = settings.pop("betas", None)
    if betas is not None:
        if not (isinstance(betas, (list, tuple)) and len(betas) == 2):
            raise TroubleError("betas are two numbers.", "Write betas=(0.9, 0.999).")
        settings |= {"beta1": betas[0], "beta2": betas[1]}
    return settings


def parameters(handle: Handle) -> list[tuple[Tensor, dict[str, Any]]]:
    """Every parameter with the settings of its group."""
    return [(each, group) for group in handle.optimizer.param_groups for each in group["params"]]


def step(recorder: Recorder, handle: Handle) -> None:
    """`optimizer.step()` for all parameters at once, told one after the other."""
    optimizer = handle.optimizer
    every = parameters(handle)
    recorder.budget.operations(len(every))
    before = [recorder.view(each) for each, _ in every]
    gradients = [
        None if each.grad is None else recorder.view(each.grad, f"{recorder.names.of(each)}.grad") for each, _ in every
    ]
    old = [_arrays(optimizer.state.get(each, {})) for each, _ in every]
    optimizer.step()
    recorder.forget_arrays()
    for place, (each, group) in enumerate(every):
        start, gradient, after = before[place], gradients[place], recorder.view(each)
        moment = None
        if gradient is not None:
            new = {name: plain(value) for name, value in optimizer.state.get(each, {}).items()}
            state = {name: value for name, value in new.items() if isinstance(value, np.ndarray)}
            moment = UpdateMoment(start.name, group, start.values, gradient.values, after.values, old[place], state)
        _tell(recorder, handle.kind, moment, start, (gradient, after))


def _tell(recorder: Recorder, kind: str, moment: UpdateMoment | None, before: TensorView, seen: _Seen) -> None:
    """One parameter of the step; without a moment there was no gradient."""
    entry = ENTRIES[kind]
    if moment is None:
        formula, text = entry.formula, f"{before.name} has no gradient: the optimizer leaves it as it is."
    else:
        formula = worked_out(kind, lambda: update_formula(kind, moment, entry.formula), entry.formula)
        rate = show(moment.setting("lr"))
        text = f"{entry.help} Each number of {before.name} moves by its own gradient, with learning rate {rate}."
    gradient, after = seen
    recorder.add(
        "update",
        entry.title,
        layer=before.name,
        parameter=before.name,
        inputs=(before, gradient),
        outputs=(after,),
        formula=formula,
        text=text,
    )


def zero_grad(recorder: Recorder, handle: Handle, set_to_none: bool) -> None:
    """`optimizer.zero_grad()`: `.grad` becomes None, or 0 where there was one."""
    handle.optimizer.zero_grad(set_to_none=set_to_none)
    recorder.forget_arrays()
    for each, _ in parameters(handle):
        name = recorder.names.of(each)
        recorder.accumulations.pop(id(each), None)
        recorder.zeroed(name, None if each.grad is None else recorder.view(each.grad, f"{name}.grad"))


def _arrays(state: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    return {name: numbers(value) for name, value in state.items() if isinstance(value, Tensor)}

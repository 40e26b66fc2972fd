"""What went wrong on the engine thread, as text that people can use. No exception is kept: it would hold the whole graph."""

from __future__ import annotations

import traceback

import torch

from engine.errors import AppError
from engine.tensors.build import Network
from engine.tensors.evaluate import evaluation
from engine.tensors.steps import LossNotFinite
from engine.tensors.train import Run
from engine.views import Failure, NetworkReport

_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")
_KEPT = "Your project is still open."


def training_failure(error: BaseException, run: Run | None) -> Failure:
    """A training that stopped by itself."""
    if isinstance(error, LossNotFinite) and run is not None:
        return _not_finite(error, run)
    moment, layer, kept = _moment(error, run), _failing_layer(error), _kept(run)
    if _lacks_memory(error):
        return Failure(
            f"Training stopped{moment}: there is not enough memory.",
            why=f"{layer} asked for more than is free." if layer else "",
            todo="Make the batch or the layers smaller, or close other programs; then play on.",
            kept=kept,
            details=_details(error),
        )
    what = f"{layer} could not compute its result." if layer else "something unexpected happened."
    todo = "Play again to try that step once more, or rewind; if it comes back, please report it with the details."
    if layer:
        todo = f"Change {layer} or what arrives at it. If nothing looks wrong, please report it with the details."
    return Failure(
        f"Training stopped{moment}: {what}", why=_short(error), todo=todo, kept=kept, details=_details(error)
    )


def _moment(error: BaseException, run: Run | None) -> str:
    if run is None:
        return ""
    if any(frame.f_code is evaluation.__code__ for frame, _ in traceback.walk_tb(error.__traceback__)):
        return f" at the evaluation after step {run.step:,}"
    return f" at step {run.step + 1:,}"


def _failing_layer(error: BaseException) -> str:
    """The layer whose forward pass raised; "" when it was something else."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is Network.run.__code__:
            return str(frame.f_locals.get("node_id", ""))
    return ""


def _kept(run: Run | None) -> str:
    if run is None or run.step == 0:
        return _KEPT
    return f"{_KEPT} The weights after step {run.step:,} are kept: Play goes on from there."


def command_failure(error: BaseException, doing: str) -> Failure:
    """Something else that was asked for and could not be done; `doing` is it in words, "The graph was not drawn"."""
    if isinstance(error, AppError):
        return error.failure
    why = "There is not enough memory." if _lacks_memory(error) else _short(error)
    return Failure(doing, why=why, kept=_KEPT, details=_details(error))


def not_ready(report: NetworkReport | None) -> Failure:
    """Play was asked for while an issue stands."""
    errors = [issue.text for issue in report.issues if issue.severity == "error"] if report is not None else []
    if not errors:
        return Failure("Training cannot start: there is no project yet.", todo="Open one of the examples.")
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return Failure(
        "Training cannot start: the project is not complete yet.",
        why=errors[0] + more,
        todo="Mend what is marked on the canvas.",
        kept="Nothing was changed.",
    )


def _not_finite(error: LossNotFinite, run: Run) -> Failure:
    became = "not a number (NaN)" if error.value != error.value else "infinite"
    rate = run.schedule.rate
    sound = all(bool(torch.isfinite(parameter).all()) for parameter in run.network.parameters())
    kept = (
        f"The weights from before step {error.step:,} are kept."
        if sound
        else "The weights are no longer finite either: rewind brings back the initial ones."
    )
    why = f"With the learning rate {rate:g} the steps went too far, and the numbers grew beyond what float32 can hold."
    if error.step == 1:
        why = "Already the first prediction is too large for float32: the features or the weights set by hand are huge."
    return Failure(
        f"Training stopped: the loss became {became} at step {error.step:,}.",
        why=why,
        todo=f"Set a smaller learning rate, for example {rate / 10:g}, and rewind."
        if error.step > 1
        else "Standardize the features, or set smaller weights.",
        kept=kept,
    )


def _lacks_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(part in text for part in _OUT_OF_MEMORY)


def _short(error: BaseException) -> str:
    """The first line of the message; exceptions are not named, for their names say nothing to a learner."""
    line = next((part.strip() for part in str(error).splitlines() if part.strip()), "No reason was given.")
    return line if len(line) <= 200 else line[:197] + "…"


def _details(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))

"""What the run bar says, worked out as plain data before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.views import Issue, NetworkReport, RunStatus

Tone = Literal["note", "problem", "warning", "good"]


@dataclass(frozen=True, slots=True)
class RunView:
    """Texts and switches of the run bar. `node` is the layer that `sentence` is about, "" for none."""

    playing: bool
    can_play: bool
    can_run: bool
    """One step and one epoch; they may also go beyond the planned epochs."""
    can_rewind: bool
    epoch: str
    step: str
    loss: str
    rate: str
    speed: str
    device: str
    progress: float
    sentence: str
    tone: Tone = "note"
    node: str = ""
    has_node: bool = False


def run_view(status: RunStatus, report: NetworkReport | None, waiting: bool = False) -> RunView:
    """`waiting`: Play was pressed and the engine has not answered yet."""
    issue = first_error(report)
    able = issue is None and status.state != "closed"
    sentence, tone = _sentence(status, report, issue, waiting)
    return RunView(
        playing=status.state == "running" or waiting,
        can_play=able and (status.stale or not finished(status)),
        can_run=able,
        can_rewind=status.has_run,
        epoch=f"{_epochs_done(status)}/{status.epochs}" if status.epochs else "–",
        step=f"{status.step:,}",
        loss="–" if status.loss is None else f"{status.loss:.6g}",
        rate="–" if status.lr is None else f"{status.lr:.4g}",
        speed=f"{status.steps_per_second:,.0f}" if status.steps_per_second else "–",
        device=status.device or "–",
        progress=_progress(status),
        sentence=sentence,
        tone=tone,
        node=issue.node if issue else "",
        has_node=issue is not None,
    )


def first_error(report: NetworkReport | None) -> Issue | None:
    """The issue that keeps Play off, or None."""
    if report is None:
        return None
    return next((issue for issue in report.issues if issue.severity == "error"), None)


def amount(size: int) -> str:
    """A number of bytes for people."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def finished(status: RunStatus) -> bool:
    """Whether the run has done all its epochs, or was stopped early."""
    if status.stopped:
        return True
    return status.has_run and status.steps_per_epoch > 0 and status.step >= status.epochs * status.steps_per_epoch


def _epochs_done(status: RunStatus) -> int:
    return min(status.epochs, status.step // status.steps_per_epoch) if status.steps_per_epoch else 0


def _iteration(status: RunStatus) -> str:
    """Where in its epoch the last step was: one iteration is one batch, an epoch has ⌈rows/batch size⌉ of them."""
    if status.steps_per_epoch < 2:
        return ""
    epoch, iteration = divmod(status.step - 1, status.steps_per_epoch)
    return f": epoch {epoch + 1}, iteration {iteration + 1}/{status.steps_per_epoch}"


def _progress(status: RunStatus) -> float:
    total = status.epochs * status.steps_per_epoch
    return min(1.0, status.step / total) if total else 0.0


def time_left(status: RunStatus) -> str:
    """How long the planned epochs will still take at the present speed, in words; "" while that is not known."""
    total = status.epochs * status.steps_per_epoch
    if not status.steps_per_second or status.step >= total:
        return ""
    seconds = (total - status.step) / status.steps_per_second
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    return f"about {seconds / 60:.0f} min left" if seconds < 5400 else f"about {seconds / 3600:.1f} h left"


def _sentence(status: RunStatus, report: NetworkReport | None, issue: Issue | None, waiting: bool) -> tuple[str, Tone]:
    """The one sentence that people need most now: the first that holds."""
    failed, boot, running = (status.state == name for name in ("failed", "boot", "running"))
    loading = "PyTorch is loading; training starts right after." if waiting else "PyTorch is loading…"
    paused = f"Paused after step {status.step:,}{_iteration(status)}. Play goes on, Rewind starts again."
    left = time_left(status)
    training = (
        f"Training, {left}. Fields marked ● can be changed." if left else "Training. Fields marked ● can be changed."
    )
    cases: tuple[tuple[bool, str, Tone], ...] = (
        (issue is not None, f"Play is off. {issue.text if issue else ''}", "problem"),
        (bool(status.message) and failed, status.message, "problem"),
        (boot, status.message or loading, "note"),
        (running, training, "note"),
        (status.stale and status.has_run, "The project was edited: Play starts a new run.", "warning"),
        (bool(status.stopped), status.stopped, "good"),
        (finished(status), f"Finished: {status.step:,} steps. Rewind, or raise Epochs to go on.", "good"),
        (status.has_run and status.step > 0, paused, "note"),
        (report is None, "Checking the network…", "note"),
    )
    return next(
        ((text, tone) for holds, text, tone in cases if holds),
        ("Ready. Play trains; One step does a single batch.", "note"),
    )

"""Of which step an answer is, seen from where the run stands now. No Qt."""

from __future__ import annotations

from engine.views import RunStatus


def age(step: int, generation: int, status: RunStatus) -> str:
    """One line; `step` is the number of steps that were done when the question was answered."""
    if status.has_run and status.generation != generation:
        return f"Of step {step + 1} of an earlier run"
    if status.has_run and status.step != step:
        return f"Of step {step + 1}; the run has done {status.step:,} by now"
    return f"Of step {step + 1} of the run, not done yet"


def current(step: int, generation: int, status: RunStatus) -> bool:
    """Whether the answer is of the run's coming step."""
    return not status.has_run or (status.generation, status.step) == (generation, step)

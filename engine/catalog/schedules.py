"""The schedules of the learning rate. Fields carry torch's own names and defaults (torch.optim.lr_scheduler, PyTorch 2.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field
from engine.spec import Choice

Pace = Literal["", "epoch", "step"]


@dataclass(frozen=True, slots=True)
class ScheduleEntry(Entry):
    """A schedule. `pace` says after what its scheduler.step() is called; "": a field `every` says it, or there is none.

    `watches` says that it follows the loss: of the validation part, or of the training part where there is no other.
    """

    pace: Pace = ""
    watches: bool = False


def pace_of(choice: Choice) -> Pace:
    """After what the schedule moves: every "epoch", every optimizer "step", or "" where the rate is constant."""
    if choice.has("every"):
        return "step" if choice.get("every") == "step" else "epoch"
    return SCHEDULES[choice.kind].pace


def _number(  # noqa: PLR0917
    name: str, label: str, default: float, help: str, low: float, high: float, **rest: bool
) -> Field:
    return Field(name, label, "float", default, help, low=low, high=high, live=True, **rest)  # type: ignore[arg-type]


def _count(  # noqa: PLR0917
    name: str, label: str, default: int, help: str, low: int = 1, high: int = 10_000_000
) -> Field:
    return Field(name, label, "int", default, help, low=low, high=high, live=True)


def _every(default: str) -> Field:
    return Field(
        "every",
        "Moves every",
        "choice",
        default,
        "After what scheduler.step() is called: in these units the schedule counts.",
        choices=("epoch", "step"),
    )


def _gamma(default: float) -> Field:
    return _number("gamma", "γ (gamma)", default, "The rate is multiplied by it.", 0.0, 1.0, low_open=True)


_T_MAX = Field(
    "T_max",
    "T_max",
    "int",
    None,
    "Epochs (or steps) from the highest to the lowest rate; beyond it the rate rises again.",
    low=1,
    high=10_000_000,
    optional=True,
    none_text="whole run",
    live=True,
)
_ETA_MIN = _number("eta_min", "η_min (eta_min)", 0.0, "The lowest rate.", 0.0, 1000.0)
_START = _number(
    "start_factor", "start_factor", 1 / 3, "Share of the rate that the first steps have.", 0.0, 1.0, low_open=True
)
_END = _number("end_factor", "end_factor", 1.0, "Share of the rate at the end of the warm-up.", 0.0, 1.0)

SCHEDULES: Catalog[ScheduleEntry] = Catalog(
    "schedule",
    (
        ScheduleEntry("constant", "Constant", "", (), "The learning rate stays as it is set.", "ηₜ = lr"),
        ScheduleEntry(
            "step",
            "Step",
            "torch.optim.lr_scheduler.StepLR",
            (
                _count("step_size", "step_size", 10, "So many epochs (or steps) one rate holds."),
                _gamma(0.1),
                _every("epoch"),
            ),
            "The rate is multiplied by γ again and again, after every step_size epochs.",
            "ηₜ = lr·γ^⌊t/step_size⌋",
        ),
        ScheduleEntry(
            "multi_step",
            "Multi-step",
            "torch.optim.lr_scheduler.MultiStepLR",
            (
                Field(
                    "milestones",
                    "milestones",
                    "counts",
                    (10, 15),
                    "After so many epochs (or steps) the rate is multiplied by γ.",
                    low=1,
                    high=10_000_000,
                    live=True,
                ),
                _gamma(0.1),
                _every("epoch"),
            ),
            "The rate is multiplied by γ at moments that you name.",
            "ηₜ = lr·γ^(milestones passed)",
        ),
        ScheduleEntry(
            "exponential",
            "Exponential",
            "torch.optim.lr_scheduler.ExponentialLR",
            (_gamma(0.95), _every("epoch")),
            "The rate is multiplied by γ after every epoch.",
            "ηₜ = lr·γᵗ",
        ),
        ScheduleEntry(
            "cosine",
            "Cosine",
            "torch.optim.lr_scheduler.CosineAnnealingLR",
            (_T_MAX, _ETA_MIN, _every("epoch")),
            "The rate falls along half a cosine: slowly, fast, slowly.",
            "ηₜ = η_min + ½(lr − η_min)(1 + cos(πt/T_max))",
        ),
        ScheduleEntry(
            "one_cycle",
            "One-cycle",
            "torch.optim.lr_scheduler.OneCycleLR",
            (
                _number("pct_start", "pct_start", 0.3, "Share of the run in which the rate rises.", 0.0, 1.0),
                Field(
                    "anneal_strategy",
                    "anneal_strategy",
                    "choice",
                    "cos",
                    "Shape of the rise and of the fall.",
                    choices=("cos", "linear"),
                    live=True,
                ),
                _number("div_factor", "div_factor", 25.0, "The rate begins at lr divided by it.", 1.0, 1e9),
                _number(
                    "final_div_factor", "final_div_factor", 1e4, "It ends at its beginning divided by it.", 1.0, 1e12
                ),
                Field(
                    "three_phase",
                    "three_phase",
                    "bool",
                    False,
                    "Fall to the beginning first, then to the end.",
                    live=True,
                ),
                Field(
                    "cycle_momentum",
                    "cycle_momentum",
                    "bool",
                    False,
                    "Move the momentum (β₁ with Adam) against the rate: low while the rate is high.",
                ),
                _number("base_momentum", "base_momentum", 0.85, "Momentum while the rate is highest.", 0.0, 0.999),
                _number("max_momentum", "max_momentum", 0.95, "Momentum at the beginning and at the end.", 0.0, 0.999),
            ),
            "The rate rises to lr and falls far below its beginning, once over the planned run. lr is the peak, max_lr.",
            "lr/div_factor → lr → lr/(div_factor·final_div_factor)",
            pace="step",
        ),
        ScheduleEntry(
            "plateau",
            "Reduce on plateau",
            "torch.optim.lr_scheduler.ReduceLROnPlateau",
            (
                _number("factor", "factor", 0.1, "The rate is multiplied by it.", 0.0, 1.0, high_open=True),
                _count(
                    "patience", "patience", 10, "So many epochs without a better loss are waited out.", 0, 1_000_000
                ),
                _number(
                    "threshold", "threshold", 1e-4, "What counts as better: by this share, or by this much.", 0.0, 1.0
                ),
                Field(
                    "threshold_mode",
                    "threshold_mode",
                    "choice",
                    "rel",
                    "rel: better by a share of the best loss; abs: better by an amount.",
                    choices=("rel", "abs"),
                    live=True,
                ),
                _count(
                    "cooldown", "cooldown", 0, "Epochs after a reduction in which nothing is counted.", 0, 1_000_000
                ),
                _number("min_lr", "min_lr", 0.0, "The rate falls no lower.", 0.0, 1000.0),
                _number("eps", "eps", 1e-8, "A reduction smaller than this is left out.", 0.0, 1.0),
            ),
            "The rate falls when the loss has stopped falling: that of the validation part, or of the training part without one.",
            "patience epochs without loss < best·(1 − threshold): η ← factor·η",
            pace="epoch",
            watches=True,
        ),
        ScheduleEntry(
            "warm_up",
            "Warm-up",
            "torch.optim.lr_scheduler.LinearLR",
            (
                _START,
                _END,
                _count("total_iters", "total_iters", 100, "Steps (or epochs) until it is over."),
                _every("step"),
            ),
            "The rate rises in a straight line, then stays: the first steps, with gradients of untrained weights, are small.",
            "ηₜ = lr·(start + (end − start)·min(t/total_iters, 1))",
        ),
        ScheduleEntry(
            "warm_up_cosine",
            "Warm-up, then cosine",
            "torch.optim.lr_scheduler.SequentialLR",
            (
                _START,
                _count("total_iters", "total_iters", 100, "Steps (or epochs) until the warm-up is over."),
                _ETA_MIN,
                _every("step"),
            ),
            "The rate rises in a straight line to lr, then falls along half a cosine to the end of the run: LinearLR, then "
            "CosineAnnealingLR.",
            "ηₜ = lr·(start + (1 − start)·t/total_iters), then η_min + ½(lr − η_min)(1 + cos(π(t − total_iters)/rest))",
        ),
    ),
)

CONSTANT = SCHEDULES["constant"].choose()

"""The optimizers. Fields carry torch's own names and defaults (pages of torch.optim, PyTorch 2.13 documentation)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field


@dataclass(frozen=True, slots=True)
class OptimizerEntry(Entry):
    """An optimizer. `fused` says that torch has a fused form of it, which is then used everywhere: one arithmetic."""

    fused: bool = True
    closure: bool = False
    """step() asks for loss and gradients itself, several times; and all parameters are in one group."""


def _lr(default: float) -> Field:
    return Field(
        "lr",
        "Learning rate",
        "float",
        default,
        "Size of a step along the negative gradient.",
        low=0.0,
        low_open=True,
        high=1000.0,
        live=True,
        formula="θ ← θ − lr·(…)",
    )


def _decay(default: float, formula: str) -> Field:
    return Field(
        "weight_decay",
        "Weight decay",
        "float",
        default,
        "Pulls every weight and bias towards zero in each step.",
        low=0.0,
        high=100.0,
        live=True,
        formula=formula,
    )


def _share(name: str, label: str, default: float, help: str) -> Field:
    return Field(name, label, "float", default, help, low=0.0, high=1.0, high_open=True)


def _switch(name: str, help: str) -> Field:
    return Field(name, name, "bool", False, help)


def _count(name: str, default: int, help: str) -> Field:
    return Field(name, name, "int", default, help, low=1, high=1_000_000)


def _tolerance(name: str, default: float, help: str) -> Field:
    return Field(name, name, "float", default, help, low=0.0, high=1.0)


_COUPLED = "g ← g + weight_decay·θ"
_DECOUPLED = "θ ← θ − lr·weight_decay·θ"
_MAXIMIZE = _switch("maximize", "Climb instead of descend: the gradient's sign is turned.")
_DECOUPLE = _switch("decoupled_weight_decay", "Decay past the moments, as AdamW does.")
_AMSGRAD = _switch("amsgrad", "Divide by the greatest v so far, so that the step size never grows again.")
_BETA1 = _share("beta1", "β₁", 0.9, "Memory of the mean gradient.")
_BETA2 = _share("beta2", "β₂", 0.999, "Memory of the mean squared gradient.")


def _eps(default: float) -> Field:
    return Field(
        "eps", "eps", "float", default, "Added to the root, so that nothing is divided by zero.", low=0.0, high=1.0
    )


OPTIMIZERS: Catalog[OptimizerEntry] = Catalog(
    "optimizer",
    (
        OptimizerEntry(
            "sgd",
            "SGD",
            "torch.optim.SGD",
            (
                _lr(0.1),
                _decay(0.0, _COUPLED),
                _share("momentum", "Momentum", 0.0, "Share of the last step's direction that is kept."),
                _share("dampening", "Dampening", 0.0, "Share by which the new gradient enters the momentum less."),
                Field(
                    "nesterov",
                    "Nesterov",
                    "bool",
                    False,
                    "Look ahead along the momentum. Needs momentum above 0 and dampening 0.",
                ),
                _MAXIMIZE,
            ),
            "One step against the gradient, with momentum if wanted.",
            "v ← momentum·v + g;  θ ← θ − lr·v",
        ),
        OptimizerEntry(
            "adam",
            "Adam",
            "torch.optim.Adam",
            (_lr(0.001), _decay(0.0, _COUPLED), _BETA1, _BETA2, _eps(1e-8), _AMSGRAD, _MAXIMIZE),
            "A step size of its own for every weight, from the mean and the spread of its gradients.",
            "θ ← θ − lr·m̂/(√v̂ + eps)",
        ),
        OptimizerEntry(
            "adamw",
            "AdamW",
            "torch.optim.AdamW",
            (_lr(0.001), _decay(0.01, _DECOUPLED), _BETA1, _BETA2, _eps(1e-8), _AMSGRAD, _MAXIMIZE),
            "Adam whose weight decay does not pass through the moments.",
            "θ ← θ − lr·weight_decay·θ − lr·m̂/(√v̂ + eps)",
        ),
        OptimizerEntry(
            "rmsprop",
            "RMSprop",
            "torch.optim.RMSprop",
            (
                _lr(0.01),
                _decay(0.0, _COUPLED),
                _share("alpha", "α", 0.99, "Memory of the mean squared gradient."),
                _eps(1e-8),
                _share("momentum", "Momentum", 0.0, "Share of the last step's direction that is kept."),
                _switch("centered", "Divide by the spread around the running mean of the gradient."),
                _MAXIMIZE,
            ),
            "Divides the gradient by a running mean of its size.",
            "v ← α·v + (1 − α)·g²;  θ ← θ − lr·g/(√v + eps)",
            fused=False,
        ),
        OptimizerEntry(
            "adagrad",
            "Adagrad",
            "torch.optim.Adagrad",
            (
                _lr(0.01),
                _decay(0.0, _COUPLED),
                Field(
                    "lr_decay",
                    "lr decay",
                    "float",
                    0.0,
                    "The learning rate is divided by 1 + (step − 1)·lr_decay.",
                    low=0.0,
                    high=100.0,
                ),
                Field(
                    "initial_accumulator_value",
                    "initial s",
                    "float",
                    0.0,
                    "What the sum of squares starts from.",
                    low=0.0,
                    high=1e6,
                ),
                _eps(1e-10),
                _MAXIMIZE,
            ),
            "Divides the gradient by the root of the sum of all its squares.",
            "s ← s + g²;  θ ← θ − lr·g/(√s + eps)",
        ),
        OptimizerEntry(
            "adadelta",
            "Adadelta",
            "torch.optim.Adadelta",
            (
                _lr(1.0),
                _decay(0.0, _COUPLED),
                _share("rho", "ρ", 0.9, "Memory of the mean squared gradient and of the mean squared step."),
                _eps(1e-6),
                _MAXIMIZE,
            ),
            "Sizes a step by the steps before it, so that lr 1 suits most problems.",
            "v ← ρ·v + (1 − ρ)·g²;  Δ = √(u + eps)/√(v + eps)·g;  u ← ρ·u + (1 − ρ)·Δ²;  θ ← θ − lr·Δ",
            fused=False,
        ),
        OptimizerEntry(
            "nadam",
            "NAdam",
            "torch.optim.NAdam",
            (
                _lr(0.002),
                _decay(0.0, _COUPLED),
                _BETA1,
                _BETA2,
                _eps(1e-8),
                Field(
                    "momentum_decay",
                    "ψ",
                    "float",
                    0.004,
                    "How fast the momentum μ grows to β₁: μ = β₁·(1 − ½·0.96^(t·ψ)).",
                    low=0.0,
                    high=1.0,
                ),
                _DECOUPLE,
                _MAXIMIZE,
            ),
            "Adam that looks ahead along its momentum, as Nesterov does.",
            "θ ← θ − lr·((1 − μ)/(1 − Πμ)·g + μ′/(1 − Πμ·μ′)·m)/(√v̂ + eps)",
            fused=False,
        ),
        OptimizerEntry(
            "radam",
            "RAdam",
            "torch.optim.RAdam",
            (_lr(0.001), _decay(0.0, _COUPLED), _BETA1, _BETA2, _eps(1e-8), _DECOUPLE, _MAXIMIZE),
            "Adam that moves by its mean gradient alone until it has seen enough steps to judge their spread.",
            "ρ > 5: θ ← θ − lr·r·m̂·√(1 − β₂ᵗ)/(√v + eps), else θ ← θ − lr·m̂",
            fused=False,
        ),
        OptimizerEntry(
            "lbfgs",
            "LBFGS",
            "torch.optim.LBFGS",
            (
                _lr(1.0),
                _count("max_iter", 20, "So many iterations at most in one step."),
                Field(
                    "max_eval",
                    "max_eval",
                    "int",
                    None,
                    "So many evaluations of the loss at most in one step.",
                    low=1,
                    high=1_000_000,
                    optional=True,
                    none_text="1.25·max_iter",
                ),
                _tolerance("tolerance_grad", 1e-7, "A step ends when no gradient is larger."),
                _tolerance("tolerance_change", 1e-9, "A step ends when loss or weights change less."),
                _count("history_size", 100, "So many earlier iterations are remembered, two vectors each."),
                Field(
                    "line_search_fn",
                    "line_search_fn",
                    "choice",
                    "none",
                    "strong_wolfe looks for a good length of every move; none always takes lr.",
                    choices=("none", "strong_wolfe"),
                ),
            ),
            "Learns the curvature from the last gradients, so it heads for the minimum. For full batches of small problems.",
            "d = −H·g, with H ≈ inverse of the second derivatives;  θ ← θ + t·d",
            fused=False,
            closure=True,
        ),
    ),
)

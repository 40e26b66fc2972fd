"""Operations as ATen calls them: their formula with the numbers put in, and a sentence of what they are for.

The rules are those of the Graph Lab's operations (operations.py); here is what ATen names or orders differently
(aten/src/ATen/native/native_functions.yaml of PyTorch 2.13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.tensors.formulas.moment import Worked
from engine.tensors.formulas.operation_moment import OperationMoment
from engine.tensors.formulas.operations import work_out_operation

Arguments = tuple[object, ...]
_REDUCTIONS = {0: "none", 1: "mean", 2: "sum"}
_SAME = frozenset(
    (
        "t",
        "addmm",
        "mm",
        "relu",
        "sigmoid",
        "tanh",
        "silu",
        "gelu",
        "elu",
        "leaky_relu",
        "exp",
        "log",
        "neg",
        "abs",
        "sqrt",
    )
) | frozenset(
    ("sub", "mul", "div", "add", "pow", "sum", "mean", "view", "clone", "reshape", "max_pool", "unsqueeze", "squeeze")
)
_PLAIN_ONLY = frozenset(("add", "sub", "div"))
"""With a keyword (alpha, rounding_mode) they mean something else."""


def work_out_aten(
    name: str, arguments: Arguments, keywords: Mapping[str, object], output: object, left: str
) -> list[Worked]:
    """The elements to show of an operation's first result, worked out; none where there is no rule."""
    moment = _as_known(name, arguments, keywords, output)
    return [] if moment is None else work_out_operation(moment, left)


def _as_known(
    name: str, arguments: Arguments, keywords: Mapping[str, object], output: object
) -> OperationMoment | None:
    """The same operation under the name and with the arguments that the Graph Lab has for it."""
    plain = name.rstrip("_") if not name.startswith("_") else name
    if plain in _PLAIN_ONLY and keywords:
        return None
    if plain in _SAME:
        return OperationMoment(plain, arguments, keywords, output)  # type: ignore[arg-type]
    if plain == "_unsafe_view":
        return OperationMoment("view", arguments, keywords, output)  # type: ignore[arg-type]
    if plain in ("_softmax", "_log_softmax"):
        return OperationMoment(plain[1:], arguments[:2], {}, output)  # type: ignore[arg-type]
    settings = _LOSSES[plain](arguments[2:]) if plain in _LOSSES else None
    if settings is None:
        return None
    return OperationMoment(_LOSS_NAMES.get(plain, plain), arguments[:2], settings, output)  # type: ignore[arg-type]


def _at(rest: Arguments, place: int, default: object) -> object:
    return rest[place] if len(rest) > place else default


def _reduced(place: int, *weights: int) -> Callable[[Arguments], dict[str, object] | None]:
    """Settings of a loss whose reduction stands in this place; None when it weighs its samples."""

    def settings(rest: Arguments) -> dict[str, object] | None:
        if any(_at(rest, weight, None) is not None for weight in weights):
            return None
        return {"reduction": _REDUCTIONS[int(_at(rest, place, 1))]}  # type: ignore[call-overload]

    return settings


def _huber(rest: Arguments) -> dict[str, object]:
    return {"reduction": _REDUCTIONS[int(_at(rest, 0, 1))], "delta": _at(rest, 1, 1.0)}  # type: ignore[call-overload]


def _margin(rest: Arguments) -> dict[str, object] | None:
    settings = _reduced(3, 2)(rest)
    return None if settings is None else {**settings, "p": int(_at(rest, 0, 1)), "margin": _at(rest, 1, 1.0)}  # type: ignore[call-overload]


_LOSSES: dict[str, Callable[[Arguments], dict[str, object] | None]] = {
    "mse_loss": _reduced(0),
    "huber_loss": _huber,
    "binary_cross_entropy": _reduced(1, 0),
    "binary_cross_entropy_with_logits": _reduced(2, 0, 1),
    "nll_loss_forward": _reduced(1, 0),
    "multi_margin_loss": _margin,
}
_LOSS_NAMES = {"nll_loss_forward": "nll_loss"}

TEXTS = {
    "t": "The weight is transposed: a view of the same numbers, nothing is copied.",
    "addmm": "A product of matrices plus a vector, which is added to every row.",
    "mm": "A product of matrices.",
    "convolution": "Every filter slides over the input; at each place a sum of products.",
    "view": "Another shape for the same numbers; nothing is copied.",
    "_unsafe_view": "Another shape for the same numbers; nothing is copied.",
    "transpose": "Two axes change places: a view of the same numbers.",
    "native_batch_norm": "Standardized over the batch; mean and 1/√(var + eps) are kept for backward.",
    "native_layer_norm": "Standardized within each sample; mean and 1/√(var + eps) are kept for backward.",
    "native_dropout": "Some values are set to zero at random, the others are scaled up.",
    "bernoulli_": "The dice: 1 where a value survives, 0 where not, with this chance.",
    "div_": "Divided in place, by the chance to survive in a dropout's mask.",
    "mul": "Multiplied element by element; in a dropout, by the mask.",
    "add": "Added element by element.",
    "add_": "Added in place: the same tensor holds new numbers.",
    "cat": "Put side by side along one axis.",
    "max_pool2d_with_indices": "The greatest of every window, and where it was, for backward.",
    "avg_pool2d": "The mean of every window.",
    "_adaptive_avg_pool2d": "The mean of every region; the regions cover the input.",
    "_log_softmax": "The logarithm of the softmax, computed without leaving the range of float32.",
    "_softmax": "Shares that sum to 1.",
    "nll_loss_forward": "Minus the log-probability of the true class.",
    "mse_loss": "The squared errors, reduced to one number.",
    "embedding": "A row of the table for every index.",
    "mkldnn_rnn_layer": "The whole sequence through all gates, in one kernel of oneDNN.",
    "sum": "All added up.",
    "mean": "Added up and divided by their number.",
    "zeros": "The state before the first element of a sequence: zeros.",
    "select": "One slice along an axis.",
    "stack": "Put together along a new axis.",
    "_to_copy": "A copy in another type.",
}


def describe(name: str, part_of: str) -> str:
    """What the operation does; for one without a sentence, what it is part of."""
    return TEXTS.get(name, f"One of PyTorch's operations of which {part_of} is made.")

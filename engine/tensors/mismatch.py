"""Why a layer cannot take what arrives, in a sentence that says what to change. Shapes leave out the batch axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from engine.tensors.mismatch_windows import WINDOW_RULES
from engine.tensors.shape_text import Arguments, Sentence, Shape, shape_text

__all__ = ["Arguments", "Sentence", "Shape", "foresee", "shape_text", "shortened"]


def foresee(kind: str, arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    """What is wrong when tensors of these shapes arrive at a layer, None when nothing can be foreseen."""
    rule = _RULES.get(kind)
    return rule(arguments, shapes) if rule else None


def shortened(message: str) -> str:
    """The first line of torch's own message, for a failure that no rule foresees."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "no reason given")
    return line if len(line) <= 160 else line[:157] + "…"


def _linear(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    wanted, arriving = arguments["in_features"], shapes[0][-1] if shapes[0] else 0
    if wanted == arriving:
        return None
    if len(shapes[0]) > 2:
        text = f"expects {wanted} features, but {shape_text(shapes[0])} arrives, {arriving} on its last axis"
        flat = math.prod(shapes[0])
        return f"{text}: put a Flatten before it" + (
            "." if flat == wanted else f" and set in_features to {flat} or auto."
        )
    return f"expects {wanted} features, but {arriving} arrive: set in_features to {arriving} or auto."


def _batch_norm1d(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    if len(shapes[0]) not in (1, 2):
        return (
            f"needs (N, features), but {shape_text(shapes[0])} arrives: use BatchNorm2d for images, or Flatten first."
        )
    return _norm_features(arguments, shapes[0], "features")


def _batch_norm2d(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    if len(shapes[0]) != 3:
        return f"needs images (N, C, H, W), but {shape_text(shapes[0])} arrives: use BatchNorm1d for features."
    return _norm_features(arguments, shapes[0], "channels")


def _norm_features(arguments: Arguments, shape: Shape, what: str) -> Sentence:
    wanted = arguments["num_features"]
    if wanted == shape[0]:
        return None
    return f"expects {wanted} {what}, but {shape[0]} arrive: set num_features to {shape[0]} or auto."


def _layer_norm(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    wanted = arguments["normalized_shape"]
    if not isinstance(wanted, int) or shapes[0][-1] == wanted:
        return None
    return (
        f"standardizes a last axis of {wanted}, but {shape_text(shapes[0])} arrives: "
        f"set normalized_shape to {shapes[0][-1]} or auto."
    )


def _flatten(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    start, rank = cast(int, arguments["start_dim"]), len(shapes[0]) + 1
    end = cast(int, arguments["end_dim"])
    if start >= rank:
        return f"starts at axis {start}, but {shape_text(shapes[0])} has the axes 0 to {rank - 1}: set start_dim to 1."
    if not -rank <= end < rank:
        return f"ends at axis {end}, but {shape_text(shapes[0])} has the axes 0 to {rank - 1}: set end_dim to -1."
    if end % rank < start:
        return f"starts at axis {start}, but ends before it at axis {end % rank}: set end_dim to -1."
    return None


def _reshape(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    wanted, count = cast(Shape, arguments["shape"]), math.prod(shapes[0])
    known = math.prod(size for size in wanted if size != -1)
    if count % known == 0 if -1 in wanted else count == known:
        return None
    sizes = ", ".join(map(str, wanted))
    text = f"cannot put the {count} values of {shape_text(shapes[0])} into the shape {sizes}"
    if -1 in wanted:
        return f"{text}: choose sizes that divide {count}, for example {_example(shapes[0])}."
    return f"{text}, which has {known}: choose sizes whose product is {count}, for example {_example(shapes[0])}."


def _example(shape: Shape) -> str:
    """A shape with as many values: an image where it is a square, else one channel."""
    side = math.isqrt(math.prod(shape))
    return f"1, {side}, {side}" if side * side == math.prod(shape) else f"1, {math.prod(shape)}"


def _axis(arguments: Arguments, shape: Shape) -> Sentence:
    dim, rank = cast(int, arguments["dim"]), len(shape) + 1
    if -rank <= dim < rank:
        return None
    return f"works along axis {dim}, but {shape_text(shape)} has the axes 0 to {rank - 1}: set dim to one of them."


def _softmax(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    return _axis(arguments, shapes[0])


def _add(_: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    if len(set(shapes)) == 1:
        return None
    return f"adds value by value, but {_listed(shapes)} arrive: give all its inputs the same shape."


def _concat(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    first = shapes[0]
    if any(len(shape) != len(first) for shape in shapes):
        return f"joins tensors with the same number of axes, but {_listed(shapes)} arrive: put a Flatten before it."
    if problem := _axis(arguments, first):
        return problem
    axis = cast(int, arguments["dim"]) % (len(first) + 1)
    if axis == 0:
        return "would join along axis 0, the batch itself: set dim to 1."
    for place in range(len(first)):
        if place + 1 != axis and any(shape[place] != first[place] for shape in shapes):
            return (
                f"joins along axis {axis}, where sizes may differ, but {_listed(shapes)} differ in axis {place + 1}: "
                "make them equal there or choose another dim."
            )
    return None


def _listed(shapes: tuple[Shape, ...]) -> str:
    texts = [shape_text(shape) for shape in shapes]
    return ", ".join(texts[:-1]) + " and " + texts[-1]


_RULES: dict[str, Callable[[Arguments, tuple[Shape, ...]], Sentence]] = {
    "linear": _linear,
    "batch_norm1d": _batch_norm1d,
    "batch_norm2d": _batch_norm2d,
    "layer_norm": _layer_norm,
    "flatten": _flatten,
    "reshape": _reshape,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "add": _add,
    "concat": _concat,
    **WINDOW_RULES,
}

"""Why a layer cannot take what arrives, in a sentence that says what to change. Shapes leave out the batch axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

Shape = tuple[int, ...]
Arguments = Mapping[str, object]
# What is wrong and what to change, without the layer's name in front; None when nothing is.
Sentence = str | None


def foresee(kind: str, arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    """What is wrong when tensors of these shapes arrive at a layer, None when nothing can be foreseen."""
    rule = _RULES.get(kind)
    return rule(arguments, shapes) if rule else None


def shape_text(shape: Shape) -> str:
    """A shape as people read it, N for the batch: (N, 1, 8, 8)."""
    return "(" + ", ".join(("N", *(str(size) for size in shape))) + ")"


def shortened(message: str) -> str:
    """The first line of torch's own message, for a failure that no rule foresees."""
    line = next((part.strip() for part in message.splitlines() if part.strip()), "no reason given")
    return line if len(line) <= 160 else line[:157] + "…"


def _linear(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    wanted, arriving = arguments["in_features"], shapes[0][-1] if shapes[0] else 0
    if wanted == arriving:
        return None
    return f"expects {wanted} features, but {arriving} arrive: set in_features to {arriving} or auto."


def _needs_image(shape: Shape) -> Sentence:
    if len(shape) == 3:
        return None
    return (
        f"needs images (N, C, H, W), but {shape_text(shape)} arrives: choose the image layout of the data, "
        "or put this layer before the Flatten."
    )


def _conv2d(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    shape = shapes[0]
    if problem := _needs_image(shape):
        return problem
    wanted, groups, leaving = (cast(int, arguments[name]) for name in ("in_channels", "groups", "out_channels"))
    if wanted != shape[0]:
        return f"expects {wanted} channels, but {shape[0]} arrive: set in_channels to {shape[0]} or auto."
    for count, what in ((wanted, "arriving"), (leaving, "leaving")):
        if count % groups:
            return f"cannot divide {count} {what} channels into {groups} groups: choose groups so that it divides them."
    reach = cast(int, arguments["dilation"]) * (cast(int, arguments["kernel_size"]) - 1) + 1
    return _window(reach, arguments, shape)


def _pool(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    if problem := _needs_image(shapes[0]):
        return problem
    kernel, padding = cast(int, arguments["kernel_size"]), cast(int, arguments["padding"])
    if 2 * padding > kernel:
        return f"may pad at most half of its window of {kernel}, but padding is {padding}: set it to {kernel // 2} or less."
    return _window(kernel, arguments, shapes[0])


def _window(reach: int, arguments: Arguments, shape: Shape) -> Sentence:
    """The window must fit into the padded image."""
    padding = cast(int, arguments["padding"])
    height, width = shape[1] + 2 * padding, shape[2] + 2 * padding
    if reach <= height and reach <= width:
        return None
    padded = " with its padding" if padding else ""
    return (
        f"has a window of {reach}×{reach} pixels, larger than the arriving image of {height}×{width}{padded}: "
        "make kernel_size smaller or pool less before it."
    )


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
    if start < rank:
        return None
    return f"starts at axis {start}, but {shape_text(shapes[0])} has the axes 0 to {rank - 1}: set start_dim to 1."


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
    "conv2d": _conv2d,
    "max_pool2d": _pool,
    "avg_pool2d": _pool,
    "batch_norm1d": _batch_norm1d,
    "batch_norm2d": _batch_norm2d,
    "layer_norm": _layer_norm,
    "flatten": _flatten,
    "softmax": _softmax,
    "add": _add,
    "concat": _concat,
}

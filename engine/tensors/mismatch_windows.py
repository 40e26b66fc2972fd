"""Why a layer with a sliding window, or one that walks along a sequence, cannot take what arrives (mismatch.py)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from engine.tensors.shape_text import Arguments, Sentence, Shape, shape_text

Rule = Callable[[Arguments, tuple[Shape, ...]], Sentence]


def _number(arguments: Arguments, name: str) -> int:
    return cast(int, arguments[name])


def needs_image(shape: Shape) -> Sentence:
    """What is wrong with a shape that should be (C, H, W)."""
    if len(shape) == 3:
        return None
    return (
        f"needs images (N, C, H, W), but {shape_text(shape)} arrives: choose the image layout of the data, "
        "or put this layer before the Flatten."
    )


def needs_signal(shape: Shape, title: str) -> Sentence:
    """What is wrong with a shape that should be (C, L)."""
    if len(shape) == 2:
        return None
    text = f"needs signals (N, C, L), but {shape_text(shape)} arrives: "
    if len(shape) == 3:
        return f"{text}use {title} for images."
    return f"{text}put a Reshape before it, for example to 1, {math.prod(shape)}."


def _arrives(arguments: Arguments, shape: Shape, dimensions: int, kind: str) -> Sentence:
    return needs_image(shape) if dimensions == 2 else needs_signal(shape, f"{kind}2d")


def _convolution(dimensions: int) -> Rule:
    def rule(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
        shape = shapes[0]
        if problem := _arrives(arguments, shape, dimensions, "Conv"):
            return problem
        wanted, groups, leaving = (_number(arguments, name) for name in ("in_channels", "groups", "out_channels"))
        if wanted != shape[0]:
            return f"expects {wanted} channels, but {shape[0]} arrive: set in_channels to {shape[0]} or auto."
        for count, what in ((wanted, "arriving"), (leaving, "leaving")):
            if count % groups:
                return f"cannot divide {count} {what} channels into {groups} groups: choose groups so that it divides them."
        return _continued(arguments, shape) or _window(_reach(arguments), arguments, shape)

    return rule


def _continued(arguments: Arguments, shape: Shape) -> Sentence:
    """Padding with the image itself cannot be wider than the image."""
    mode, padding, least = arguments["padding_mode"], _number(arguments, "padding"), min(shape[1:])
    most = {"reflect": least - 1, "circular": least}.get(str(mode))
    if most is None or padding <= most:
        return None
    return (
        f"pads {padding} with mode {mode}, but only {_size(shape)} arrives: set padding to {most} or less, "
        "or padding_mode to zeros."
    )


def _max_pool(dimensions: int) -> Rule:
    return _pool(dimensions, "MaxPool")


def _pool(dimensions: int, kind: str) -> Rule:
    def rule(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
        if problem := _arrives(arguments, shapes[0], dimensions, kind):
            return problem
        kernel, padding = _number(arguments, "kernel_size"), _number(arguments, "padding")
        if 2 * padding > kernel:
            return (
                f"may pad at most half of its window of {kernel}, but padding is {padding}: "
                f"set it to {kernel // 2} or less."
            )
        return _window(_reach(arguments), arguments, shapes[0])

    return rule


def _adaptive(dimensions: int) -> Rule:
    return lambda arguments, shapes: _arrives(arguments, shapes[0], dimensions, "AdaptiveAvgPool")


def _reach(arguments: Arguments) -> int:
    """Pixels from the first to the last point of the window."""
    return cast(int, arguments.get("dilation", 1)) * (_number(arguments, "kernel_size") - 1) + 1


def _size(shape: Shape) -> str:
    return f"an image of {shape[1]}×{shape[2]}" if len(shape) == 3 else f"a signal of {shape[1]}"


def _window(reach: int, arguments: Arguments, shape: Shape) -> Sentence:
    """The window must fit into the padded image or signal."""
    padding = _number(arguments, "padding")
    sides = tuple(side + 2 * padding for side in shape[1:])
    if all(reach <= side for side in sides):
        return None
    padded = " with its padding" if padding else ""
    if len(sides) == 1:
        return (
            f"has a window of {reach} places, longer than the arriving signal of {sides[0]}{padded}: "
            "make kernel_size smaller or pool less before it."
        )
    return (
        f"has a window of {reach}×{reach} pixels, larger than the arriving image of {sides[0]}×{sides[1]}{padded}: "
        "make kernel_size smaller or pool less before it."
    )


def _recurrent(arguments: Arguments, shapes: tuple[Shape, ...]) -> Sentence:
    shape, hidden = shapes[0], _number(arguments, "hidden_size")
    if len(shape) != 2:
        return f"needs sequences (N, L, features), but {shape_text(shape)} arrives: put a Reshape before it, for example to {_sequence(shape)}."
    if arguments["input_size"] != shape[1]:
        wanted = arguments["input_size"]
        return f"expects {wanted} features per step, but {shape[1]} arrive: set input_size to {shape[1]} or auto."
    if cast(float, arguments["dropout"]) > 0 and arguments["num_layers"] == 1:
        return "drops values between its layers, but has one layer only: set num_layers to 2 or more, or dropout to 0."
    if cast(int, arguments.get("proj_size", 0)) >= hidden:
        return (
            f"projects its memory of {hidden} to {arguments['proj_size']}: proj_size must be smaller than hidden_size."
        )
    return None


def _sequence(shape: Shape) -> str:
    """The same values as a sequence: features as steps of one number, rows of pixels as steps."""
    if len(shape) < 2:
        return f"{math.prod(shape)}, 1"
    return f"{math.prod(shape[:-1])}, {shape[-1]}"


WINDOW_RULES: dict[str, Rule] = {
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "max_pool1d": _max_pool(1),
    "max_pool2d": _max_pool(2),
    "avg_pool1d": _pool(1, "AvgPool"),
    "avg_pool2d": _pool(2, "AvgPool"),
    "adaptive_avg_pool1d": _adaptive(1),
    "adaptive_avg_pool2d": _adaptive(2),
    "rnn": _recurrent,
    "lstm": _recurrent,
    "gru": _recurrent,
}

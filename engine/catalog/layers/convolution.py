"""Filters and windows that slide over a signal or an image. Windows are squares: one number for both sides."""

from __future__ import annotations

from engine.catalog.layers.base import LayerEntry, arriving, choice, count, switch
from engine.fields import Field

_KERNEL = count("kernel_size", 3, "Side of the window, in pixels or places.")
_POOL_KERNEL = count("kernel_size", 2, "Side of the window, in pixels or places.")
_STRIDE = count("stride", 1, "Pixels or places the window moves at a time.")
_POOL_STRIDE = Field(
    "stride",
    "stride",
    "int",
    None,
    "Pixels or places the window moves at a time; auto is the kernel size.",
    low=1,
    high=1_000_000,
    optional=True,
)
_PADDING = count("padding", 0, "Pixels or places added on every side.", low=0)
_DILATION = count("dilation", 1, "Distance between the points of the window.")
_PADDING_MODE = choice(
    "padding_mode",
    "zeros",
    "What is added: zeros, or the image itself continued.",
    "zeros",
    "reflect",
    "replicate",
    "circular",
)
_CEIL = switch("ceil_mode", False, "Keep a last window that sticks out over the edge.")
_INCLUDE = switch("count_include_pad", True, "The zeros of the padding count in the mean.")
_DIVISOR = Field(
    "divisor_override",
    "divisor_override",
    "int",
    None,
    "Divide the sum of the window by this number.",
    low=1,
    high=1_000_000,
    optional=True,
    none_text="the window's size",
)
_OUTPUT = count("output_size", 1, "Places per side that leave, whatever arrives.")


def _convolution(dimensions: int, over: str, example: str) -> LayerEntry:
    return LayerEntry(
        f"conv{dimensions}d",
        f"Conv{dimensions}d",
        f"torch.nn.Conv{dimensions}d",
        (
            arriving("in_channels", "channels"),
            count("out_channels", 8, "Number of filters: the channels that leave."),
            _KERNEL,
            _STRIDE,
            _PADDING,
            _DILATION,
            count("groups", 1, "Channels are divided into this many independent groups."),
            switch("bias", True, "Add a learned number to every channel."),
            _PADDING_MODE,
        ),
        f"Slides small filters over {over}.",
        "y[c] = b[c] + Σₖ w[c,k] ⋆ x[k]",
        group="Convolution",
        inferred=(("in_channels", 1),),
        weights=True,
        biases=True,
        words=("convolution", "cnn", "filter", "kernel", example),
    )


def _max_pool(dimensions: int) -> LayerEntry:
    return LayerEntry(
        f"max_pool{dimensions}d",
        f"MaxPool{dimensions}d",
        f"torch.nn.MaxPool{dimensions}d",
        (_POOL_KERNEL, _POOL_STRIDE, _PADDING, _DILATION, _CEIL),
        "Keeps the greatest value of every window.",
        "y = max over the window of x",
        group="Convolution",
        words=("pooling", "subsample", "downsample"),
    )


def _avg_pool(dimensions: int) -> LayerEntry:
    return LayerEntry(
        f"avg_pool{dimensions}d",
        f"AvgPool{dimensions}d",
        f"torch.nn.AvgPool{dimensions}d",
        (_POOL_KERNEL, _POOL_STRIDE, _PADDING, _CEIL, _INCLUDE, *((_DIVISOR,) if dimensions == 2 else ())),
        "Keeps the mean of every window.",
        "y = mean over the window of x",
        group="Convolution",
        words=("pooling", "mean", "average", "subsample", "downsample"),
    )


def _adaptive(dimensions: int) -> LayerEntry:
    return LayerEntry(
        f"adaptive_avg_pool{dimensions}d",
        f"AdaptiveAvgPool{dimensions}d",
        f"torch.nn.AdaptiveAvgPool{dimensions}d",
        (_OUTPUT,),
        "Divides what arrives into output_size parts per side, of whatever size they then are, and keeps the mean of each.",
        "y[i] = mean of x from ⌊i·L/n⌋ to ⌈(i+1)·L/n⌉",
        group="Convolution",
        words=("pooling", "mean", "average", "global"),
    )


CONVOLUTION = (
    _convolution(2, "an image", "image"),
    _convolution(1, "a signal", "signal"),
    _max_pool(2),
    _max_pool(1),
    _avg_pool(2),
    _avg_pool(1),
    _adaptive(2),
    _adaptive(1),
)

"""Backward rules of convolution and pooling: every place of a sliding window counts.

Along one axis, output place o reads input place i at tap k of the window when i = o·stride − padding + k·dilation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, dot, term, total


class Slide(NamedTuple):
    """How a window moves along one axis."""

    stride: int
    padding: int
    dilation: int = 1


def _pairs(count: int, size: int, tap: int, slide: Slide) -> tuple[Numbers, Numbers]:
    """Output and input places along one axis that meet at this tap of the window."""
    out = np.arange(count)
    seen = out * slide.stride - slide.padding + tap * slide.dilation
    inside = (seen >= 0) & (seen < size)
    return out[inside], seen[inside]


def _windows(place: int, count: int, taps: int, slide: Slide) -> Iterator[tuple[int, int]]:
    """(output place, tap) of every window along one axis that saw the input place."""
    for tap in range(taps):
        out, rest = divmod(place + slide.padding - tap * slide.dilation, slide.stride)
        if rest == 0 and 0 <= out < count:
            yield out, tap


def _slides(moment: Moment) -> list[Slide]:
    """Along the height and along the width."""
    kept = (moment.integers(name) for name in ("stride", "padding", "dilation"))
    return [Slide(*each) for each in zip(*kept, strict=True)]


def convolution(moment: Moment, slot: int, index: Index) -> Term | None:
    """Slots are input, weight, bias. Only plain 1-d and 2-d convolutions; transposed ones have no numbers here."""
    if moment.saved.get("transposed") or moment.gradient.ndim not in (3, 4):
        return None
    if slot == 2:
        return add_up(moment.gradient[:, index[0]])
    if moment.gradient.ndim == 3:
        moment, index = _as_rows(moment), (*index[:-1], 0, index[-1])
    return _filter(moment, index) if slot == 1 else _pixel(moment, index)


def _as_rows(moment: Moment) -> Moment:
    """A signal as an image with one row."""
    saved = dict(moment.saved)
    for name in ("input", "weight"):
        saved[name] = moment.array(name)[:, :, None]
    for name, neutral in (("stride", 1), ("padding", 0), ("dilation", 1)):
        saved[name] = (neutral, *moment.integers(name)[-1:])
    return replace(moment, upstream=(moment.gradient[:, :, None],), saved=saved)


def _filter(moment: Moment, index: Index) -> Term:
    filter_, part, row, column = index
    given, gradient = moment.array("input"), moment.gradient
    slides = _slides(moment)
    per_group = gradient.shape[1] // int(moment.number("groups"))
    channel = filter_ // per_group * moment.array("weight").shape[1] + part
    out_y, in_y = _pairs(gradient.shape[2], given.shape[2], row, slides[0])
    out_x, in_x = _pairs(gradient.shape[3], given.shape[3], column, slides[1])
    upstream = gradient[:, filter_][:, out_y][:, :, out_x]
    return dot(upstream, given[:, channel][:, in_y][:, :, in_x])


def _pixel(moment: Moment, index: Index) -> Term:
    sample, channel, row, column = index
    weight, gradient = moment.array("weight"), moment.gradient
    slides = _slides(moment)
    per_group = gradient.shape[1] // int(moment.number("groups"))
    group, part = divmod(channel, weight.shape[1])
    filters = slice(group * per_group, (group + 1) * per_group)
    rows = list(_windows(row, gradient.shape[2], weight.shape[2], slides[0]))
    columns = list(_windows(column, gradient.shape[3], weight.shape[3], slides[1]))
    met = [(gradient[sample, filters, y, x], weight[filters, part, i, j]) for y, i in rows for x, j in columns]
    if not met:
        return term(0.0)
    return dot(np.concatenate([g for g, _ in met]), np.concatenate([w for _, w in met]))


def max_pool(moment: Moment, slot: int, index: Index) -> Term | None:
    if moment.gradient.ndim != 4:
        return None
    sample, channel, row, column = index
    chosen = moment.array("result1")[sample, channel]
    wide = moment.array("self").shape[3]
    won = moment.gradient[sample, channel][chosen == row * wide + column]
    return add_up(won) if won.size else term(0.0)


def avg_pool(moment: Moment, slot: int, index: Index) -> Term | None:
    if moment.gradient.ndim != 4:
        return None
    sample, channel, row, column = index
    kernel, padding = moment.integers("kernel_size"), moment.integers("padding")
    stride = moment.integers("stride") or kernel
    outgoing = moment.outgoing[0]
    assert outgoing is not None
    high, wide = moment.gradient.shape[2:]
    slides = Slide(stride[0], padding[0]), Slide(stride[-1], padding[-1])
    rows = [y for y, _ in _windows(row, high, kernel[0], slides[0])]
    columns = [x for x, _ in _windows(column, wide, kernel[-1], slides[1])]
    whole = bool(moment.saved.get("count_include_pad"))
    override = moment.whole("divisor_override") if moment.has("divisor_override") else 0
    shares = [
        term(moment.gradient[sample, channel, y, x])
        / (
            override
            or covered(y, kernel[0], outgoing.shape[2], slides[0], whole)
            * covered(x, kernel[-1], outgoing.shape[3], slides[1], whole)
        )
        for y in rows
        for x in columns
    ]
    return total(shares) if shares else term(0.0)


def covered(out: int, taps: int, size: int, slide: Slide, padded: bool) -> int:
    """Places of the window of an output place that count in its mean: with `padded` those of the padding too, but never what
    sticks out beyond it."""
    start = out * slide.stride - slide.padding
    end = min(start + taps, size + slide.padding)
    return end - start if padded else min(end, size) - max(start, 0)


def part(number: int, parts: int, size: int) -> tuple[int, int]:
    """From where to where the part with this number goes when `size` places are divided adaptively into `parts`."""
    return number * size // parts, -(-(number + 1) * size // parts)


def adaptive_avg_pool(moment: Moment, slot: int, index: Index) -> Term | None:
    given = moment.array("self")
    if moment.gradient.ndim != 4:
        return None
    sample, channel, row, column = index
    sides = []
    for place, size, count in zip((row, column), given.shape[2:], moment.gradient.shape[2:], strict=True):
        ends = [(number, part(number, count, size)) for number in range(count)]
        sides.append([(number, end - start) for number, (start, end) in ends if start <= place < end])
    return total(
        [term(moment.gradient[sample, channel, y, x]) / (high * wide) for y, high in sides[0] for x, wide in sides[1]]
    )

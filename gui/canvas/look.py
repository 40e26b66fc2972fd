"""Colours and type of the canvas, all of them from the theme's tokens."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from engine.catalog import LAYERS
from gui.theme.fonts import text_font
from gui.theme.tokens import TEXT_SMALL, Theme


def mix(first: str, second: str, share: float) -> QColor:
    """A colour between two; `share` of the second."""
    a, b = QColor(first), QColor(second)
    parts = [round(x + (y - x) * share) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)]  # type: ignore[index]
    return QColor(*parts)


def faint(colour: QColor, alpha: int) -> QColor:
    result = QColor(colour)
    result.setAlpha(alpha)
    return result


@lru_cache(maxsize=256)
def layer_colour(kind: str, theme: Theme) -> QColor:
    """The hue of a layer's group; its glyph and title say the same without colour."""
    if kind == "input":
        return QColor(theme.data)
    if kind == "block":
        return mix(theme.accent, theme.text, 0.45)
    group = LAYERS[kind].group
    return {
        "Ends": mix(theme.text, theme.muted, 0.4),
        "Dense": QColor(theme.accent),
        "Convolution": mix(theme.accent, theme.data, 0.55),
        "Sequence": mix(theme.accent, theme.parameter, 0.55),
        "Activation": mix(theme.warning, theme.backward, 0.35),
        "Normalization": mix(theme.parameter, theme.muted, 0.25),
        "Shape": QColor(theme.muted),
        "Join": mix(theme.problem, theme.parameter, 0.5),
    }[group]


def card_colour(theme: Theme) -> QColor:
    return QColor(theme.raised if theme.dark else theme.panel)


def direction_colour(direction: str, theme: Theme) -> QColor:
    """The hue of what happens at a layer while a step is taken apart."""
    return QColor({"forward": theme.forward, "backward": theme.backward, "parameter": theme.parameter}[direction])


def shrunk(text: str, most: int, least: int, bold: bool, width: float) -> int:
    """The largest size in pixels at which the text fits the width, within bounds."""
    needed = QFontMetricsF(text_font(most, bold)).horizontalAdvance(text)
    return most if needed <= width else max(min(least, most), int(most * width / needed))


def wrapped(text: str, pixels: int, width: float, rows: int) -> tuple[str, ...]:
    """The text over at most so many lines, the last one shortened."""
    metrics = QFontMetricsF(text_font(pixels))
    lines, words = [""], text.split()
    for index, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < rows:
            lines.append(word)
        else:
            lines[-1] = " ".join([lines[-1], *words[index:]])
            break
    return tuple(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines)


@lru_cache(maxsize=4096)
def fitted(text: str, pixels: int, bold: bool, width: float, elide: Qt.TextElideMode) -> tuple[QFont, str]:
    """The text in a font that fits the width: up to a fifth smaller, beyond that shortened."""
    font = text_font(shrunk(text, pixels, max(10, round(0.8 * pixels)), bold, width), bold)
    return font, QFontMetricsF(font).elidedText(text, elide, width + 0.5)


@lru_cache(maxsize=4096)
def small_width(text: str) -> float:
    """Room that a text of the small size takes."""
    return QFontMetricsF(text_font(TEXT_SMALL)).horizontalAdvance(text)

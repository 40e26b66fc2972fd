"""How a card is drawn: with everything on it near by, with larger type from afar, as a block from very far."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui.canvas import geometry
from gui.canvas.facts import Card
from gui.canvas.glyphs import paint_glyph
from gui.canvas.look import (
    card_colour,
    direction_colour,
    faint,
    fitted,
    layer_colour,
    mix,
    shrunk,
    small_width,
    wrapped,
)
from gui.theme.tokens import RADIUS, TEXT_NORMAL, TEXT_SMALL, Theme

BLOCK_SCALE, NAME_SCALE, NEAR_SCALE = 0.22, 0.55, 0.82
"""Below the first a card is a coloured block; below the second it leaves out the name; from the third on its type is small."""
TITLE_ROOM = 168.0
PROBLEM_ROWS, PROBLEM_REACH = 3, 24.0
"""Lines of the sentence under a card, and how far they reach out on each side."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_SIGNS = {"forward": "→ forward", "backward": "← backward", "parameter": "Δ update"}
_END = Qt.TextElideMode.ElideRight
_MIDDLE = Qt.TextElideMode.ElideMiddle


@dataclass(frozen=True, slots=True)
class Look:
    """How a card stands out. `target`: "" or, while an arrow is drawn, "open", "closed" or "aimed"."""

    selected: bool = False
    direction: str = ""
    target: str = ""
    hovered_port: int | None = None


def paint_node(painter: QPainter, card: Card, look: Look, theme: Theme, scale: float) -> None:
    """Draw a card around the origin. `scale` is pixels per scene unit."""
    height = geometry.card_height(card.ports)
    body = QRectF(-geometry.WIDTH / 2, -height / 2, geometry.WIDTH, height)
    if look.target == "closed":
        painter.setOpacity(0.4)
    _halo(painter, body, look, theme)
    if scale < BLOCK_SCALE:
        _block(painter, body, card, theme)
        return
    _body(painter, body, card, look, theme)
    _ports(painter, card, look, theme)
    near = scale >= NEAR_SCALE
    if near:
        _near_text(painter, body, card, theme)
    else:
        _far_text(painter, body, card, theme, scale)
    _problem_lines(painter, body, card, theme, problem_pixels(scale))
    _badge(painter, body, card, theme)
    _sign(painter, body, look, theme, scale)


def _halo(painter: QPainter, body: QRectF, look: Look, theme: Theme) -> None:
    """The light around a card in which something happens."""
    if not look.direction:
        return
    colour = direction_colour(look.direction, theme)
    painter.setPen(Qt.PenStyle.NoPen)
    for grow, alpha in ((9, 40), (5, 80)):
        painter.setBrush(faint(colour, alpha))
        painter.drawRoundedRect(body.adjusted(-grow, -grow, grow, grow), RADIUS + grow, RADIUS + grow)


def _block(painter: QPainter, body: QRectF, card: Card, theme: Theme) -> None:
    painter.setPen(QPen(QColor(theme.problem), 12) if card.severity == "error" else Qt.PenStyle.NoPen)
    painter.setBrush(layer_colour(card.kind, theme))
    painter.drawRoundedRect(body, RADIUS, RADIUS)


def _body(painter: QPainter, body: QRectF, card: Card, look: Look, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faint(QColor(theme.window if theme.dark else theme.text).darker(160), 28))
    painter.drawRoundedRect(body.adjusted(-0.5, 1, 0.5, 2.5), RADIUS + 1, RADIUS + 1)
    colour = card_colour(theme)
    painter.setBrush(mix(colour.name(), theme.selection, 0.45) if look.selected else colour)
    painter.drawRoundedRect(body, RADIUS, RADIUS)
    painter.setBrush(layer_colour(card.kind, theme))
    painter.drawPath(_band(body))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_outline(card, look, theme))
    painter.drawRoundedRect(body, RADIUS, RADIUS)
    if look.selected and card.severity:  # both must be seen: the selection runs around the marked outline
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.drawRoundedRect(body.adjusted(-3, -3, 3, 3), RADIUS + 3, RADIUS + 3)


def _band(body: QRectF) -> QPainterPath:
    card, strip = QPainterPath(), QPainterPath()
    card.addRoundedRect(body, RADIUS, RADIUS)
    strip.addRect(QRectF(body.left(), body.top(), body.width(), 4))
    return card.intersected(strip)


def _outline(card: Card, look: Look, theme: Theme) -> QPen:
    if look.target == "aimed":
        return QPen(QColor(theme.accent), 3)
    if look.direction:
        return QPen(direction_colour(look.direction, theme), 2.5)
    if card.severity == "error":
        return QPen(QColor(theme.problem), 2, Qt.PenStyle.DashLine)
    if card.severity == "warning":
        return QPen(QColor(theme.warning), 1.5, Qt.PenStyle.DashLine)
    return QPen(QColor(theme.accent), 2) if look.selected else QPen(QColor(theme.border), 1)


def _ports(painter: QPainter, card: Card, look: Look, theme: Theme) -> None:
    for port in range(card.ports):
        x, y = geometry.input_port(0.0, 0.0, port, card.ports)
        wanted = look.target in ("open", "aimed")
        _port(painter, QPointF(x, y), port in card.used, wanted or look.hovered_port == port, theme)
    if card.kind != "output":
        _port(painter, QPointF(*geometry.output_port(0.0, 0.0)), card.feeds, look.hovered_port == -1, theme)


def _port(painter: QPainter, centre: QPointF, used: bool, wanted: bool, theme: Theme) -> None:
    edge = QColor(theme.accent if wanted else theme.muted)
    painter.setPen(QPen(edge, 1.5))
    painter.setBrush(edge if used else card_colour(theme))
    radius = 6.5 if wanted else 4.0
    painter.drawEllipse(centre, radius, radius)


def _write(
    painter: QPainter,
    rect: QRectF,
    text: str,
    colour: str | QColor,
    pixels: int,
    *,
    bold: bool = False,
    flags: Qt.AlignmentFlag = _LEFT,
    elide: Qt.TextElideMode = _END,
) -> None:
    font, shown = fitted(text, pixels, bold, rect.width(), elide)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(rect, flags | Qt.TextFlag.TextDontClip, shown)


def _near_text(painter: QPainter, body: QRectF, card: Card, theme: Theme) -> None:
    top = body.top() + (body.height() - geometry.HEIGHT) / 2
    paint_glyph(painter, card.kind, QRectF(body.left() + 10, top + 13, 26, 26), layer_colour(card.kind, theme))
    left, width = body.left() + 41, body.width() - 46
    _write(painter, QRectF(left, top + 10, width, 18), card.title, theme.text, TEXT_NORMAL, bold=True)
    line = QRectF(left, top + 27, width, 14)
    _write(painter, line, card.line, theme.muted, TEXT_SMALL, elide=_MIDDLE)
    _values_and_count(painter, QRectF(body.left() + 10, top + 46, body.width() - 18, 18), card, theme, TEXT_SMALL)


def _far_text(painter: QPainter, body: QRectF, card: Card, theme: Theme, scale: float) -> None:
    """From afar the title stands over the card, where it may be wider; glyph, count and values fill the card."""
    pixels = far_pixels(12.5, scale, 28)
    room = QRectF(body.center().x() - TITLE_ROOM / 2, body.top() - 1.3 * pixels - 1, TITLE_ROOM, 1.3 * pixels)
    pixels = shrunk(card.title, pixels, 14, True, room.width())
    _write(painter, room, card.title, theme.text, pixels, bold=True, flags=_CENTRE)
    top = body.top() + (body.height() - geometry.HEIGHT) / 2
    paint_glyph(painter, card.kind, QRectF(body.left() + 10, top + 10, 30, 30), layer_colour(card.kind, theme))
    small = far_pixels(10.5, scale, 19)
    upper = QRectF(body.left() + 46, top + 10, body.width() - 54, 30)
    lower = QRectF(body.left() + 10, top + 43, body.width() - 18, 24)
    if scale >= NAME_SCALE:
        pixels = shrunk(card.line, small, 11, False, upper.width())
        _write(painter, upper, card.line, theme.muted, pixels, elide=_MIDDLE)
        _values_and_count(painter, lower, card, theme, small)
        return
    pixels = shrunk(card.count, small, 11, False, upper.width())
    _write(painter, upper, card.count, theme.parameter, pixels, flags=_RIGHT)
    pixels = shrunk(brief(card.values), small, 12, False, lower.width())
    _write(painter, lower, brief(card.values), theme.text, pixels)


def _values_and_count(painter: QPainter, row: QRectF, card: Card, theme: Theme, pixels: int) -> None:
    """Side by side in one size that both fit in."""
    pixels = shrunk(f"{brief(card.values)}   {card.count}", pixels, TEXT_SMALL, False, row.width())
    taken = small_width(card.count) * pixels / TEXT_SMALL + 6 if card.count else 0.0
    room = QRectF(row.left(), row.top(), row.width() - taken, row.height())
    whole = small_width(card.values) * pixels / TEXT_SMALL <= room.width()
    _write(painter, room, card.values if whole else brief(card.values), theme.text, pixels)
    _write(painter, row, card.count, theme.parameter, pixels, flags=_RIGHT)


def brief(values: str) -> str:
    """The first two of the values of a card: from afar there is no room for more."""
    return ", ".join(values.split(", ")[:2]) if "(" not in values else values


def far_pixels(wanted: float, scale: float, most: int) -> int:
    """The size in scene units of a text that is to look `wanted` pixels high from afar, within bounds."""
    return max(11, min(most, round(wanted / scale)))


def _problem_lines(painter: QPainter, body: QRectF, card: Card, theme: Theme, pixels: int) -> None:
    """The sentence under the card, as much of it as has room; all of it is in the tool tip."""
    if not card.problem:
        return
    colour = theme.problem if card.severity == "error" else theme.warning
    width, height = body.width() + 2 * PROBLEM_REACH, pixels * 1.25
    row = 0
    for row, text in enumerate(_problem_rows(card, pixels, width)):
        line = QRectF(body.left() - PROBLEM_REACH, body.bottom() + 5 + row * height, width, height)
        _write(painter, line, text, colour, pixels, flags=_CENTRE)
    if card.fixes:
        button = _fix_under(body, pixels, row + 1)
        painter.setPen(QPen(QColor(theme.accent), 1))
        painter.setBrush(card_colour(theme))
        painter.drawRoundedRect(button, RADIUS / 2, RADIUS / 2)
        _write(painter, button.adjusted(5, 0, -5, 0), f"Fix: {card.fixes[0].text}", theme.accent, pixels, flags=_CENTRE)


def _problem_rows(card: Card, pixels: int, width: float) -> tuple[str, ...]:
    return wrapped(card.problem, pixels, width, PROBLEM_ROWS if pixels < 16 else 2)


def _fix_under(body: QRectF, pixels: int, rows: int) -> QRectF:
    """Where the button of the fix is, under so many lines."""
    top = body.bottom() + 7 + rows * pixels * 1.25
    return QRectF(body.left() - PROBLEM_REACH, top, body.width() + 2 * PROBLEM_REACH, pixels * 1.45)


def problem_pixels(scale: float) -> int:
    """Height of the letters of the sentence."""
    return TEXT_SMALL if scale >= NEAR_SCALE else far_pixels(10.5, scale, 19)


def fix_rect(card: Card, scale: float) -> QRectF:
    """Where the button of the first fix is, around the card's centre; empty when none is shown."""
    if not card.fixes or scale < BLOCK_SCALE:
        return QRectF()
    height, pixels = geometry.card_height(card.ports), problem_pixels(scale)
    body = QRectF(-geometry.WIDTH / 2, -height / 2, geometry.WIDTH, height)
    return _fix_under(body, pixels, len(_problem_rows(card, pixels, body.width() + 2 * PROBLEM_REACH)))


def _badge(painter: QPainter, body: QRectF, card: Card, theme: Theme) -> None:
    """A disc with "!" for an error, a triangle with "!" for a warning."""
    if not card.severity:
        return
    centre = body.topRight() + QPointF(-4, 4)
    painter.setPen(QPen(card_colour(theme), 1.5))
    painter.setBrush(QColor(theme.problem if card.severity == "error" else theme.warning))
    if card.severity == "error":
        painter.drawEllipse(centre, 10, 10)
    else:
        corners = [centre + QPointF(0, -12), centre + QPointF(12, 9), centre + QPointF(-12, 9)]
        painter.drawPolygon(QPolygonF(corners))
    rect = QRectF(centre.x() - 10, centre.y() - 9, 20, 19)
    _write(painter, rect, "!", card_colour(theme), TEXT_NORMAL, bold=True, flags=_CENTRE)


def _sign(painter: QPainter, body: QRectF, look: Look, theme: Theme, scale: float) -> None:
    """The word and the arrow over a card in which something happens."""
    if not look.direction:
        return
    near = scale >= NEAR_SCALE
    pixels = TEXT_SMALL if near else far_pixels(11, scale, 20)
    width, height = 7.6 * pixels, 1.75 * pixels
    bottom = body.top() - (12 if near else 1.3 * far_pixels(12.5, scale, 28) + 4)
    rect = QRectF(body.center().x() - width / 2, bottom - height, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(direction_colour(look.direction, theme))
    painter.drawRoundedRect(rect, height / 2, height / 2)
    _write(painter, rect, _SIGNS[look.direction], card_colour(theme), pixels, bold=True, flags=_CENTRE)

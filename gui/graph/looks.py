"""How the boxes of the autograd graph look: one function paints them, in the scene and in the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.stepper.tint import mix
from gui.theme.tokens import RADIUS, Theme

Kind = Literal["operation", "accumulate", "parameter", "output"]
KINDS: tuple[tuple[Kind, str, str], ...] = (
    (
        "operation",
        "Operation",
        "A grad_fn: a node that turns the gradient of its output into the gradients of its inputs",
    ),
    ("accumulate", "AccumulateGrad", "Adds the arriving gradient into the .grad of a leaf"),
    ("parameter", "Parameter", "A leaf tensor with requires_grad: its .grad is filled by backward()"),
    ("output", "Loss", "The tensor on which backward() is called"),
)
FREED = (
    "Backward went through it without retain_graph=True: what it had saved is gone, and no second pass can go through"
)
_TINTS = {"operation": 0.0, "accumulate": 0.16, "parameter": 0.18, "output": 0.18}


@dataclass(frozen=True, slots=True)
class Marks:
    """What is special about a box right now."""

    current: bool = False
    """The event at the tape's cursor."""
    selected: bool = False
    """Its layer is selected."""
    found: bool = False
    """The search or the keyboard is at it."""
    freed: bool = False
    """Its saved tensors are gone."""

    @property
    def plain(self) -> bool:
        """Nothing that must be seen from afar."""
        return not (self.current or self.selected or self.found)


def hue(theme: Theme, kind: Kind) -> QColor:
    """The colour of a kind: the same idea, the same colour as everywhere in the window."""
    hues = {"accumulate": theme.backward, "parameter": theme.parameter, "output": theme.forward}
    return QColor(hues.get(kind, theme.muted))


def fill(theme: Theme, kind: Kind) -> QColor:
    return mix(QColor(theme.raised), hue(theme, kind), _TINTS[kind])


def paint_box(painter: QPainter, box: QRectF, kind: Kind, theme: Theme, marks: Marks) -> None:
    """The shape of a box: kinds differ in form as well as in colour, and what is freed is hollow."""
    round_ends = box.height() / 2 if kind == "parameter" else RADIUS
    if marks.selected:
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.setBrush(QColor(theme.selection))
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), round_ends + 4, round_ends + 4)
    dashed = Qt.PenStyle.DashLine if kind == "accumulate" or marks.freed else Qt.PenStyle.SolidLine
    line = QPen(QColor(theme.backward), 4) if marks.current else QPen(hue(theme, kind), 1.4, dashed)
    painter.setPen(line)
    painter.setBrush(QColor(theme.panel) if marks.freed else fill(theme, kind))
    painter.drawRoundedRect(box, round_ends, round_ends)
    if kind == "output":
        painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), round_ends - 2, round_ends - 2)
    if marks.found:
        painter.setPen(QPen(QColor(theme.text), 2, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(-7, -7, 7, 7), round_ends + 7, round_ends + 7)
    if marks.current:
        paint_arrow(painter, QPointF(box.left() - 6, box.center().y()), theme)


def paint_arrow(painter: QPainter, tip: QPointF, theme: Theme) -> None:
    """The glyph that says "here": a filled arrow head that points right at `tip`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.backward))
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(-14, -9), tip + QPointF(-14, 9)]))

"""How the boxes of the autograd graph look: one function paints them, in the scene and in the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.stepper.tint import mix
from gui.theme.tokens import RADIUS, Theme

Kind = Literal["operation", "accumulate", "parameter", "output", "layer"]
KINDS: tuple[tuple[Kind, str, str], ...] = (
    (
        "operation",
        "Operation",
        "A grad_fn: a node that turns the gradient of its output into the gradients of its inputs",
    ),
    ("accumulate", "AccumulateGrad", "Adds the arriving gradient into the .grad of a leaf"),
    ("parameter", "Parameter", "A leaf tensor with requires_grad: its .grad is filled by backward()"),
    ("output", "Loss", "The tensor on which backward() is called"),
    ("layer", "Folded layer", "All nodes of one layer in one box, its parameters inside. Double-click or + unfolds it"),
)
TIME = "How long the node took in the backward pass, beside the slowest node; the tool tip says it in µs"
FREED = (
    "Backward went through it without retain_graph=True: what it had saved is gone, and no second pass can go through"
)
ROUND = 21
"""Most radius of a round end: that of a box without numbers."""
_TINTS = {"operation": 0.0, "accumulate": 0.16, "parameter": 0.18, "output": 0.18, "layer": 0.10}


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
    fold: Literal["", "fold", "unfold"] = ""
    """What the mark at its corner does."""

    @property
    def plain(self) -> bool:
        """Nothing that must be seen from afar."""
        return not (self.current or self.selected or self.found)


def hue(theme: Theme, kind: Kind) -> QColor:
    """The colour of a kind: the same idea, the same colour as everywhere in the window."""
    hues = {
        "accumulate": theme.backward,
        "parameter": theme.parameter,
        "output": theme.forward,
        "layer": theme.text,
    }
    return QColor(hues.get(kind, theme.muted))


def fill(theme: Theme, kind: Kind) -> QColor:
    return mix(QColor(theme.raised), hue(theme, kind), _TINTS[kind])


def paint_box(painter: QPainter, box: QRectF, kind: Kind, theme: Theme, marks: Marks) -> None:
    """The shape of a box: kinds differ in form as well as in colour, and what is freed is hollow."""
    round_ends = min(box.height() / 2, ROUND) if kind == "parameter" else RADIUS
    if marks.selected:
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.setBrush(QColor(theme.selection))
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), round_ends + 4, round_ends + 4)
    dashed = Qt.PenStyle.DashLine if kind == "accumulate" or marks.freed else Qt.PenStyle.SolidLine
    line = QPen(QColor(theme.backward), 4) if marks.current else QPen(hue(theme, kind), 1.4, dashed)
    painter.setPen(line)
    painter.setBrush(QColor(theme.panel) if marks.freed else fill(theme, kind))
    if kind == "layer":  # as a pile: there is more under it
        painter.drawRoundedRect(box.translated(3, 3), round_ends, round_ends)
    painter.drawRoundedRect(box, round_ends, round_ends)
    if kind == "output":
        painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), round_ends - 2, round_ends - 2)
    if marks.found:
        painter.setPen(QPen(QColor(theme.text), 2, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(-7, -7, 7, 7), round_ends + 7, round_ends + 7)
    if marks.current:
        paint_arrow(painter, QPointF(box.left() - 6, box.center().y()), theme)
    if marks.fold:
        paint_fold(painter, fold_place(box), theme, unfold=marks.fold == "unfold")


def fold_place(box: QRectF) -> QRectF:
    """Where the mark that folds and unfolds lies: around the upper right corner."""
    return QRectF(box.right() - 8, box.top() - 8, 16, 16)


def paint_fold(painter: QPainter, place: QRectF, theme: Theme, unfold: bool) -> None:
    """A plus for what can be unfolded, a minus for what can be folded."""
    painter.setPen(QPen(QColor(theme.accent), 1.4))
    painter.setBrush(QColor(theme.panel))
    painter.drawEllipse(place)
    middle = place.center()
    painter.drawLine(middle - QPointF(4, 0), middle + QPointF(4, 0))
    if unfold:
        painter.drawLine(middle - QPointF(0, 4), middle + QPointF(0, 4))


def paint_time(painter: QPainter, box: QRectF, share: float, theme: Theme) -> None:
    """The bar at the lower edge: the node's time as a part of the slowest node's."""
    side = min(10.0, box.width() / 6)
    wide = max(2.0, share * (box.width() - 2 * side))
    painter.fillRect(QRectF(box.left() + side, box.bottom() - 6, wide, 3), QColor(theme.muted))


def paint_arrow(painter: QPainter, tip: QPointF, theme: Theme) -> None:
    """The glyph that says "here": a filled arrow head that points right at `tip`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.backward))
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(-14, -9), tip + QPointF(-14, 9)]))

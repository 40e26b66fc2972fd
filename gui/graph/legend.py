"""What every form and colour of the graph means, in one wrapping line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.graph.looks import FREED, KINDS, TIME, Kind, Marks, paint_box, paint_time
from gui.theme.fonts import text_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

_BOX, _GAP, _LINE = QSize(28, 14), 16, 24
Entry = tuple[Kind, Marks, float, str, str]
"""Kind and marks of the box, its bar of time, the name, and what it means."""
ENTRIES: tuple[Entry, ...] = (
    *((kind, Marks(fold="unfold" if kind == "layer" else ""), 0.0, name, text) for kind, name, text in KINDS),
    ("operation", Marks(freed=True), 0.0, "Freed", FREED),
    ("operation", Marks(current=True), 0.0, "Event at the cursor", "The node whose moment the tape shows now"),
    ("operation", Marks(selected=True), 0.0, "Selected layer", "The nodes that the selected layer made"),
    ("operation", Marks(found=True), 0.0, "Found", "Where the search or the keyboard is"),
    ("operation", Marks(), 0.7, "Time", TIME),
)


class Legend(QWidget):
    """Painted by the same function as the graph, so it cannot tell anything else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setFont(text_font(TEXT_SMALL))
        self.setAccessibleName("Legend")
        self.setAccessibleDescription(". ".join(f"{name}: {text}" for *_, name, text in ENTRIES))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def heightForWidth(self, width: int) -> int:
        return int(self._places(width)[-1].bottom()) + 4

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(320))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.heightForWidth(max(self.width(), 160)))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for place, (*_, text) in zip(self._places(self.width()), ENTRIES, strict=True):
                if place.contains(QPointF(event.pos())):
                    QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, (kind, marks, share, name, _) in zip(self._places(self.width()), ENTRIES, strict=True):
            left = place.left() + (20 if marks.current else 10 if marks.found else 6)
            box = QRectF(left, place.center().y() - 7, _BOX.width(), _BOX.height())
            if marks.found:  # its ring is wide
                box = box.adjusted(3, 3, -3, -3)
            paint_box(painter, box, kind, self._theme, marks)
            if share:
                paint_time(painter, box, share, self._theme)
            painter.setPen(QColor(self._theme.text))
            text = QRectF(
                left + _BOX.width() + (14 if marks.found or marks.fold else 8),
                place.top(),
                place.width(),
                place.height(),
            )
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), name)
        painter.end()

    def _places(self, width: int) -> list[QRectF]:
        """A rectangle per entry, wrapped to the width."""
        metrics = QFontMetrics(self.font())
        places: list[QRectF] = []
        x, y = 0.0, 4.0
        for _, marks, _, name, _ in ENTRIES:
            wide = (
                _BOX.width()
                + 14
                + metrics.horizontalAdvance(name)
                + (14 if marks.current or marks.found or marks.fold else 0)
            )
            if x and x + wide > width:
                x, y = 0.0, y + _LINE
            places.append(QRectF(x, y, wide, _LINE))
            x += wide + _GAP
        return places

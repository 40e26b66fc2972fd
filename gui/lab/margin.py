"""A plain text with a margin for line numbers and marks, in a font size that can be changed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QTextBlock,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QToolTip, QWidget

from gui.theme.fonts import number_font
from gui.theme.tokens import LIGHT, TEXT_NORMAL, Theme

SMALLEST, LARGEST = 9, 48
_MARK = 16
"""Room for a mark on each side of the number, in pixels."""
_ZOOM: dict[QKeySequence.StandardKey, int] = {
    QKeySequence.StandardKey.ZoomIn: 1,
    QKeySequence.StandardKey.ZoomOut: -1,
}


class Margin(QWidget):
    """Left of the text; it paints what the text tells it."""

    def __init__(self, owner: NumberedText) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self) -> QSize:
        return QSize(self._owner.margin_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._owner.paint_margin(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._owner.tip_of(self._owner.line_at(event.pos().y())), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._owner.linePicked.emit(self._owner.line_at(round(event.position().y())))


class NumberedText(QPlainTextEdit):
    """Lines count from 1. `label_of`, `mark_of` and `tip_of` say what the margin shows of a line."""

    linePicked = Signal(int)
    """A line's number was clicked."""
    sizeChanged = Signal(int)
    """The size of the letters, in pixels, after the keys changed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.pixels = TEXT_NORMAL
        self.margin = Margin(self)
        self.setMinimumHeight(48)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_margin)
        self.show_size(TEXT_NORMAL)

    def label_of(self, line: int) -> str:
        return str(line)

    def mark_of(self, line: int) -> tuple[str, str]:
        """A colour and a glyph for the line; two empty texts for none."""
        return "", ""

    def arrow_of(self, line: int) -> str:
        """The colour of the arrow that points at the line; "" for none."""
        return ""

    def tip_of(self, line: int) -> str:
        return ""

    def show_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.margin.update()

    def show_size(self, pixels: int) -> None:
        """Letters of this many pixels."""
        self.pixels = min(max(pixels, SMALLEST), LARGEST)
        font = number_font(self.pixels)
        self.setFont(font)
        self.setStyleSheet(f"QPlainTextEdit {{ font-size: {self.pixels}px; padding: 0; }}")
        self.setTabStopDistance(4 * QFontMetrics(font).horizontalAdvance(" "))
        self._make_room()

    def line_at(self, y: int) -> int:
        """The line at a height of the viewport; 0 below the last."""
        block = self.firstVisibleBlock()
        while block.isValid():
            if self._box(block).bottom() > y:
                return block.blockNumber() + 1
            block = block.next()
        return 0

    def margin_width(self) -> int:
        longest = max(len(self.label_of(line)) for line in (1, self.blockCount()))
        return 2 * _MARK + QFontMetrics(self.font()).horizontalAdvance("0") * max(longest, 3)

    def paint_margin(self, event: QPaintEvent) -> None:
        painter = QPainter(self.margin)
        painter.fillRect(event.rect(), QColor(self.theme.raised))
        painter.setFont(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self.textCursor().blockNumber() if not self.isReadOnly() else -1
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self._box(block)
            if box.top() > event.rect().bottom():
                break
            _paint_line(self, painter, block.blockNumber() + 1, box, block.blockNumber() == here)
            block = block.next()
        painter.end()

    def event(self, event: QEvent) -> bool:
        # Keys that mean something to a text here, and to the window elsewhere.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.wants(event):
            event.accept()
            return True
        return super().event(event)

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for this text although the window has a shortcut on it."""
        return _zoom(event) != 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        zoom = _zoom(event)
        if zoom:
            self._resize(zoom)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._resize(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_margin()

    def _resize(self, way: int) -> None:
        self.show_size(self.pixels + way * max(1, self.pixels // 10))
        self.sizeChanged.emit(self.pixels)

    def _box(self, block: QTextBlock) -> QRectF:
        return self.blockBoundingGeometry(block).translated(self.contentOffset())

    def _make_room(self) -> None:
        self.setViewportMargins(self.margin_width(), 0, 0, 0)
        self._place_margin()
        self.margin.update()

    def _place_margin(self) -> None:
        inside = self.contentsRect()
        self.margin.setGeometry(QRect(inside.left(), inside.top(), self.margin_width(), inside.height()))

    def _scroll_margin(self, area: QRect, moved: int) -> None:
        if moved:
            self.margin.scroll(0, moved)
        else:
            self.margin.update(0, area.y(), self.margin.width(), area.height())


def _paint_line(owner: NumberedText, painter: QPainter, line: int, box: QRectF, here: bool) -> None:
    """Number, mark and arrow of one line."""
    high = QFontMetrics(owner.font()).height()
    top, wide = round(box.top()), owner.margin.width()
    color, glyph = owner.mark_of(line)
    arrow = owner.arrow_of(line)
    painter.setPen(QColor(color or (owner.theme.text if here else owner.theme.muted)))
    room = QRect(_MARK, top, wide - 2 * _MARK, high)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), owner.label_of(line))
    if glyph:
        middle = QPointF(_MARK / 2, top + high / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawEllipse(middle, 7.0, 7.0)
        painter.setPen(QColor(owner.theme.panel))
        font = number_font(11, True)
        painter.setFont(font)
        painter.drawText(QRectF(middle.x() - 7, middle.y() - 7, 14, 14), int(Qt.AlignmentFlag.AlignCenter), glyph)
        painter.setFont(owner.font())
    if arrow:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(arrow))
        middle = QPointF(wide - _MARK / 2, top + high / 2)
        offsets = ((-4.0, -5.0), (5.0, 0.0), (-4.0, 5.0))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in offsets]))


def _zoom(event: QKeyEvent) -> int:
    """1 for larger, −1 for smaller, 0 for every other key."""
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Equal:
        return 1
    return next((way for key, way in _ZOOM.items() if event.matches(key)), 0)

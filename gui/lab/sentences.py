"""Under the editor: a sentence for every line that was refused, failed, or does something unexpected."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from engine.inspection import LabView
from gui.theme.tokens import LIGHT, Theme

_EDGE, _PAD = 8, 3
_MOST = 72
"""Pixels; more sentences scroll."""
_LINE = int(Qt.ItemDataRole.UserRole)
_KIND = _LINE + 1


class Sentences(QListWidget):
    """As high as its sentences need, up to a limit; not there when there are none."""

    lineAsked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Errors and notes of the text")
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)
        self.hide()

    def show_view(self, view: LabView | None) -> None:
        """Errors first, then notes."""
        self.clear()
        for error in view.errors if view is not None else ():
            self._add("error", error.line, error.text)
        for line, text in view.notes if view is not None else ():
            self._add("note", line, text)
        self._color()
        self.setVisible(self.count() > 0)
        self._fit()

    def texts(self) -> list[str]:
        return [self.item(row).text() for row in range(self.count())]

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._color()

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _add(self, kind: str, line: int, text: str) -> None:
        item = QListWidgetItem(f"{'✕' if kind == 'error' else 'i'}  Line {line}: {text}")
        item.setData(_LINE, line)
        item.setData(_KIND, kind)
        item.setToolTip("Click to go to the line")
        self.addItem(item)

    def _color(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            color = self._theme.problem if item.data(_KIND) == "error" else self._theme.warning
            item.setForeground(QBrush(QColor(color)))

    def _fit(self) -> None:
        """Heights are reckoned here: a list that was never shown knows none for wrapped text."""
        metrics, room = (
            self.fontMetrics(),
            max(self.width() - 2 * _EDGE - self.verticalScrollBar().sizeHint().width(), 80),
        )
        wrap = int(Qt.TextFlag.TextWordWrap)
        total = 0
        for row in range(self.count()):
            item = self.item(row)
            high = metrics.boundingRect(QRect(0, 0, room, 10_000), wrap, item.text()).height() + 2 * _PAD
            item.setSizeHint(QSize(room, high))
            total += high
        self.setFixedHeight(min(total + 2 * _PAD, _MOST))

    def _activated(self, item: QListWidgetItem) -> None:
        self.lineAsked.emit(item.data(_LINE))

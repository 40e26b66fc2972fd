"""A button per fix of an issue."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from engine.views import Fix


class FixButton(QPushButton):
    """Shows as much of its sentence as has room; all of it is its accessible name and its tool tip."""

    _AROUND = 28
    """Pixels of frame and padding."""

    def __init__(self, fix: Fix) -> None:
        super().__init__(f"Fix: {fix.text}")
        self._whole = self.text()
        self.setAccessibleName(self._whole)
        self.setToolTip(f"{fix.text}. One edit: Undo takes it back.")
        self.setMinimumWidth(1)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._whole) + self._AROUND
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - self._AROUND + 4
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))


class FixButtons(QWidget):
    """The fixes one below the other, the likeliest first. A click asks for one."""

    fixRequested = Signal(object)
    """(Fix)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[FixButton] = []
        self._fixes: tuple[Fix, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.hide()

    def show_fixes(self, fixes: tuple[Fix, ...], most: int = 3) -> None:
        """Show at most so many of them."""
        fixes = fixes[:most]
        if fixes == self._fixes:
            return
        self._fixes = fixes
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(fix) for fix in fixes]
        self.setVisible(bool(fixes))

    def _button(self, fix: Fix) -> FixButton:
        button = FixButton(fix)
        button.clicked.connect(self._clicked)
        self._layout.addWidget(button)
        return button

    def _clicked(self) -> None:
        button = self.sender()
        for known, fix in zip(self.buttons, self._fixes, strict=True):
            if known is button:
                self.fixRequested.emit(fix)
                return

"""The switch between what a run begins with and what the present run has now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

TEXTS = (
    ("Initial", "What the next run from the start begins with; an edit is part of the project and can be undone"),
    ("Now", "What the present run has now; an edit changes the run between two steps"),
)


class WhenSwitch(QWidget):
    """Two buttons that are there only while there is a run of the project."""

    changed = Signal()

    def __init__(self, now: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._live = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self.buttons: list[QToolButton] = []
        for number, (text, tip) in enumerate(TEXTS):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(f"{text} values")
            button.setCheckable(True)
            button.setProperty("role", "segment")
            self._group.addButton(button, number)
            layout.addWidget(button)
            self.buttons.append(button)
        self.buttons[int(now)].setChecked(True)
        self._group.idClicked.connect(self._clicked)
        self.hide()

    @property
    def now(self) -> bool:
        """Whether the present values are meant; never without a run."""
        return self._live and self._group.checkedId() == 1

    def show_live(self, live: bool) -> bool:
        """Whether there is a run to look at. Returns whether that changed what is meant."""
        before = self.now
        self._live = live
        self.setVisible(live)
        return self.now != before

    def _clicked(self, _: int) -> None:
        self.changed.emit()

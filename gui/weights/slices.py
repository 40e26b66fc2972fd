"""Which slice of a parameter with more than two axes is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from gui.stepper.parts import row
from gui.theme.tokens import GRID


class SliceBoxes(QWidget):
    """An index box for every axis before the last two; nothing is seen where there is none."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spins: list[QSpinBox] = []
        self._row = row(self, GRID)
        self.hide()

    @property
    def place(self) -> tuple[int, ...]:
        """The indices of the slice."""
        return tuple(spin.value() for spin in self.spins)

    def show_sizes(self, sizes: tuple[int, ...]) -> None:
        """Boxes for axes of these sizes, at the first slice."""
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.spins = []
        for axis, size in enumerate(sizes):
            spin = QSpinBox()
            spin.setRange(0, size - 1)
            spin.setAccessibleName(f"Index of axis {axis}")
            spin.setToolTip(f"Which slice of axis {axis} is shown: 0 to {size - 1}")
            spin.valueChanged.connect(self._moved)
            spin.setPrefix(f"axis {axis}: ")
            self._row.addWidget(spin)
            self.spins.append(spin)
        self.setVisible(bool(sizes))

    def _moved(self, _: int) -> None:
        self.changed.emit()

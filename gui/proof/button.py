"""The button beside a gradient that asks for its proof."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton

from gui.stepper.tensors import TensorTable

TIP = "Find this gradient in other ways: central differences, by hand, in plain PyTorch. The selected number, else the greatest"


class ProveButton(QPushButton):
    """Stands in the head line of a tensor's table, and as an action in its menu."""

    asked = Signal(str, object)
    """The parameter, and the index of the selected number; None when no number is selected."""

    def __init__(self, table: TensorTable) -> None:
        super().__init__("Prove")
        self._table = table
        self._parameter = ""
        self.setProperty("role", "link")
        self.setToolTip(TIP)
        self._action = QAction("Prove this gradient", table)
        self._action.triggered.connect(self._ask)
        self.clicked.connect(self._ask)
        table.put_beside(self)
        table.addAction(self._action)
        self.offer("")

    def offer(self, parameter: str) -> None:
        """The table shows this parameter's gradient; "": it shows something else, and there is nothing to prove."""
        self._parameter = parameter
        self.setVisible(bool(parameter))
        self.setAccessibleName(f"Prove {parameter}.grad")
        self._action.setVisible(bool(parameter))

    def _ask(self) -> None:
        self.asked.emit(self._parameter, self._table.selected_element())

"""The scores of the training and the validation part as a table of two columns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from engine.views import PredictionView

COLUMNS = ("Training", "Validation")


class ScoresTable(QTableWidget):
    """One row per score; its formula is in the tool tip. Cells are changed in place while a run goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setHorizontalHeaderLabels(list(COLUMNS))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Scores of the training and the validation part")
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setCornerButtonEnabled(False)

    def show_view(self, view: PredictionView) -> None:
        names = [score.name for score in view.scores]
        if self.rowCount() != len(names):
            self.setRowCount(len(names))
            for row in range(len(names)):
                for column in range(len(COLUMNS)):
                    cell = QTableWidgetItem()
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    self.setItem(row, column, cell)
        self.setVerticalHeaderLabels(names)
        for row, score in enumerate(view.scores):
            for column, value in enumerate((score.train, score.validation)):
                if (found := self.item(row, column)) is not None:
                    found.setText("–" if value is None else f"{value:.6g}")
                    exact = "not defined for these rows" if value is None else repr(value)
                    found.setToolTip(f"{score.name} = {score.formula}\n{exact}")

"""The ledger as a table: one row per parameter, and what is told apart in words about its `.grad`."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import QWidget

from engine.views import LedgerRow, TapeEvent, TensorView
from gui.stepper.numbers import shape_text, summary
from gui.theme.fonts import number_font, text_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Parameter", "Shape", "Value", ".grad", "Added")
TIPS = (
    "The name in model.named_parameters(): layer and parameter",
    "torch.Tensor.shape",
    "The numbers now: all of them when they are few, else the Euclidean norm √Σx² and smallest … largest",
    "parameter.grad: None, zeros, or numbers",
    "How many gradients were added into .grad since it was last None. Without zero_grad the next backward adds one more",
)
ZEROS = "zeros"
NONE_TIP = (
    ".grad is None: no gradient has arrived at this leaf since the last zero_grad. That is not the same as zero: an optimizer "
    "skips a parameter whose .grad is None, but with zeros momentum, weight decay and Adam still move it."
)
NONE_TEXT = ".grad is None: no gradient has arrived here since the last zero_grad."
ZEROS_TIP = (
    ".grad is a tensor of zeros: a gradient has arrived, and every number in it is 0. An optimizer does not skip it."
)
NUMBERS_TIP = ".grad holds the sum of all gradients that arrived since the last zero_grad."


def in_words(tensor: TensorView) -> str:
    """ "zeros" with the shape, or the numbers in one line."""
    return summary(tensor.values) if np.any(tensor.values) else f"{ZEROS} {shape_text(tensor.shape)}"


def touches(event: TapeEvent, row: LedgerRow) -> bool:
    """Whether the event reads or writes this very parameter's value or `.grad`."""
    return event.parameter == row.name


class LedgerModel(QAbstractTableModel):
    """Rows as `engine.ledger` gives them, in the model's order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[LedgerRow, ...] = ()
        self._event: TapeEvent | None = None
        self._told: dict[int, tuple[TensorView, str]] = {}
        self._theme = LIGHT
        # Made once: a table asks hundreds of times for one frame.
        self._answers = {
            int(Qt.ItemDataRole.DisplayRole): self._text,
            int(Qt.ItemDataRole.ToolTipRole): self._tip,
            int(Qt.ItemDataRole.FontRole): self._font,
            int(Qt.ItemDataRole.ForegroundRole): self._ink,
            int(Qt.ItemDataRole.BackgroundRole): self._ground,
        }
        self._none = text_font()
        self._none.setItalic(True)
        self._number, self._touched = number_font(TEXT_SMALL + 1), text_font(bold=True)

    def show_rows(self, rows: tuple[LedgerRow, ...], event: TapeEvent | None) -> None:
        """New numbers in the same rows keep the selection; other rows start afresh."""
        same = [row.name for row in rows] == [row.name for row in self.rows]
        if not same:
            self.beginResetModel()
        before = [(row.value, row.grad, row.accumulations, self._is_touched(row)) for row in self.rows]
        self.rows, self._event = rows, event
        self._tell(rows)
        if not same:
            self.endResetModel()
            return
        for index, row in enumerate(rows):
            if before[index] != (row.value, row.grad, row.accumulations, self._is_touched(row)):
                self.dataChanged.emit(self.index(index, 0), self.index(index, len(COLUMNS) - 1))

    def _tell(self, rows: tuple[LedgerRow, ...]) -> None:
        """Put every tensor into words once; most of them are the same ones as at the event before."""
        old, self._told = self._told, {}
        for tensor in (tensor for row in rows for tensor in (row.value, row.grad) if tensor is not None):
            before = old.get(id(tensor))
            self._told[id(tensor)] = (
                tensor,
                before[1] if before is not None and before[0] is tensor else in_words(tensor),
            )

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        answers: dict[int, object] = {
            Qt.ItemDataRole.DisplayRole: COLUMNS[section],
            Qt.ItemDataRole.ToolTipRole: TIPS[section],
            Qt.ItemDataRole.TextAlignmentRole: int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
        }
        return answers.get(role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        answer = self._answers.get(role)
        return answer(row, column) if answer is not None else None

    def _text(self, row: LedgerRow, column: int) -> str:
        name = f"▸ {row.name}" if self._is_touched(row) else row.name
        shape = shape_text(row.value.shape)
        return (name, shape, self._words(row.value), self._words(row.grad), str(row.accumulations))[column]

    def _tip(self, row: LedgerRow, column: int) -> str:
        if column == 0 and self._is_touched(row):
            return f"{row.name}\nThe event at the cursor touches this {'value' if row.retained else 'parameter'}."
        if column == 0 and row.retained:
            return f"{row.name}: output of the layer {row.layer}. No leaf; retain_grad() makes it keep its .grad."
        if column == 3:
            why = NONE_TIP if row.grad is None else ZEROS_TIP if self._is_zeros(row) else NUMBERS_TIP
            return why if row.grad is None else f"{self._words(row.grad)}\n{why}"
        return self._text(row, column) if column in (0, 2) else TIPS[column]

    def _font(self, row: LedgerRow, column: int) -> QFont | None:
        if column == 0:
            return self._touched if self._is_touched(row) else None
        return self._none if column == 3 and row.grad is None else self._number

    def _ink(self, row: LedgerRow, column: int) -> QBrush | None:
        muted = column in (1, 4) or (column == 3 and (row.grad is None or self._is_zeros(row)))
        if column == 3 and not muted:
            return QBrush(QColor(self._theme.backward))
        return QBrush(QColor(self._theme.muted)) if muted else None

    def _ground(self, row: LedgerRow, column: int) -> QBrush | None:
        return QBrush(QColor(self._theme.selection)) if self._is_touched(row) else None

    def _words(self, tensor: TensorView | None) -> str:
        return "None" if tensor is None else self._told[id(tensor)][1]

    def _is_zeros(self, row: LedgerRow) -> bool:
        return self._words(row.grad).startswith(ZEROS)

    def _is_touched(self, row: LedgerRow) -> bool:
        return self._event is not None and touches(self._event, row)

"""The names of the lab as a table: value, `.grad` as None, zeros or numbers, and where each stands in autograd."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from engine.inspection import LabTensor, LabView
from gui.stepper.ledger_table import NUMBERS_TIP, ZEROS, ZEROS_TIP, in_words
from gui.stepper.numbers import shape_text, summary
from gui.theme.fonts import number_font, text_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Name", "Value", ".grad", "Shape", "leaf", "requires_grad", "grad_fn", "Added")
NAME, VALUE, GRAD, SHAPE, LEAF, REQUIRES, GRAD_FN, ADDED = range(len(COLUMNS))
TIPS = (
    "The name that the text gave it",
    "The numbers now: all of them when they are few, else the Euclidean norm √Σx² and smallest … largest",
    "tensor.grad: None, zeros, or numbers",
    "torch.Tensor.shape",
    "tensor.is_leaf: made directly, not computed from tensors that autograd follows",
    "tensor.requires_grad: autograd follows what is computed from it",
    "tensor.grad_fn: the node of the autograd graph that knows the way back from it",
    "How many gradients were added into .grad since it was last None or zeros",
)
LEAF_NONE_TIP = ".grad is None: no gradient has arrived at this leaf. backward() on a result puts one here."
PLAIN_NONE_TIP = ".grad is None: autograd does not follow this tensor, because its requires_grad is False."
RESULT_NONE_TIP = (
    ".grad is None: this is no leaf, and autograd keeps the gradient of a result only after .retain_grad() on it."
)


@dataclass(frozen=True, slots=True)
class TensorRow:
    """A name as the table shows it. `tensor` is None for what is no tensor: a number, a shape, an optimizer."""

    name: str
    texts: tuple[str, ...]
    tensor: LabTensor | None = None

    @property
    def state(self) -> str:
        """ "none", "zeros" or "numbers" in `.grad`; "" for what is no tensor."""
        if self.tensor is None:
            return ""
        if self.tensor.grad is None:
            return "none"
        return "zeros" if self.texts[GRAD].startswith(ZEROS) else "numbers"


def rows_of(view: LabView) -> tuple[TensorRow, ...]:
    """Every name of the lab, tensors first."""
    plain = (TensorRow(name, (name, text, *("",) * 6)) for name, text in view.values)
    return (*(_row(tensor) for tensor in view.tensors), *plain)


def _row(tensor: LabTensor) -> TensorRow:
    value = tensor.value
    grad = "None" if tensor.grad is None else in_words(tensor.grad)
    texts = (
        tensor.name,
        summary(value.values),
        grad,
        shape_text(value.shape),
        "yes" if value.is_leaf else "no",
        "True" if value.requires_grad else "False",
        value.grad_fn.strip("<>") or "None",
        str(tensor.accumulations),
    )
    return TensorRow(tensor.name, texts, tensor)


class TensorRowsModel(QAbstractTableModel):
    """Texts are made once per evaluation, not while painting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[TensorRow, ...] = ()
        self._theme = LIGHT
        self._number, self._name, self._none = number_font(TEXT_SMALL + 1), text_font(bold=True), text_font()
        self._none.setItalic(True)

    def show_view(self, view: LabView) -> None:
        """New numbers under the same names keep the selection; other names start afresh."""
        rows = rows_of(view)
        same = [row.name for row in rows] == [row.name for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = rows
        if not same:
            self.endResetModel()
        else:
            self._repaint()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._repaint()

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
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.FontRole:
            if column == GRAD and row.state == "none":
                return self._none
            return self._name if column == NAME else self._number
        return self._ink(row, column) if role == Qt.ItemDataRole.ForegroundRole else None

    def _ink(self, row: TensorRow, column: int) -> QBrush | None:
        color = ""
        if column == GRAD:
            color = self._theme.backward if row.state == "numbers" else self._theme.muted
        elif column == GRAD_FN and row.texts[GRAD_FN] not in ("", "None"):
            color = self._theme.forward
        elif column == REQUIRES and row.texts[REQUIRES] == "True":
            color = self._theme.parameter
        elif column > GRAD:
            color = self._theme.muted
        return QBrush(QColor(color)) if color else None

    @staticmethod
    def _tip(row: TensorRow, column: int) -> str:
        if row.tensor is None:
            return row.texts[VALUE] if column == VALUE else TIPS[column]
        if column == GRAD:
            return {"none": why_none(row.tensor), "zeros": ZEROS_TIP, "numbers": f"{row.texts[GRAD]}\n{NUMBERS_TIP}"}[
                row.state
            ]
        if column == VALUE:
            return f"{row.texts[VALUE]}\n{row.tensor.value.dtype}"
        return TIPS[column]

    def _repaint(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))


def why_none(tensor: LabTensor) -> str:
    if not tensor.value.requires_grad:
        return PLAIN_NONE_TIP
    return LEAF_NONE_TIP if tensor.value.is_leaf else RESULT_NONE_TIP

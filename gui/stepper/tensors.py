"""One tensor to look at: title, table or heat map or histogram, statistics, copy and save."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QMenu, QSpinBox, QToolButton, QVBoxLayout, QWidget

from engine.errors import FileProblem, sentence
from engine.files import atomic_write
from engine.views import Array, TensorView
from gui.stepper.numbers import about, csv_text, facts, grid, npy_bytes, statistics_text
from gui.stepper.parts import ElidedLabel, Stack, icon_button, plain_label, row
from gui.stepper.pictures import HeatMap, Histogram
from gui.stepper.tensor_grid import TensorGrid, show_array
from gui.theme.tokens import TEXT_SMALL, Theme

VIEWS = (
    ("Table", "Every number. Exact on hover and on copy."),
    ("Heat map", "Every number as a coloured cell: hue for the sign, strength for the size."),
    ("Histogram", "How often values occur, in bins of equal width."),
)
FORMATS = {"csv": "Comma-separated values", "npy": "NumPy array"}
"""How every number can be written to a file; the ending → in words."""
FEW = 12
"""Up to this many numbers the table says it all, and the switch to pictures stays in the context menu."""
FEW_STATISTICS = 4
"""Up to this many numbers their statistics would only repeat them."""
STATISTICS_TIP = "Over all entries, in float64. mean = Σx / N, std = √(Σ(x − mean)² / (N − 1)) as torch.std, zeros = how many are exactly 0."


class TensorTable(QWidget):
    """Shows a TensorView; `show_nothing` says in words why there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tensor: TensorView | None = None
        self.title = ElidedLabel("heading")
        self.details = ElidedLabel("small")
        self.nothing = plain_label("small")
        self.grid = TensorGrid()
        self.heat_map = HeatMap()
        self.histogram = Histogram()
        self.statistics = plain_label("small")
        self.statistics.setToolTip(STATISTICS_TIP)
        self.message = plain_label("small")
        self._stack = Stack()
        for view in (self.grid, self.heat_map, self.histogram):
            self._stack.addWidget(view)
        self._head = QHBoxLayout()
        self._switch = QWidget()
        self.buttons = _switch(self._switch)
        self.buttons.idClicked.connect(self.show_view)
        self.more = _more()
        self.more.clicked.connect(self._open_below)
        self._axes = QWidget()
        self._axes_row = row(self._axes, 4)
        self.spins: list[QSpinBox] = []
        self._arrange()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)

    def show_tensor(self, tensor: TensorView, name: str = "") -> None:
        """Show a tensor, under its own name or another. The one that is shown already stays as it is, slice and scrolling too."""
        if tensor is self.tensor and self.title.text() == (name or tensor.name):
            return
        self.tensor = tensor
        self.title.setText(name or tensor.name)
        self.details.setText(about(tensor))
        self.title.tip = self.details.tip = facts(tensor)
        self.more.setAccessibleName(f"More for {name or tensor.name}")
        self.grid.setAccessibleName(f"Numbers of {name or tensor.name}, shape {tensor.shape}")
        self._build_axes(tensor.values.shape[:-2])
        self.statistics.setText(statistics_text(tensor.values) if tensor.values.size > FEW_STATISTICS else "")
        self._switch.setVisible(tensor.values.size > FEW)
        self._show_parts(True)
        self._stack.setCurrentIndex(self.buttons.checkedId() if tensor.values.size > FEW else 0)
        self._show_values()

    def show_names(self, rows: tuple[str, ...], columns: tuple[str, ...]) -> None:
        """From the next tensor on, a matrix, its rows and columns have these names instead of numbers."""
        self.grid.cells.names = rows, columns

    def put_beside(self, button: QWidget) -> None:
        """Put a button at the end of the head line."""
        self._head.addWidget(button)

    def selected_element(self) -> tuple[int, ...] | None:
        """The index of the number that is selected in the table; None when none is."""
        chosen = self.grid.selectedIndexes()
        if self.tensor is None or not chosen:
            return None
        index = (*(spin.value() for spin in self.spins), chosen[0].row(), chosen[0].column())
        return index[len(index) - self.tensor.values.ndim :]

    def show_nothing(self, name: str, why: str) -> None:
        """There is no tensor: say so instead of leaving a hole."""
        self.tensor = None
        self.title.setText(name)
        self.details.setText("None")
        self.title.tip = self.details.tip = ""
        self.nothing.setText(why)
        self._switch.hide()
        self._show_parts(False)

    def show_view(self, index: int) -> None:
        """Table (0), heat map (1) or histogram (2)."""
        self._stack.setCurrentIndex(index)
        if self.tensor is not None:
            self._show_values()

    def show_theme(self, theme: Theme) -> None:
        self.grid.cells.show_theme(theme)
        self.heat_map.show_theme(theme)
        self.histogram.show_theme(theme)

    def build_menu(self) -> QMenu:
        """Copy, save, and the three ways to look at it."""
        menu = QMenu(self)
        copy = menu.addAction("Copy", self.grid.copy)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        for kind in FORMATS:
            menu.addAction(f"Save as {kind.upper()}…").setData(kind)
        menu.addActions(self.actions())
        menu.addSeparator()
        for index, (name, tip) in enumerate(VIEWS):
            action = menu.addAction(name)
            action.setToolTip(tip)
            action.setCheckable(True)
            action.setChecked(index == self._stack.currentIndex())
            action.setData(index)
        menu.triggered.connect(self._menu_triggered)
        return menu

    def save(self, kind: str = "csv") -> None:
        """Ask for a file and write every value exactly."""
        if self.tensor is None:
            return
        proposed = f"{self.tensor.name or 'tensor'}.{kind}".replace("/", "_")
        names = f"{FORMATS[kind]} (*.{kind})"
        path, _ = QFileDialog.getSaveFileName(self, f"Save as {kind.upper()}", proposed, names)
        if path:
            self.save_to(path, kind)

    def save_to(self, path: str, kind: str = "csv") -> None:
        """Write the tensor to `path`, and say under the table how it went."""
        assert self.tensor is not None
        values = self.tensor.values
        try:
            atomic_write(path, npy_bytes(values) if kind == "npy" else csv_text(values).encode())
        except FileProblem as problem:
            self.message.setText(sentence(problem.failure))
        else:
            self.message.setText(f"Saved to {path}")
        self.message.show()

    def _open_below(self) -> None:
        self._open_menu(self.more.geometry().bottomLeft())

    def _open_menu(self, point: QPoint) -> None:
        if self.tensor is not None:
            menu = self.build_menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.mapToGlobal(point))

    def _menu_triggered(self, action: QAction) -> None:
        if action.data() in FORMATS:
            self.save(action.data())
        elif action.data() is not None:
            self._pick_view(action.data())

    def _pick_view(self, index: int) -> None:
        button = self.buttons.button(index)
        button.setChecked(True)
        self.show_view(index)

    def _show_parts(self, there: bool) -> None:
        self.nothing.setVisible(not there)
        self.more.setVisible(there)
        self._stack.setVisible(there)
        self._axes.setVisible(there and bool(self.spins))
        self.statistics.setVisible(there and bool(self.statistics.text()))
        self.message.hide()

    def _show_values(self) -> None:
        assert self.tensor is not None
        whole = self.tensor.values
        leading = tuple(spin.value() for spin in self.spins)
        part = grid(whole, leading)
        show_array(self.grid, part, whole, _place(self.title.text(), leading, whole))
        if self._stack.currentIndex() == 1:  # pictures cost time: only the one in front is made
            self.heat_map.show_values(part, whole)
        elif self._stack.currentIndex() == 2:
            self.histogram.show_values(whole)

    def _build_axes(self, sizes: tuple[int, ...]) -> None:
        wanted = [spin.maximum() + 1 for spin in self.spins]
        if wanted == list(sizes):
            return
        while self._axes_row.count():
            item = self._axes_row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self.spins = []
        for axis, size in enumerate(sizes):
            spin = QSpinBox()
            spin.setRange(0, size - 1)
            spin.setPrefix(f"{axis}: ")
            spin.setSuffix(f" / {size - 1}")
            spin.setMinimumWidth(48)
            spin.setWrapping(True)
            spin.setAccessibleName(f"Index on axis {axis}")
            spin.setToolTip(f"Axis {axis}: which of its {size} slices the table shows")
            spin.valueChanged.connect(self._index_changed)
            self._axes_row.addWidget(spin)
            self.spins.append(spin)
        self._axes_row.addStretch(1)

    def _index_changed(self, _: int) -> None:
        if self.tensor is not None:
            self._show_values()

    def _arrange(self) -> None:
        self._head.setSpacing(8)
        self._head.addWidget(self.title)
        self._head.addWidget(self.details, 1)
        self._head.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head)
        for part in (self._switch, self._axes, self.nothing, self._stack, self.statistics, self.message):
            column.addWidget(part)
        for part in (self.nothing, self.statistics, self.message):
            part.setWordWrap(True)
        self._show_parts(False)


def _place(name: str, leading: tuple[int, ...], whole: Array) -> str:
    """The indices of a cell in words, with {row} and {column} to be filled in."""
    own = ("{row}", "{column}")[2 - min(whole.ndim, 2) :]
    return f"{name}[{', '.join((*(str(index) for index in leading), *own))}]" if whole.ndim else "value"


def _more() -> QToolButton:
    button = icon_button("More", "Copy, save as CSV or NPY, heat map, histogram (also with the right mouse button)")
    button.setText("⋯")
    button.setStyleSheet("padding: 0 4px")
    return button


def _switch(inside: QWidget) -> QButtonGroup:
    """The row of choices between the three views."""
    group = QButtonGroup(inside)
    layout = row(inside, 0)
    for index, (name, tip) in enumerate(VIEWS):
        button = QToolButton()
        button.setText(name)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setProperty("role", "segment")
        button.setStyleSheet(f"padding: 3px 8px; font-weight: normal; font-size: {TEXT_SMALL}px")
        button.setChecked(index == 0)
        group.addButton(button, index)
        layout.addWidget(button)
    layout.addStretch(1)
    return group

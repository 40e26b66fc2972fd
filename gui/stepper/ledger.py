"""The ledger: every parameter with its value and its `.grad` at the cursor."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.ledger import ledger
from engine.views import LedgerRow, Tape
from gui.proof.button import ProveButton
from gui.stepper.ledger_table import NONE_TEXT, NONE_TIP, LedgerModel, touches
from gui.stepper.parts import APART, APART_TIP, RUN_LAB, RUN_LAB_TIP, EmptyPage
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import Theme

EMPTY_TEXT = "Every parameter with its value and its .grad at every moment of one training step: None, then numbers, then None again."
LAB_TEXT = (
    "Every tensor of the lab's text that requires grad, with its value and its .grad at every moment of the tape."
)


class LedgerPanel(QWidget):
    """Follows the cursor of the tape; the row of the parameter that the event touches is marked."""

    layerPicked = Signal(str)
    takeApartRequested = Signal()
    proveAsked = Signal(str, object)
    """A parameter, and the index of an element of its gradient or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty = EmptyPage("No gradients yet", EMPTY_TEXT, APART)
        self._origin = "run"
        self.show_origin("run")
        self.empty.button.clicked.connect(self.takeApartRequested)
        self.rows = LedgerModel(self)
        self.table = QTableView()
        self.value, self.gradient = TensorTable(), TensorTable()
        self.gradient.nothing.setToolTip(NONE_TIP)
        self.prove = ProveButton(self.gradient)
        self.prove.asked.connect(self.proveAsked)
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._moved = False
        self._pages = QStackedWidget()
        self._build_table()
        self._arrange()
        self.setFocusProxy(self.table)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)

    def show_tape(self, tape: Tape | None) -> None:
        """Another tape, or none."""
        self._pages.setCurrentIndex(0 if tape is None else 1)
        if tape is None:
            self.rows.show_rows((), None)

    def show_origin(self, origin: str) -> None:
        """Whose tapes come from now on: "run" or "lab"."""
        self._origin = origin
        if origin == "lab":
            self.empty.show_texts("No tensor requires grad yet", LAB_TEXT, RUN_LAB, RUN_LAB_TIP)
        else:
            self.empty.show_texts("No gradients yet", EMPTY_TEXT, APART, APART_TIP)

    def show_cursor(self, tape: Tape, cursor: int) -> None:
        """Show all parameters as they are right after the event at the cursor."""
        event = tape.events[cursor]
        fresh = not self.rows.rows
        self.rows.show_rows(ledger(tape, cursor), event)
        if fresh:
            self._fit_table()
        touched = next((index for index, row in enumerate(self.rows.rows) if touches(event, row)), None)
        if touched is not None:
            self._show_row(touched)
        elif not self.table.currentIndex().isValid() and self.rows.rows:
            self._show_row(0)
        self._show_tensors()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Bring the first parameter of the selected layer forward, unless one of its is already."""
        row = self._current()
        if not ids or (row is not None and row.layer in ids):
            return
        for index, row in enumerate(self.rows.rows):
            if row.layer in ids:
                self._show_row(index)
                self._show_tensors()
                return

    def show_theme(self, theme: Theme) -> None:
        self.rows.show_theme(theme)
        self.value.show_theme(theme)
        self.gradient.show_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._moved:  # behind a tab nobody knew how high it would be
            self._fit_table()

    def _splitter_moved(self) -> None:
        self._moved = True

    def _show_row(self, row: int) -> None:
        index = self.rows.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        with QSignalBlocker(self):
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.scrollTo(index)

    def _row_changed(self, index: QModelIndex, _: QModelIndex) -> None:
        row = self._current()
        if row is not None:
            self._show_tensors()
            self.layerPicked.emit(row.layer)

    def _current(self) -> LedgerRow | None:
        number = self.table.currentIndex().row()
        return self.rows.rows[number] if 0 <= number < len(self.rows.rows) else None

    def _show_tensors(self) -> None:
        row = self._current()
        if row is None:
            return
        self.value.show_tensor(row.value, row.name)
        # Several gradients added up, or those of the lab, are not what the run's coming step gives.
        self.prove.offer(row.name if self._origin == "run" and row.accumulations == 1 else "")
        if row.grad is None:
            self.gradient.show_nothing(f"{row.name}.grad", NONE_TEXT)
        else:
            self.gradient.show_tensor(row.grad, f"{row.name}.grad")

    def _fit_table(self) -> None:
        """The table as high as its rows, but not much more than half; the tensors below get the rest."""
        wanted = self.table.horizontalHeader().sizeHint().height() + 28 * len(self.rows.rows) + 4
        high = min(wanted, self.height() * 3 // 5)
        self._halves.setSizes([high, self.height() - high])

    def _build_table(self) -> None:
        table = self.table
        table.setModel(self.rows)
        table.setAccessibleName("Parameters and their gradients")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header.setMinimumSectionSize(48)

    def _arrange(self) -> None:
        below = QWidget()
        sides = QHBoxLayout(below)
        sides.setContentsMargins(12, 8, 12, 12)
        sides.setSpacing(16)
        sides.addWidget(self.value, 1, Qt.AlignmentFlag.AlignTop)
        sides.addWidget(self.gradient, 1, Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidget(below)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        halves = self._halves
        halves.setChildrenCollapsible(False)
        halves.splitterMoved.connect(self._splitter_moved)
        halves.addWidget(self.table)
        halves.addWidget(area)
        halves.setStretchFactor(1, 1)
        for page in (self.empty, halves):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

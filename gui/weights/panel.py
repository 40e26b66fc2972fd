"""Every weight and bias of the network as a table: what a run begins with, or what the present run has now."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine import hand_weights
from engine.fields import FieldError, Value
from engine.hand_weights import Place
from engine.spec import ProjectSpec
from engine.views import Array
from gui.pump import Update
from gui.stepper.numbers import grid
from gui.stepper.parts import ElidedLabel, EmptyPage, Stack, icon_button, plain_label
from gui.stepper.tint import largest_magnitude
from gui.theme.icons import icon
from gui.theme.tokens import GRID, LIGHT, Theme
from gui.weights.grid import Cells, WeightGrid
from gui.weights.seen import Seen
from gui.weights.slices import SliceBoxes
from gui.weights.source import Parameter, WeightSource
from gui.weights.when import WhenSwitch

EMPTY_TEXT = (
    "As soon as a layer with weights is in the network, every number it begins with stands here and can be edited."
)
NO_ROOM = np.zeros((0, 0), np.float32)


class WeightsPanel(QWidget):
    """One parameter at a time; of more than two axes a slice."""

    weightsEdited = Signal(str, object, object, bool)
    """(parameter, its shape, {place: value or None}, whether the present run is meant)"""
    wished = Signal(str, object, object)
    """(who, parameters whose initial values are wanted, parameters that are to be watched)"""
    layerPicked = Signal(str)
    layerWanted = Signal()
    """There is no layer with weights yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = WeightSource()
        self.seen = Seen(self)
        self._theme: Theme = LIGHT
        self._parameter: Parameter | None = None
        self.parameters = QComboBox()
        self.parameters.setAccessibleName("Parameter")
        self.parameters.setToolTip("As in model.named_parameters(), with its shape")
        self.parameters.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.when = WhenSwitch()
        self.grid = WeightGrid()
        self.slices = SliceBoxes()
        self.facts = ElidedLabel("small")
        self.problem = plain_label("problem")
        self.fill = QLineEdit("0")
        self.fill.setAccessibleName("Value for all")
        self.fill.setToolTip("A number for every element of this parameter; Enter sets it")
        self.fill.setFixedWidth(8 * GRID)
        self.fill_button = QPushButton("All values to")
        self.fill_button.setToolTip("Set every element of this parameter to the number beside it, as torch's fill_()")
        self.copy_button = icon_button("Copy", "Copy the selected cells, or all, as tab-separated numbers (Ctrl+C)")
        self.paste_button = icon_button("Paste", "Paste numbers from a spreadsheet at the selected cell (Ctrl+V)")
        self.again = QPushButton("Back to the initializer")
        self.again.setToolTip("Forget what is set by hand of this parameter: it is drawn by the layer's rule again")
        self.empty = EmptyPage("No weights yet", EMPTY_TEXT, "Add a Linear layer")
        self._pages = Stack()
        self._arrange()
        self._connect()

    # ------------------------------------------------------------------------------------------------ what comes down

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.grid.cells.show_theme(theme)
        for button, name in ((self.copy_button, "copy"), (self.paste_button, "paste")):
            button.setIcon(icon(name, theme))

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        self.source.project = new
        self._offer()
        self._draw()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Another layer: its first parameter."""
        if len(ids) != 1 or (self._parameter is not None and self._parameter.node == ids[0]):
            return
        for number, parameter in enumerate(self.source.parameters):
            if parameter.node == ids[0]:
                self.parameters.setCurrentIndex(number)
                self._choose()
                return

    def show_update(self, update: Update) -> None:
        self.source.show_update(update)
        if "report" in update.changed:
            self._offer()
        switched = self.when.show_live(self.source.live)
        if switched:
            self._wish()
        if switched or update.changed & {"report", "weights", "present"}:
            self._draw()

    def show_refusal(self, text: str) -> None:
        """Why an edit was not made; the next edit puts it out."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    # ------------------------------------------------------------------------------------------------ what goes up

    def _seen_changed(self) -> None:
        """Nothing is asked for and nothing drawn that nobody sees; who comes to the front catches up."""
        self._wish()
        self._draw()

    def _wish(self) -> None:
        wanted = (self._parameter.name,) if self._parameter is not None and self.seen else ()
        self.wished.emit("table", wanted, wanted if self.when.now else ())

    def _cells_edited(self, cells: Cells) -> None:
        changes = {self._place(*cell): value for cell, value in cells.items()}
        if self.when.now:
            changes = {place: value for place, value in changes.items() if value is not None}
            if not changes:
                self.show_refusal("Only initial values can be drawn again: Rewind brings the run back to them.")
        self._edit(changes)

    def _fill(self) -> None:
        try:
            self._edit({(): hand_weights.parsed(self.fill.text())})
        except FieldError as error:
            self.show_refusal(str(error))
            self.fill.selectAll()

    def _draw_again(self) -> None:
        self._edit({(): None})

    def _edit(self, changes: dict[Place, float | None]) -> None:
        if changes and self._parameter is not None:
            self.show_refusal("")
            self.weightsEdited.emit(self._parameter.name, self._parameter.shape, changes, self.when.now)

    def _picked(self) -> None:
        self._choose()
        if self._parameter is not None:
            self.layerPicked.emit(self._parameter.node)

    # ------------------------------------------------------------------------------------------------ the picture

    def _offer(self) -> None:
        """The parameters there are; the one that was shown stays, else one of the same layer, else the first."""
        offered = self.source.parameters
        names = [_title(parameter) for parameter in offered]
        if names != [self.parameters.itemText(number) for number in range(self.parameters.count())]:
            before = self._parameter
            with QSignalBlocker(self.parameters):
                self.parameters.clear()
                self.parameters.addItems(names)
                same = [n for n, each in enumerate(offered) if before is not None and each.name == before.name]
                near = [n for n, each in enumerate(offered) if before is not None and each.node == before.node]
                self.parameters.setCurrentIndex((same + near + [0])[0] if offered else -1)
            self._choose()
        elif self.source.report is not None and self.source.report.project is self.source.project:
            self._wish()
        self._pages.setCurrentIndex(0 if self.source.report is not None and not offered else 1)

    def _choose(self) -> None:
        offered, number = self.source.parameters, self.parameters.currentIndex()
        self._parameter = offered[number] if 0 <= number < len(offered) else None
        self.show_refusal("")
        self.slices.show_sizes(self._parameter.shape[:-2] if self._parameter is not None else ())
        self._wish()
        self._draw()

    def _draw(self) -> None:
        if not self.seen:
            return
        parameter, now = self._parameter, self.when.now
        values = self.source.values(parameter, now) if parameter is not None else None
        table = self.source.table(parameter) if parameter is not None else None
        for widget in (self.fill, self.fill_button, self.copy_button, self.paste_button):
            widget.setEnabled(values is not None)
        self.again.setVisible(table is not None and not now)
        if parameter is None or values is None:
            self.facts.setText(self.source.trouble or "Torch draws them …")
            self.grid.cells.show_cells(NO_ROOM, 0.0, "", None)
            return
        lead = self.slices.place
        rows = _rows(table, len(parameter.shape), lead) if not now else None
        place = f"{parameter.name}[{', '.join([*map(str, lead), *_letters(parameter.shape)])}]"
        self.grid.cells.show_cells(grid(values, lead), largest_magnitude(values), place, rows)
        self.grid.setAccessibleName(f"{'Present' if now else 'Initial'} values of {parameter.name}")
        self.facts.setText(_facts_text(self.source, values, table, now))

    def _place(self, line: int, column: int) -> Place:
        """The element at a cell."""
        shape = self._parameter.shape if self._parameter is not None else ()
        whole = (*self.slices.place, line, column)
        return whole[len(whole) - len(shape) :]

    def _arrange(self) -> None:
        self.problem.setWordWrap(True)
        self.problem.hide()
        head, second, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        second.addWidget(self.slices)
        second.addWidget(self.facts, 1)
        head.addWidget(self.parameters)
        head.addStretch(1)
        head.addWidget(self.when)
        for widget in (self.fill_button, self.fill, self.copy_button, self.paste_button):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.again)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(second)
        column.addWidget(self.grid, 1)
        column.addWidget(self.problem)
        column.addLayout(foot)
        for each in (self.empty, page):
            self._pages.addWidget(each)
        self._pages.setCurrentIndex(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _connect(self) -> None:
        self.parameters.activated.connect(self._picked)
        self.seen.changed.connect(self._seen_changed)
        self.slices.changed.connect(self._draw)
        self.when.changed.connect(self._wish)
        self.when.changed.connect(self._draw)
        self.grid.cellsEdited.connect(self._cells_edited)
        self.grid.refused.connect(self.show_refusal)
        self.fill.returnPressed.connect(self._fill)
        self.fill_button.clicked.connect(self._fill)
        self.copy_button.clicked.connect(self.grid.copy)
        self.paste_button.clicked.connect(self.grid.paste)
        self.again.clicked.connect(self._draw_again)
        self.empty.button.clicked.connect(self.layerWanted)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for text, key, slot in (
            ("Copy", QKeySequence.StandardKey.Copy, self.grid.copy),
            ("Paste", QKeySequence.StandardKey.Paste, self.grid.paste),
            ("Draw the selected values again", QKeySequence.StandardKey.Delete, self.grid.draw_again),
        ):
            action = QAction(f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}", self.grid)
            action.triggered.connect(slot)
            self.grid.addAction(action)


def _title(parameter: Parameter) -> str:
    return f"{parameter.name}   {'×'.join(map(str, parameter.shape))}"


def _letters(shape: tuple[int, ...]) -> tuple[str, ...]:
    """How the tool tip names the last axes."""
    return ("{row}", "{column}") if len(shape) > 1 else ("{column}",) * len(shape)


def _facts_text(source: WeightSource, values: Array, table: Value, now: bool) -> str:
    """Which values these are, in a few words."""
    if now:
        step = source.present.step if source.present is not None else 0
        return f"after step {step:,}; an edit changes the run, the initial values stay"
    drawn = f"drawn with seed {source.project.train.seed if source.project is not None else 0}"
    if table is None:
        return f"initial values, {drawn}"
    number = hand_weights.count(table)
    rest = "" if number == values.size else f", the others {drawn}"
    return f"{number:,} of {values.size:,} set by hand{rest}"


def _rows(table: Value, axes: int, lead: Place) -> Value:
    """The slice of a table of hand-set values that is shown, with rows."""
    part = hand_weights.at(table, lead)
    return (part,) if axes < 2 and part is not None else part

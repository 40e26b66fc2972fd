"""The network as neurons: dots and coloured lines, live while it trains; a click shows a weight and lets it be set."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine import hand_weights
from engine.fields import FieldError
from engine.hand_weights import Place
from engine.spec import ProjectSpec
from engine.views import DataView
from engine.weight_edits import element_name
from gui.neurons.legend import Legend
from gui.neurons.picture import Pick
from gui.neurons.plan import Plan, plan
from gui.neurons.view import NeuronView
from gui.pump import Update
from gui.stepper.numbers import digits, exact
from gui.stepper.parts import ElidedLabel, Stack, plain_label
from gui.theme.tokens import GRID, Theme
from gui.weights.grid import shortest
from gui.weights.seen import Seen
from gui.weights.source import Parameter, WeightSource
from gui.weights.when import WhenSwitch

HINT = "Click a line or a dot to see its weight or bias, and to set it."
KEYS = "Arrow keys choose a unit, Page up and down what goes into it, Enter edits the value."


class NeuronsPanel(QWidget):
    """Dots and lines of a chain of Linear layers, or why there are none."""

    weightsEdited = Signal(str, object, object, bool)
    """(parameter, its shape, {place: value or None}, whether the present run is meant)"""
    wished = Signal(str, object, object)
    """(who, parameters whose initial values are wanted, parameters that are to be watched)"""
    layerPicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = WeightSource()
        self.seen = Seen(self)
        self._plan: Plan = ()
        self._data: DataView | None = None
        self.view = NeuronView()
        self.legend = Legend()
        self.when = WhenSwitch(now=True)
        self.why = plain_label("note")
        self.told = ElidedLabel("small")
        self.value = QLineEdit()
        self.value.setAccessibleName("Value of the weight")
        self.value.setToolTip("The exact value; Enter sets it")
        self.value.setFixedWidth(17 * GRID)
        self.again = QPushButton("Draw again")
        self.again.setToolTip("Forget what is set by hand here: the layer's rule draws this number again")
        self.problem = plain_label("problem")
        self._pages = Stack()
        self._arrange()
        self.seen.changed.connect(self._seen_changed)
        self.view.picked.connect(self._picked)
        self.view.hovered.connect(self._tell)
        self.view.editWanted.connect(self._begin_edit)
        self.when.changed.connect(self._wish)
        self.when.changed.connect(self._draw)
        self.value.returnPressed.connect(self._entered)
        self.value.editingFinished.connect(self._show_value)
        self.again.clicked.connect(self._draw_again)

    # ------------------------------------------------------------------------------------------------ what comes down

    def show_theme(self, theme: Theme) -> None:
        self.view.show_theme(theme)
        self.legend.show_theme(theme)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        self.source.project = new
        self._draw()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        self.view.show_layer(ids[0] if len(ids) == 1 else "")

    def show_update(self, update: Update) -> None:
        self.source.show_update(update)
        if "data" in update.changed:
            self._data = update.data
        switched = self.when.show_live(self.source.live)
        if "report" in update.changed:
            self._offer()
        elif switched:
            self._wish()
        if switched or update.changed & {"report", "weights", "present"}:
            self._draw()

    def show_refusal(self, text: str) -> None:
        """Why an edit was not made; the next one puts it out."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    # ------------------------------------------------------------------------------------------------ what goes up

    def _seen_changed(self) -> None:
        """Nothing is asked for and nothing drawn that nobody sees; who comes to the front catches up."""
        self._wish()
        self._draw()

    def _wish(self) -> None:
        names = tuple(parameter.name for parameter in _parameters(self._plan)) if self.seen else ()
        self.wished.emit("neurons", names, names if self.when.now else ())

    def _entered(self) -> None:
        try:
            self._edit(hand_weights.parsed(self.value.text()))
        except FieldError as error:
            self.show_refusal(str(error))
            self.value.selectAll()

    def _draw_again(self) -> None:
        self._edit(None)

    def _edit(self, value: float | None) -> None:
        found = element(self._plan, self.view.pick)
        if found is not None:
            self.show_refusal("")
            self.value.setModified(False)
            self.view.setFocus()
            self.weightsEdited.emit(found[0].name, found[0].shape, {found[1]: value}, self.when.now)

    def _picked(self, pick: Pick | None) -> None:
        self.show_refusal("")
        self.value.setModified(False)
        self._show_pick()
        if pick is not None and pick.column > 0:
            self.layerPicked.emit(self._plan[pick.column].node)

    def _begin_edit(self, text: str) -> None:
        """Put the keyboard into the field, over what stands there."""
        if self.value.isVisible():
            self.value.setFocus()
            self.value.selectAll()
            if text:
                self.value.insert(text)

    # ------------------------------------------------------------------------------------------------ the picture

    def _offer(self) -> None:
        project, report = self.source.project, self.source.report
        if project is None or report is None or report.project is not project:
            return
        found = plan(project, report)
        self._pages.setCurrentIndex(1 if isinstance(found, str) else 0)
        self.why.setText(found if isinstance(found, str) else "")
        self._plan = () if isinstance(found, str) else found
        self.view.show_plan(self._plan)
        self._wish()

    def _draw(self) -> None:
        if not self._plan or not self.seen:
            return
        found = {parameter: self.source.values(parameter, self.when.now) for parameter in _parameters(self._plan)}
        self.view.show_values({parameter.name: array for parameter, array in found.items() if array is not None})
        self.legend.show_largest(self.view.picture.largest, self.view.picture.lines)
        self._show_pick()

    def _show_pick(self) -> None:
        found = element(self._plan, self.view.pick)
        array = self.view.picture.values.get(found[0].name) if found is not None else None
        self.value.setVisible(array is not None)
        by_hand = found is not None and hand_weights.at(self.source.table(found[0]), found[1]) is not None
        self.again.setVisible(by_hand and array is not None and not self.when.now)
        self._show_value()
        self._tell(None)
        self.view.setAccessibleDescription(self.told.text())

    def _show_value(self) -> None:
        """The exact value, unless somebody is typing another."""
        found = element(self._plan, self.view.pick)
        array = self.view.picture.values.get(found[0].name) if found is not None else None
        if found is not None and array is not None and not (self.value.isModified() and self.value.hasFocus()):
            text = shortest(array[found[1]])
            if text != self.value.text():
                self.value.setText(text)

    def _tell(self, hovered: Pick | None) -> None:
        """What the mouse is on, else what is picked."""
        pick = hovered or self.view.pick
        names = self._data.feature_names if self._data is not None else ()
        self.told.setText(pick_text(self._plan, pick, names) if pick is not None else HINT)
        found = element(self._plan, pick)
        array = self.view.picture.values.get(found[0].name) if found is not None else None
        self.told.tip = KEYS
        self.view.setToolTip("" if hovered is not None else f"{HINT} {KEYS}")
        if hovered is not None and found is not None and array is not None:
            self.view.setToolTip(f"{self.told.text()}\n= {exact(array[found[1]])}")
            self.told.setText(f"{self.told.text()} = {digits(array[found[1]])}")

    def _arrange(self) -> None:
        self.why.setWordWrap(True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.legend, 1)
        head.addWidget(self.when)
        for widget in (self.told, self.again, self.value):
            foot.addWidget(widget, int(widget is self.told))
        page, other = QWidget(), QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID, 4, GRID, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self.problem)
        column.addLayout(foot)
        words = QVBoxLayout(other)
        words.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        words.addWidget(plain_label("heading", "No neurons to draw"))
        words.addWidget(self.why)
        words.addStretch(1)
        for each in (page, other):
            self._pages.addWidget(each)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def element(plan: Plan, pick: Pick | None) -> tuple[Parameter, Place] | None:
    """The parameter and the place in it that a pick means; None for an input, and for a unit without a bias."""
    if pick is None or not 0 < pick.column < len(plan):
        return None
    column = plan[pick.column]
    if pick.source is not None and column.weight is not None:
        return column.weight, (pick.unit, pick.source)
    return (column.bias, (pick.unit,)) if column.bias is not None else None


def pick_text(plan: Plan, pick: Pick, features: tuple[str, ...]) -> str:
    """What was picked, and between which units it stands."""
    if pick.column >= len(plan):
        return ""
    if pick.column == 0:
        return _input(pick.unit, features)
    found = element(plan, pick)
    node = plan[pick.column].node
    if found is None:
        return f"unit {pick.unit} of {node} has no bias"
    name = element_name(found[0].name, found[1])
    if pick.source is None:
        return name
    source = (
        _input(pick.source, features) if pick.column == 1 else f"unit {pick.source} of {plan[pick.column - 1].node}"
    )
    return f"{name}, from {source}"


def _input(unit: int, features: tuple[str, ...]) -> str:
    return f"input {unit} ({features[unit]})" if unit < len(features) else f"input {unit}"


def _parameters(plan: Plan) -> tuple[Parameter, ...]:
    return tuple(parameter for column in plan for parameter in (column.weight, column.bias) if parameter is not None)

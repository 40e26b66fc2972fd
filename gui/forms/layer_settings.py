"""How a layer begins and how it is trained: the rules that draw its weights and biases, frozen or not, rates of its own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.catalog import INITIALIZERS, LAYERS
from engine.catalog.initializers import DEFAULT, Spread, default_spread, fans, is_bias, is_weight, spread
from engine.catalog.node_fields import NODE_FIELDS
from engine.fields import Value
from engine.hand_weights import count, is_full
from engine.spec import Choice, NetworkSpec, NodeSpec, ProjectSpec
from engine.views import NetworkReport
from engine.weight_edits import by_hand
from gui.forms.form import Form, heading, note
from gui.forms.picker import Picker

Shapes = dict[str, tuple[int, ...]]


class LayerSettings(QWidget):
    """For a layer with weights; what is picked and entered goes up."""

    initializerPicked = Signal(str, bool)
    """(kind, for the biases)"""
    initializerEdited = Signal(str, object, bool)
    """(field, value, for the biases)"""
    everywhereRequested = Signal()
    settingEdited = Signal(str, object)
    """(field, value)"""
    weightsRequested = Signal()
    """The single numbers are to be seen and edited."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = Picker("Initial weights", INITIALIZERS)
        self._biases = Picker("Initial biases", (entry for entry in INITIALIZERS if entry.for_bias))
        self._spreads = {False: _spread_label(), True: _spread_label()}
        self.everywhere = QPushButton("Use for every layer")
        self.everywhere.setToolTip("Draw the weights and biases of every layer by the rules of this one.")
        self.weights = QPushButton("Edit weights…")
        self.weights.setToolTip("Every weight and bias of this layer as a table, to be set by hand.")
        self._form = Form(NODE_FIELDS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.weights)
        self._headings = {False: heading("Initial weights"), True: heading("Initial biases")}
        for bias, picker in ((False, self._weights), (True, self._biases)):
            layout.addWidget(self._headings[bias])
            layout.addWidget(picker)
            layout.addWidget(self._spreads[bias])
        layout.addWidget(self.everywhere)
        layout.addWidget(heading("Training of this layer"))
        layout.addWidget(self._form)
        self._weights.picked.connect(self._weights_picked)
        self._weights.valueEdited.connect(self._weights_edited)
        self._biases.picked.connect(self._biases_picked)
        self._biases.valueEdited.connect(self._biases_edited)
        self.everywhere.clicked.connect(self.everywhereRequested)
        self.weights.clicked.connect(self.weightsRequested)
        self._form.valueEdited.connect(self.settingEdited)

    def show_node(self, project: ProjectSpec, node: NodeSpec, report: NetworkReport | None) -> None:
        """Show a layer that learns; `report` says how large its parameters are."""
        shapes: Shapes = dict(report.parameter_shapes.get(node.id, ())) if report is not None else {}
        entry = LAYERS[node.kind]
        self._show(False, entry.weights, node.initializer, _spread_lines(node, shapes, False))
        self._show(True, entry.biases, node.bias_initializer, _spread_lines(node, shapes, True))
        optimizer = project.train.optimizer.as_dict()
        values: dict[str, Value] = {field.name: getattr(node, field.name) for field in NODE_FIELDS}
        self._form.show_values(values, {name: optimizer.get(name, 0.0) for name in ("lr", "weight_decay")})

    def show_refusal(self, text: str) -> None:
        self._form.show_refusal(text)

    def _show(self, bias: bool, visible: bool, choice: Choice, lines: str) -> None:
        picker = self._biases if bias else self._weights
        picker.show_choice(choice)
        self._spreads[bias].setText(lines)
        for widget in (self._headings[bias], picker):
            widget.setVisible(visible)
        self._spreads[bias].setVisible(visible and bool(lines))

    def _weights_picked(self, kind: str) -> None:
        self.initializerPicked.emit(kind, False)

    def _biases_picked(self, kind: str) -> None:
        self.initializerPicked.emit(kind, True)

    def _weights_edited(self, name: str, value: object) -> None:
        self.initializerEdited.emit(name, value, False)

    def _biases_edited(self, name: str, value: object) -> None:
        self.initializerEdited.emit(name, value, True)


class EveryLayer(QWidget):
    """While no layer is selected: one rule for the weights of the whole network."""

    picked = Signal(str)
    """(kind)"""
    edited = Signal(str, object)
    """(field, value) of the rule"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picker = Picker("Initial weights of every layer", INITIALIZERS)
        self._mixed = note("The layers are drawn by different rules now.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(heading("Initial weights of every layer"))
        layout.addWidget(self._picker)
        layout.addWidget(self._mixed)
        self._picker.picked.connect(self.picked)
        self._picker.valueEdited.connect(self.edited)

    def show_network(self, network: NetworkSpec) -> None:
        """Show the rule that all layers with weights share; the first one's where they differ."""
        choices = [node.initializer for node in network.nodes if LAYERS[node.kind].weights]
        self.setVisible(bool(choices))
        if choices:
            self._picker.show_choice(choices[0])
            self._mixed.setVisible(len(set(choices)) > 1)


def _spread_label() -> QLabel:
    label = note("")
    label.setAccessibleName("What is drawn")
    return label


def _spread_lines(node: NodeSpec, shapes: Shapes, bias: bool) -> str:
    """What is drawn for every weight (or bias) of the layer, a line each; those that are drawn alike share one."""
    choice = node.bias_initializer if bias else node.initializer
    found: dict[str, list[str]] = {}
    for name, shape in shapes.items():
        if not (is_bias(name, shape) if bias else is_weight(shape)):
            continue
        table = by_hand(node, name)
        if is_full(table):
            text = "set by hand"
        elif choice == DEFAULT:
            text = spread_text(default_spread(node.kind, name, shape, shapes), shape)
        else:
            text = spread_text(spread(choice, shape), shape)
        if (some := count(table)) and not is_full(table):
            text += f"; {some:,} set by hand"
        found.setdefault(text, []).append(name)
    return "\n".join(f"{', '.join(names)}: {text}" for text, names in found.items())


def spread_text(drawn: Spread | None, shape: tuple[int, ...]) -> str:
    """The law with its numbers for a parameter of this shape, fan_in and fan_out with it where there are any."""
    if drawn is None:
        return "not drawn"
    size = "×".join(map(str, shape))
    where = f"{size}, fan_in {fans(shape)[0]:,}, fan_out {fans(shape)[1]:,}: " if len(shape) > 1 else f"{size}: "
    variance = f"variance {_decimals(drawn.variance)}"
    if drawn.law == "constant":
        return f"{where}all {drawn.mean:g}"
    if drawn.law == "orthogonal":
        return f"{where}orthogonal, {variance}"
    if drawn.bound is not None:
        return f"{where}U(−a, a), a = {_decimals(drawn.bound)}, {variance}"
    if drawn.law == "uniform":
        return f"{where}uniform, mean {drawn.mean:g}, {variance}"
    return f"{where}N({drawn.mean:g}, σ²), σ = {_decimals(drawn.variance**0.5)}, {variance}"


def _decimals(number: float) -> str:
    """Seven decimals, as the course gives them; tiny and large numbers as they are."""
    return f"{number:.7f}" if 1e-4 <= abs(number) < 10 else f"{number:.6g}"

"""The inspector of the selected layer: what it is, what goes in and out, and its constructor arguments."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.catalog import LAYERS, LayerEntry
from engine.hand_weights import count
from engine.spec import INPUT_ID, OUTPUT_ID, NodeSpec, ProjectSpec
from engine.views import Memory, NetworkReport
from gui.forms.fix_buttons import FixButtons
from gui.forms.form import Form, heading, note
from gui.forms.layer_settings import EveryLayer, LayerSettings
from gui.forms.scroll import scrolled
from gui.pump import Update
from gui.run_view import amount


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape with the batch axis in front, as on the arrows of the canvas."""
    return "unknown" if shape is None else "N×" + "×".join(str(size) for size in shape)


def memory_text(memory: Memory) -> str:
    """What the bytes are for."""
    parts = (
        ("parameters", memory.parameters),
        ("gradients", memory.gradients),
        ("optimizer state", memory.optimizer),
        ("activations of a batch", memory.activations),
    )
    return ", ".join(f"{name} {amount(size)}" for name, size in parts if size)


class LayerPanel(QWidget):
    """Shows one selected layer, or says what to select."""

    valueEdited = Signal(str, str, object)
    """(node id, field, value)"""
    renameRequested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: ProjectSpec | None = None
        self._report: NetworkReport | None = None
        self._node = ""
        self._kind = ""
        self._form: Form | None = None
        self._title = heading("")
        self._help = note("")
        self._formula = QLabel()
        self._formula.setProperty("role", "formula")
        self._formula.setWordWrap(True)
        self._name = QLineEdit()
        self._name.setAccessibleName("Name of the layer")
        self._name.setToolTip("The layer's name; in the code it is the attribute of the module.")
        self._name.editingFinished.connect(self._renamed)
        self._facts = note("")
        self._problem = note("")
        self._problem.setProperty("role", "problem")
        self.fixes = FixButtons()
        self._body = QVBoxLayout()
        self._body.setSpacing(8)
        self._name_row = QWidget()
        name_layout = QFormLayout(self._name_row)
        name_layout.setContentsMargins(0, 0, 0, 0)
        name_layout.addRow("Name", self._name)
        for widget in (self._title, self._help, self._formula, self._problem, self.fixes, self._name_row):
            self._body.addWidget(widget)
        self._slot = QVBoxLayout()
        self._body.addLayout(self._slot)
        self.settings = LayerSettings()
        self._body.addWidget(self.settings)
        self.every = EveryLayer()
        self._body.addWidget(self.every)
        self._body.addWidget(self._facts)
        self._body.addStretch(1)
        scrolled(self, self._body)
        self._refresh()

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        self._project = new
        self._refresh()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        self._node = ids[0] if len(ids) == 1 else ""
        self._refresh()

    def show_update(self, update: Update) -> None:
        if "report" in update.changed:
            self._report = update.report
            self._refresh()

    @property
    def node_id(self) -> str:
        """The layer that is shown; "" for none."""
        return self._node

    def show_refusal(self, text: str) -> None:
        if self._form is not None:
            self._form.show_refusal(text)
        self._refresh()

    def focus_first(self) -> None:
        """Put the keyboard into the first editor of the layer."""
        if self._form is not None and self._form.editors:
            next(iter(self._form.editors.values())).setFocus()

    def _refresh(self) -> None:
        found = self._project is not None and self._project.network.has(self._node)
        for widget in (self._formula, self._name_row, self._facts):
            widget.setVisible(found)
        self.settings.setVisible(found and LAYERS[self._project.network.node(self._node).kind].learns)  # type: ignore[union-attr]
        if self._project is None or not found:
            self._show_nothing()
            return
        node = self._project.network.node(self._node)
        entry = LAYERS[node.kind]
        self.every.hide()
        self._title.setText(entry.title)
        self._help.setText(entry.help)
        self._formula.setText(entry.formula)
        self._formula.setVisible(bool(entry.formula))
        self._name_row.setVisible(entry.placeable)
        if not self._name.hasFocus():
            self._name.setText(node.id)
        self._show_form(node, entry)
        if entry.learns:
            self.settings.show_node(self._project, node, self._report)
        self._facts.setText(self._facts_text(node))
        self._show_problem(node.id)

    def _show_nothing(self) -> None:
        self._title.setText("No layer selected")
        self._help.setText("Click a layer on the canvas to see and change its arguments here.")
        self._problem.hide()
        self.fixes.show_fixes(())
        self._drop_form()
        self.every.setVisible(self._project is not None)
        if self._project is not None:
            self.every.show_network(self._project.network)

    def _show_problem(self, node_id: str) -> None:
        issues = self._report.issues if self._report is not None else ()
        own = [issue for issue in issues if issue.node == node_id]
        texts = [issue.text for issue in own]
        self._problem.setText("\n".join(texts))
        self._problem.setVisible(bool(texts))
        self.fixes.show_fixes(tuple(fix for issue in own for fix in issue.fixes), most=6)

    def _show_form(self, node: NodeSpec, entry: LayerEntry) -> None:
        if self._form is None or self._kind != f"{node.id}/{node.kind}":
            self._drop_form()
            self._form = Form(entry.fields)
            self._form.valueEdited.connect(self._edited)
            self._kind = f"{node.id}/{node.kind}"
            self._slot.addWidget(self._form)
        settled = self._report.settled.get(node.id) if self._report is not None else None
        self._form.show_values(node.layer.as_dict(), settled)

    def _drop_form(self) -> None:
        if self._form is not None:
            self._slot.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = None
        self._kind = ""

    def _facts_text(self, node: NodeSpec) -> str:
        report, project = self._report, self._project
        if report is None or project is None:
            return ""
        sources = [link.source for link in project.network.links_into(node.id)]
        arriving = ", ".join(shape_text(report.shapes.get(source)) for source in sources) or "nothing"
        lines = [] if node.id == INPUT_ID else [f"Arrives: {arriving}"]
        if node.id != OUTPUT_ID:
            lines.append(f"Leaves: {shape_text(report.shapes.get(node.id))}")
        lines.append(f"Parameters: {report.parameters.get(node.id, 0):,}")
        if products := report.multiply_adds.get(node.id):
            lines.append(f"Multiply-adds: {products:,} per sample, forward")
        if (memory := report.memory.get(node.id)) and memory.total:
            lines.append(f"Memory: {amount(memory.total)}")
            lines.append(memory_text(memory))
        if node.weights:
            lines.append(f"Set by hand: {sum(count(table) for _, table in node.weights):,} of the initial values")
        return "\n".join(lines)

    def _edited(self, name: str, value: object) -> None:
        self.valueEdited.emit(self._node, name, value)

    def _renamed(self) -> None:
        text = self._name.text().strip()
        if text and text != self._node:
            self.renameRequested.emit(self._node, text)

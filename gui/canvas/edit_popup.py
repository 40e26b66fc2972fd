"""A layer edited where it stands: a double click or Enter opens its name and arguments beside the card."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.catalog import LAYERS
from engine.spec import NodeSpec
from engine.views import NetworkReport
from gui.forms.form import Form, heading, note
from gui.theme.tokens import GRID

_WIDTH = 36 * GRID


class EditPopup(QFrame):
    """Every change is an edit at once; it closes with Escape, with "Done", or with a click elsewhere."""

    valueEdited = Signal(str, str, object)
    """(id, field, value)"""
    renameRequested = Signal(str, str)
    """(id, name)"""
    panelRequested = Signal(str)
    """(dock): show the panel with all settings of the layer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._owner = parent
        self.node = ""
        self.form: Form | None = None
        self._title = heading("")
        self._help = note("")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the layer")
        self.name.setToolTip("Its name in the code; Enter takes it")
        self._problem = note("")
        self._problem.setProperty("role", "problem")
        self._slot = QVBoxLayout()
        more, done = QPushButton("All settings…"), QPushButton("Done")
        more.setToolTip("Initial weights, learning rate of its own …: the Layer panel")
        done.setProperty("role", "primary")
        for button in (more, done):
            button.setAutoDefault(False)
        name_row = QHBoxLayout()
        name_label = QLabel("Name")
        name_label.setBuddy(self.name)
        name_row.addWidget(name_label)
        name_row.addWidget(self.name, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(more)
        buttons.addStretch(1)
        buttons.addWidget(done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._help)
        layout.addLayout(name_row)
        layout.addLayout(self._slot)
        layout.addWidget(self._problem)
        layout.addLayout(buttons)
        self.setProperty("role", "card")
        self.setAccessibleName("Edit the layer")
        self.setFixedWidth(_WIDTH)
        self.name.returnPressed.connect(self._named)
        more.clicked.connect(self._all)
        done.clicked.connect(self.hide)

    def open_at(self, point: QPoint, node: NodeSpec, report: NetworkReport | None) -> None:
        """Show a layer, with its upper left corner at a point of the screen if there is room."""
        entry = LAYERS[node.kind]
        self.node = node.id
        if self.form is not None:
            self._slot.removeWidget(self.form)
            self.form.deleteLater()
        self.form = Form(entry.fields, self)
        self.form.valueEdited.connect(self._edited)
        self._slot.addWidget(self.form)
        self._title.setText(entry.title)
        self._help.setText(f"{entry.help}\n{entry.formula}" if entry.formula else entry.help)
        self.show_node(node, report)
        self.adjustSize()
        screen = self._owner.screen().availableGeometry()
        x = max(screen.left(), min(point.x(), screen.right() - self.width()))
        y = max(screen.top(), min(point.y(), screen.bottom() - self.height()))
        self.move(x, y)
        self.show()
        chief = (self.form.editors[field.name] for field in entry.fields if not field.optional)
        next(chief, self.name).setFocus()

    def show_node(self, node: NodeSpec, report: NetworkReport | None) -> None:
        """The layer as it is now, with what is wrong with it."""
        if self.form is None:
            return
        self.node = node.id
        self.name.setText(node.id)
        self.form.show_values(node.layer.as_dict(), report.settled.get(node.id) if report is not None else None)
        issues = [issue.text for issue in report.issues if issue.node == node.id] if report is not None else []
        self._problem.setText("\n".join(issues))
        self._problem.setVisible(bool(issues))

    def _edited(self, name: str, value: object) -> None:
        self.valueEdited.emit(self.node, name, value)

    def _named(self) -> None:
        text = self.name.text().strip()
        if text != self.node:
            self.renameRequested.emit(self.node, text)

    def _all(self) -> None:
        self.hide()
        self.panelRequested.emit("layer")

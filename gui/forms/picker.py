"""Pick one entry of a catalog, and edit its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.catalog import Entry
from engine.fields import Value
from engine.spec import Choice
from gui.forms.field_editor import CalmComboBox
from gui.forms.form import Form, note


class Picker(QWidget):
    """A combo box with the entries' titles, the help and formula of the chosen one, and its form."""

    picked = Signal(str)
    valueEdited = Signal(str, object)

    def __init__(self, noun: str, entries: Iterable[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = {entry.kind: entry for entry in entries}
        self._choice: Choice | None = None
        self._form: Form | None = None
        self._combo = CalmComboBox()
        self._combo.setAccessibleName(noun)
        for index, entry in enumerate(self._entries.values()):
            self._combo.addItem(entry.title, entry.kind)
            self._combo.setItemData(index, entry.help, Qt.ItemDataRole.ToolTipRole)
        self._combo.currentIndexChanged.connect(self._picked)
        self._help = note("")
        self._formula = QLabel()
        self._formula.setProperty("role", "formula")
        self._formula.setTextFormat(Qt.TextFormat.PlainText)
        self._formula.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        for widget in (self._combo, self._help, self._formula):
            self._layout.addWidget(widget)
        self.setFocusProxy(self._combo)

    def show_choice(self, choice: Choice, values: Mapping[str, Value] | None = None) -> None:
        """Show the project's choice."""
        if self._choice is None or choice.kind != self._choice.kind:
            self._rebuild(self._entries[choice.kind])
        with QSignalBlocker(self._combo):  # what was picked may not have been taken
            self._combo.setCurrentIndex(self._combo.findData(choice.kind))
        self._choice = choice
        if self._form is not None:
            self._form.show_values(values or choice.as_dict())

    def show_refusal(self, text: str) -> None:
        """Show the project's values again and say why the entry was not taken."""
        if self._form is not None and self._choice is not None:
            self._form.show_values(self._choice.as_dict())
            self._form.show_refusal(text)

    def _rebuild(self, entry: Entry) -> None:
        self._help.setText(entry.help)
        self._formula.setText(entry.formula)
        self._formula.setVisible(bool(entry.formula))
        self._combo.setToolTip("\n".join(part for part in (entry.help, entry.formula, entry.torch_name) if part))
        if self._form is not None:
            self._layout.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        shown = tuple(field for field in entry.fields if field.shown)
        if shown:
            self._form = Form(shown)
            self._form.valueEdited.connect(self.valueEdited)
            self._layout.addWidget(self._form)

    def _picked(self, index: int) -> None:
        self.picked.emit(self._combo.itemData(index))

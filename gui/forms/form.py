"""A form: labelled editors for the fields of one catalog entry, and a line for what was refused."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from engine.fields import Field, Value
from gui.forms.field_editor import FieldEditor, tip


class Form(QWidget):
    """Editors for `fields`, in order. `valueEdited(name, value)` goes up; `show_values` comes down."""

    valueEdited = Signal(str, object)

    def __init__(self, fields: tuple[Field, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = fields
        self.editors: dict[str, FieldEditor] = {}
        self._refusal = note("")
        self._refusal.setProperty("role", "problem")
        self._refusal.hide()
        layout = QFormLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(8)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in fields:
            editor = FieldEditor(field)
            editor.valueEdited.connect(self._edited)
            editor.refused.connect(self.show_refusal)
            label = QLabel(f"{field.label} ●" if field.live else field.label)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setBuddy(editor)
            label.setToolTip(tip(field))
            layout.addRow(label, editor)
            self.editors[field.name] = editor
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        outer.addLayout(layout)
        outer.addWidget(self._refusal)

    def show_values(self, values: Mapping[str, Value], settled: Mapping[str, object] | None = None) -> None:
        for name, editor in self.editors.items():
            found = (settled or {}).get(name)
            editor.show_value(values[name], found if isinstance(found, int | float) else None)

    def show_refusal(self, text: str) -> None:
        """Say under the fields why the last entry was not taken; "" clears it."""
        self._refusal.setText(text)
        self._refusal.setVisible(bool(text))

    def _edited(self, name: str, value: object) -> None:
        self.show_refusal("")
        self.valueEdited.emit(name, value)


def note(text: str) -> QLabel:
    """A small wrapping line of plain text."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", "note")
    return label


def heading(text: str) -> QLabel:
    """The title of a section of a form."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "heading")
    return label

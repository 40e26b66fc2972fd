"""One editor per kind of field, all with the same face: show_value, valueEdited, refused."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget

from engine.fields import Field, FieldError, Value
from gui.forms.number_edit import NumberEdit, parsed, shown

_LISTS = ("sizes", "counts", "numbers")
"""Kinds of fields that are a row of numbers."""


def tip(field: Field) -> str:
    """What a tool tip says of a field: help, rule, formula, and whether it may change while running."""
    lines = [field.help, f"Allowed: {field.rule}."]
    if field.formula:
        lines.append(field.formula)
    if field.live:
        lines.append("Can be changed while training runs.")
    return "\n".join(lines)


class CalmComboBox(QComboBox):
    """A combo box that the wheel changes only when it has the focus: a form that scrolls must not change it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldEditor(QWidget):
    """Edits one field. The value shown is the project's; what the user enters goes out as `valueEdited`."""

    valueEdited = Signal(str, object)
    refused = Signal(str)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._auto: QCheckBox | None = None
        self._editor = self._make_editor()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if field.optional:
            self._auto = QCheckBox(field.none_text)
            self._auto.setAccessibleName(f"{field.label}: {field.none_text}")
            self._auto.toggled.connect(self._auto_toggled)
            row.addWidget(self._auto)
        row.addWidget(self._editor, 1)
        self.setToolTip(tip(field))
        self._editor.setAccessibleName(field.label)
        self._editor.setAccessibleDescription(field.help)
        self.setFocusProxy(self._editor)
        self._settled: Value = None
        self.show_value(field.default)

    def _make_editor(self) -> QWidget:
        kind = self.field.kind
        if kind in ("int", "float"):
            number = NumberEdit(self.field)
            number.valueEdited.connect(self._edited)
            number.refused.connect(self.refused)
            return number
        if kind == "bool":
            check = QCheckBox()
            check.toggled.connect(self._edited)
            return check
        if kind == "choice":
            combo = CalmComboBox()
            combo.addItems(self.field.choices)
            combo.currentTextChanged.connect(self._edited)
            return combo
        line = QLineEdit()
        line.editingFinished.connect(self._text_finished)
        return line

    def show_value(self, value: Value, settled: Value = None) -> None:
        """Show the project's value; for "auto", `settled` is what the arriving tensor made of it."""
        self._settled = settled
        auto = self._auto is not None and value is None
        with QSignalBlocker(self._editor):
            if isinstance(self._editor, NumberEdit):
                self._editor.show_value(settled if auto else value)
            elif isinstance(self._editor, QCheckBox):
                self._editor.setChecked(bool(value))
            elif isinstance(self._editor, QComboBox):
                self._editor.setCurrentText(str(value))
            elif isinstance(self._editor, QLineEdit):
                self._editor.setText(sizes_text(value) if self.field.kind in _LISTS else rows_text(value))
        if self._auto is not None:
            with QSignalBlocker(self._auto):
                self._auto.setChecked(auto)
            self._editor.setEnabled(not auto)

    def _edited(self, value: object) -> None:
        self.valueEdited.emit(self.field.name, value)

    def _auto_toggled(self, on: bool) -> None:
        low = int(self.field.low or 1)
        settled = self._settled if isinstance(self._settled, int | float) else low
        self.valueEdited.emit(self.field.name, None if on else settled)

    def _text_finished(self) -> None:
        assert isinstance(self._editor, QLineEdit)
        text = self._editor.text()
        read = {"table": rows_value, "sizes": sizes_value, "counts": sizes_value, "numbers": numbers_value}.get(
            self.field.kind
        )
        value: object = read(text) if read else text
        try:
            self.valueEdited.emit(self.field.name, self.field.check(value))
        except FieldError as error:
            self.refused.emit(str(error))


def rows_text(value: Value) -> str:
    """A table as people type it: numbers with spaces, rows with semicolons. Any other value as it is."""
    if isinstance(value, tuple):
        return "; ".join(" ".join(shown(x) for x in row) for row in value if isinstance(row, tuple))
    return "" if value is None else str(value)


def rows_value(text: str) -> object:
    """The table that a text means; what cannot be read is left for the field's check to refuse."""
    rows = [[parsed(part) for part in row.replace(",", " ").split()] for row in text.split(";") if row.strip()]
    return tuple(tuple(row) for row in rows) if all(x is not None for row in rows for x in row) else text


def sizes_text(value: Value) -> str:
    """Sizes of axes as people type them: 1, 28, 28."""
    return ", ".join(shown(each) for each in value if not isinstance(each, tuple)) if isinstance(value, tuple) else ""


def numbers_value(text: str) -> object:
    """The numbers that a text means, with commas or spaces between them; none is none."""
    numbers = [parsed(part) for part in text.strip("() []").replace(",", " ").split()]
    return tuple(numbers) if all(each is not None for each in numbers) else text


def sizes_value(text: str) -> object:
    """The sizes that a text means, with commas, × or spaces between them; what cannot be read is left to be refused."""
    parts = text.replace("−", "-").replace("×", " ").replace("x", " ").replace(",", " ").strip("() []").split()
    try:
        return tuple(int(part) for part in parts)
    except ValueError:
        return text

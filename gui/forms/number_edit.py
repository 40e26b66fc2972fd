"""A number box for learning rates as much as for layer widths: it types, steps and shows in the C locale everywhere."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from engine.fields import Field, FieldError, Value

LADDER = (1.0, 2.0, 5.0)


def shown(value: Value) -> str:
    """The shortest text that reads back as the same number."""
    if isinstance(value, float):
        return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return str(value)


def parsed(text: str) -> int | float | None:
    """The number a text means, or None. A decimal comma is refused by None rather than misread."""
    clean = text.strip().replace("−", "-")
    try:
        number = float(clean)
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number == int(number) and "e" not in clean.lower() else number


def ladder_step(value: float, up: bool) -> float:
    """The next rung of …, 0.1, 0.2, 0.5, 1, 2, 5, 10, … above or below `value` (which is above 0)."""
    exponent = math.floor(math.log10(value) + 1e-9)
    rungs = [rung * 10.0**power for power in (exponent - 1, exponent, exponent + 1) for rung in LADDER]
    if up:
        return float(f"{next(rung for rung in rungs if rung > value * (1 + 1e-9)):.6g}")
    return float(f"{next(rung for rung in reversed(rungs) if rung < value * (1 - 1e-9)):.6g}")


class NumberEdit(QAbstractSpinBox):
    """Edits the number of one field. Arrow keys and the wheel (with focus) step; Enter or leaving commits."""

    valueEdited = Signal(object)
    refused = Signal(str)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._value: Value = field.default
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        self.setAccessibleName(field.label)
        self.setMinimumWidth(64)
        self.editingFinished.connect(self._commit)
        self.show_value(field.default)

    def value(self) -> Value:
        """The value last shown or accepted."""
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        text = "" if value is None else shown(value)
        if self.lineEdit().text() != text:
            self.lineEdit().setText(text)

    def _commit(self) -> None:
        text = self.lineEdit().text()
        number = parsed(text)
        try:
            value = self._field.check(text if number is None else number)
        except FieldError as error:
            self.show_value(self._value)
            self.refused.emit(str(error))
            return
        if value != self._value:
            self.show_value(value)
            self.valueEdited.emit(value)
        else:
            self.show_value(value)

    def stepBy(self, steps: int) -> None:
        number = parsed(self.lineEdit().text())
        if number is None:
            return
        for _ in range(abs(steps)):
            number = self._stepped(number, steps > 0)
        try:
            value = self._field.check(number)
        except FieldError:
            return
        self.show_value(value)
        self.valueEdited.emit(value)

    def _stepped(self, number: float, up: bool) -> float:
        if self._field.kind == "int":
            return number + (1 if up else -1)
        if self._field.high is not None and self._field.high <= 1.0:
            return round(number + (0.05 if up else -0.05), 6)
        if number == 0:
            return 1e-4 if up else 0.0
        return ladder_step(number, up) if number > 0 else -ladder_step(-number, not up)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> object:
        allowed = set("0123456789+-−.eE ")
        state = QValidator.State.Intermediate if set(text) <= allowed else QValidator.State.Invalid
        if parsed(text) is not None:
            state = QValidator.State.Acceptable
        return state, text, position

    def fixup(self, text: str) -> str:
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A form that scrolls must not change numbers on its way.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

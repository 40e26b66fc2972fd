"""The data: where rows come from, how they are divided and normalized, and a picture of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.catalog.training import NORMALIZATION_FIELD, RANGE_FIELDS, SPLIT_FIELDS
from engine.datasets.registry import DATASETS
from engine.fields import FieldError, Value
from engine.spec import Choice, ProjectSpec, SplitSpec
from engine.views import DataView
from gui.forms.data_picture import DataPicture
from gui.forms.file_source import FileSource
from gui.forms.form import Form, heading, note
from gui.forms.picker import Picker
from gui.forms.scroll import scrolled
from gui.pump import Update
from gui.theme.tokens import Theme

MOST_SCALES = 6
"""Columns whose mean and deviation the panel itself shows."""


class DataPanel(QWidget):
    """Source, split and normalization of the data, with the picture and the sizes that came out."""

    sourcePicked = Signal(str)
    sourceEdited = Signal(str, object)
    splitEdited = Signal(object)
    """A whole SplitSpec: its numbers are only right together."""
    normalizationEdited = Signal(str)
    rangeEdited = Signal(str, object)
    """An end of the range of min–max, and its value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._split: SplitSpec | None = None
        self._source = Picker("Data set", DATASETS)
        self._source.picked.connect(self.sourcePicked)
        self._source.valueEdited.connect(self.sourceEdited)
        self.file = FileSource()
        self._picture = DataPicture()
        self._sizes = note("")
        self._problem = note("")
        self._problem.setProperty("role", "problem")
        self._split_form = Form(SPLIT_FIELDS)
        self._split_form.valueEdited.connect(self._split_edited)
        self._normalization = Form((NORMALIZATION_FIELD,))
        self._normalization.valueEdited.connect(self._normalization_edited)
        self._range = Form(RANGE_FIELDS)
        self._range.valueEdited.connect(self.rangeEdited)
        self._scales = note("")
        contents = QVBoxLayout()
        contents.setSpacing(8)
        widgets: tuple[QWidget, ...] = (
            heading("Data set"),
            self._source,
            self.file,
            self._picture,
            self._sizes,
            self._problem,
        )
        widgets += (heading("Split"), self._split_form, heading("Normalization"), self._normalization)
        widgets += (self._range, self._scales)
        for widget in widgets:
            contents.addWidget(widget)
        contents.addStretch(1)
        scrolled(self, contents)

    def show_theme(self, theme: Theme) -> None:
        self._picture.show_theme(theme)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        if old is None or old.data is not new.data:
            data = new.data
            self._split = data.split
            self._source.show_choice(data.source)
            self._split_form.show_values({field.name: self._shown(field.name, data.split) for field in SPLIT_FIELDS})
            self._normalization.show_values({NORMALIZATION_FIELD.name: data.normalization})
            self._range.setVisible(data.normalization == "min-max")
            self._range.show_values({"low": data.low, "high": data.high})
            self.file.show_source(data.source)

    def show_source(self, source: Choice) -> None:
        """Show which data set it is: another one was picked, but not taken."""
        self._source.show_choice(source)

    def _shown(self, name: str, split: SplitSpec) -> Value:
        value: Value = getattr(split, name)
        return value

    def show_update(self, update: Update) -> None:
        self.file.show_update(update)
        if "data" in update.changed:
            self._picture.show_data(update.data)
            self._show_scales(update.data)
        if "report" in update.changed and update.report is not None:
            train, validation, test = update.report.sizes
            self._sizes.setText(f"{train:,} training, {validation:,} validation and {test:,} test rows")
            found = [issue for issue in update.report.issues if issue.node == "input"]
            self._problem.setText("\n".join(issue.text for issue in found))
            self._problem.setVisible(bool(found))
            error = any(issue.severity == "error" for issue in found)
            self._problem.setProperty("role", "note" if update.report.reading else "problem" if error else "warning")
            self._problem.style().polish(self._problem)

    def _show_scales(self, data: DataView | None) -> None:
        """The numbers of the normalization: the first in the panel, all in its tip."""
        lines = [] if data is None else scale_lines(data)
        more = f"\n… {len(lines) - MOST_SCALES:,} more" if len(lines) > MOST_SCALES else ""
        self._scales.setText("Of the training part:\n" + "\n".join(lines[:MOST_SCALES]) + more if lines else "")
        self._scales.setToolTip("\n".join(lines[:40]))
        self._scales.setVisible(bool(lines))

    def show_refusal(self, where: str, text: str) -> None:
        """Say at the part ("source", "split") why the last entry was not taken."""
        (self._source if where == "source" else self._split_form).show_refusal(text)

    def _split_edited(self, name: str, value: Value) -> None:
        if self._split is None:
            return
        try:
            self.splitEdited.emit(changed_split(self._split, name, value, self._row_count()))
        except FieldError as error:
            self._split_form.show_refusal(str(error))

    def _row_count(self) -> int:
        return self._picture.row_count()

    def _normalization_edited(self, name: str, value: str) -> None:
        self.normalizationEdited.emit(value)


def scale_lines(data: DataView) -> list[str]:
    """What the normalization found in the training part, a line per column or channel."""
    if not data.numbers:
        return []
    columns = zip(*(np.ravel(values).tolist() for _, values in data.numbers), strict=True)
    names = [name for name, _ in data.numbers]
    return [
        f"{feature}: " + ", ".join(f"{name} = {value:.6g}" for name, value in zip(names, values, strict=True))
        for feature, values in zip(data.feature_names, columns, strict=False)
    ]


def changed_split(split: SplitSpec, name: str, value: Value, rows: int) -> SplitSpec:
    """The split after one of its numbers was changed, kept whole: shares still sum to 1, and another mode says the same.

    The part that gives or takes is the test part, then the training part.

    Raises:
        engine.fields.FieldError: a share above 1.
    """
    if name == "mode" and value != split.mode:
        return _other_mode(split, rows)
    if name in ("seed", "shuffle", "stratify") or split.mode == "counts":
        return replace(split, **{name: value})  # type: ignore[arg-type]
    assert isinstance(value, (int, float))
    if value > 1:
        raise FieldError(f"A share is a fraction of all rows, at most 1, but is {value:g}.")
    parts = {part: float(getattr(split, part)) for part in ("train", "validation", "test")}
    parts[name] = float(value)
    for giver in ("test", "train", "validation"):
        if giver != name:
            parts[giver] = min(1.0, max(0.0, round(parts[giver] + 1 - sum(parts.values()), 10)))
    return replace(split, train=parts["train"], validation=parts["validation"], test=parts["test"])


def _other_mode(split: SplitSpec, rows: int) -> SplitSpec:
    if rows == 0:
        return replace(split, mode="counts" if split.mode == "shares" else "shares")
    if split.mode == "shares":
        train, validation = round(split.train * rows), round(split.validation * rows)
        return replace(split, mode="counts", train=train, validation=validation, test=rows - train - validation)
    total = split.train + split.validation + split.test
    train_share, validation_share = round(split.train / total, 4), round(split.validation / total, 4)
    rest = round(1 - train_share - validation_share, 10)
    return replace(split, mode="shares", train=train_share, validation=validation_share, test=max(0.0, rest))

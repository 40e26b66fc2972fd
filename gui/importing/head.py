"""How a file is read, where the guess may be wrong: encoding, separator and names of a text; which arrays are which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from engine.datasets.importing import Dialect, Options, Preview
from engine.datasets.importing.text import ENCODINGS, SEPARATOR_NAMES
from engine.datasets.importing.values import LAYOUTS, Layout
from gui.forms.field_editor import CalmComboBox


class Head(QWidget):
    """Shows what was found, and sends what people want instead."""

    optionsChanged = Signal(object)
    """Options: the file is to be looked through again with them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dialect = Dialect()
        self._preview: Preview | None = None
        self._encoding = _combo("Encoding", ENCODINGS, "How signs are stored as bytes")
        self._separator = _combo("Separator", tuple(SEPARATOR_NAMES.values()), "What stands between two cells")
        self._decimal = _combo("Decimal sign", ("point", "comma"), "1.5 or 1,5")
        self._header = QCheckBox("First line holds the names")
        self._features = _combo("Features", (), "The array that the network sees")
        self._targets = _combo("Labels", (), "The array that the network is to answer")
        self._layout = _combo(
            "Layout", LAYOUTS, "How the axes are understood: images get one channel; channels last are moved"
        )
        self._labels = QPushButton("Labels…")
        self._labels.setAutoDefault(False)
        self._labels.setToolTip("Choose the file with the labels: .npy or IDX")
        self._labels_name = QLabel()
        text = (self._encoding, self._separator, self._decimal)
        self._text = _row(*text, self._header)
        self._names = _row(self._features, self._targets)
        self._arrays = _row(self._names, self._layout)
        self._files = _row(self._labels, self._labels_name)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        for widget in (self._text, self._arrays, self._files):
            outer.addWidget(widget)
            widget.hide()
        outer.addStretch(1)
        for box in (*text, self._features, self._targets, self._layout):
            box.activated.connect(self._changed)
        self._header.clicked.connect(self._changed)
        self._labels.clicked.connect(self._choose_labels)

    def show_preview(self, preview: Preview) -> None:
        """What was found in the file."""
        self._preview, self._dialect = preview, preview.dialect
        self._text.setVisible(preview.format == "text")
        self._arrays.setVisible(bool(preview.arrays))
        several = preview.format == "npz"
        self._names.setVisible(bool(preview.arrays) and several)
        self._files.setVisible(preview.format in ("npy", "idx"))
        self._labels_name.setText(Path(preview.targets).name if preview.targets and not several else "no labels yet")
        names = [array.name for array in preview.arrays]
        shown = (
            (self._encoding, list(ENCODINGS), preview.dialect.encoding),
            (self._separator, list(SEPARATOR_NAMES.values()), SEPARATOR_NAMES.get(preview.dialect.separator, "comma")),
            (self._decimal, ["point", "comma"], "comma" if preview.dialect.decimal == "," else "point"),
            (self._features, names, preview.features),
            (self._targets, names, preview.targets),
            (self._layout, list(LAYOUTS), preview.layout),
        )
        for box, items, current in shown:
            with QSignalBlocker(box):
                box.clear()
                box.addItems(items)
                box.setCurrentText(current)
        with QSignalBlocker(self._header):
            self._header.setChecked(preview.dialect.header)

    def options(self) -> Options:
        """What the editors say now."""
        preview = self._preview
        if preview is None:
            return Options()
        if preview.format == "text":
            names = {name: sign for sign, name in SEPARATOR_NAMES.items()}
            return Options(
                replace(
                    self._dialect,
                    encoding=self._encoding.currentText(),
                    separator=names[self._separator.currentText()],
                    decimal="," if self._decimal.currentText() == "comma" else ".",
                    header=self._header.isChecked(),
                )
            )
        if preview.format == "npz" and preview.arrays:
            return Options(None, self._features.currentText(), self._targets.currentText(), self._chosen_layout())
        return Options(None, "", preview.targets, self._chosen_layout() if preview.arrays else None)

    def _chosen_layout(self) -> Layout:
        return next(layout for layout in LAYOUTS if layout == self._layout.currentText())

    def _changed(self) -> None:
        self.optionsChanged.emit(self.options())

    def _choose_labels(self) -> None:
        preview = self._preview
        if preview is None:
            return
        path, _ = QFileDialog.getOpenFileName(
            self, "Choose the file with the labels", str(Path(preview.path).parent), "All files (*)"
        )
        if path:
            self.optionsChanged.emit(replace(self.options(), targets=path))


def _combo(name: str, items: tuple[str, ...], tip: str) -> CalmComboBox:
    box = CalmComboBox()
    box.addItems(items)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box


def _row(*widgets: QWidget) -> QWidget:
    """Widgets side by side, combo boxes with their names before them."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for widget in widgets:
        if isinstance(widget, CalmComboBox):
            pair = QWidget()
            inside = QHBoxLayout(pair)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(4)
            label = QLabel(widget.accessibleName())
            label.setBuddy(widget)
            inside.addWidget(label)
            inside.addWidget(widget)
            layout.addWidget(pair)
        else:
            layout.addWidget(widget)
    return row

"""What the Data panel says of a file that the rows come from, and what can be done about it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.datasets import DATASETS, DataError
from engine.datasets.importing import plan_of
from engine.datasets.space import size_text
from engine.spec import Choice
from gui.forms.form import note
from gui.pump import Update


class FileSource(QWidget):
    """Name, roles and reading of the file; buttons to change them, to find the file elsewhere, to read it again."""

    changeRequested = Signal()
    locateRequested = Signal()
    againRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = note("")
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Reading the file")
        self._bar.setRange(0, 1000)
        self._bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        row = QHBoxLayout()
        for text, tip, signal in (
            ("Change…", "Columns, roles and missing values of this file", self.changeRequested),
            ("Locate…", "Choose the file where it lies now", self.locateRequested),
            ("Read again", "Read the file anew: it was moved back, or its disk is there again", self.againRequested),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)

    def show_source(self, source: Choice) -> None:
        """Show the file of this data source; of another kind nothing is shown."""
        own = source.kind in DATASETS and DATASETS[source.kind].from_file
        self.setVisible(own)
        if own:
            self._text.setText(file_text(source))
            self._text.setToolTip(str(source.get("path")))

    def show_update(self, update: Update) -> None:
        """How far the file was read."""
        if "progress" in update.changed:
            progress = update.progress
            self._bar.setVisible(progress is not None and progress.what == "data")
            if progress is not None:
                self._bar.setValue(round(1000 * progress.share))


def file_text(source: Choice) -> str:
    """The file in a few words."""
    try:
        plan = plan_of(source)
    except DataError as problem:
        return str(problem)
    parts = [f"{Path(plan.path).name}, {size_text(plan.size)}"]
    roles = Counter(use.role for use in plan.uses)
    if roles:
        parts.append(
            ", ".join(f"{count:,} {role}{'s' * (count > 1 and role != 'ignored')}" for role, count in roles.items())
        )
    if plan.format == "images":
        parts.append(f"{plan.channels} × {plan.height} × {plan.width} pixels")
    parts.append(f"asked for: {plan.target}")
    return "; ".join(parts)

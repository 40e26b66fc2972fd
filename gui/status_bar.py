"""The bottom line: how the steps are taken, how large network and data are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from gui.canvas.facts import short_count
from gui.forms.layer_panel import memory_text
from gui.pump import Update
from gui.run_view import amount

LOOP_TIP = "How steps are taken: by PyTorch's textbook loop, or traced, many in one call. The numbers are the same."


class StatusBar(QStatusBar):
    """The loop of the run, total parameters, memory, rows in each part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loop = self._label("Loop that takes the steps", "", permanent=False)
        self.parameters = self._label("Parameters", "Trainable numbers of the whole network: sum of p.numel().")
        self.products = self._label(
            "Multiply-adds",
            "Multiply-adds of all matrix products and convolutions for one sample on its way forward, counted by torch "
            "(FlopCounterMode, flops/2). Backward takes about twice as many; activations and normalizations are not counted.",
        )
        self.memory = self._label("Memory", "")
        self.rows = self._label("Rows", "Rows in the training, validation and test part of the data.")

    def show_update(self, update: Update) -> None:
        """What torch says of the network, and how the run's steps are taken."""
        if "status" in update.changed:
            status = update.status
            self.loop.setText(f"{status.path.capitalize()} loop" if status.has_run and status.path else "")
            self.loop.setToolTip(f"{LOOP_TIP}\n{status.path_reason}".strip())
        report = update.report
        if "report" not in update.changed or report is None:
            return
        self.parameters.setText(f"{report.total:,} parameters")
        total = report.total_multiply_adds
        self.products.setText(f"{short_count(total)} multiply-adds" if total else "")
        self.memory.setText(amount(report.bytes) if report.bytes else "")
        self.memory.setToolTip(
            f"Memory that training takes, estimated from the shapes, float32: {memory_text(report.total_memory)}."
        )
        train, validation, test = report.sizes
        self.rows.setText(f"{train:,} training · {validation:,} validation · {test:,} test rows" if train else "")

    def _label(self, name: str, tip: str, permanent: bool = True) -> QLabel:
        label = QLabel()
        label.setAccessibleName(name)
        label.setToolTip(tip)
        label.setTextFormat(Qt.TextFormat.PlainText)
        if permanent:
            self.addPermanentWidget(label)
        else:
            self.addWidget(label)
        return label

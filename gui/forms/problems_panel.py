"""Every issue of the network, one line each; a click goes to the layer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedLayout, QWidget

from engine.views import Issue
from gui.forms.form import note
from gui.pump import Update
from gui.theme.tokens import LIGHT, Theme

MARKS = {"error": "✕", "warning": "!"}


class ProblemsPanel(QWidget):
    """The list of what keeps the network from training, and of what PyTorch would let through silently."""

    issueActivated = Signal(str)
    """The node id of the issue, "" when it is about the whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._issues: tuple[Issue, ...] = ()
        self._list = QListWidget()
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName("Problems of the network")
        self._list.itemActivated.connect(self._activated)
        self._list.itemClicked.connect(self._activated)
        self._fine = note("No problems: the network, the loss and the data fit together.")
        self._fine.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._fine.setContentsMargins(16, 16, 16, 16)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._fine)
        self._stack.addWidget(self._list)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def show_update(self, update: Update) -> None:
        if "report" in update.changed and update.report is not None and update.report.issues != self._issues:
            self._issues = update.report.issues
            self._fill()

    def _fill(self) -> None:
        self._list.clear()
        for issue in self._issues:
            where = f"{issue.node}: " if issue.node and not issue.text.startswith(issue.node) else ""
            item = QListWidgetItem(f"{MARKS[issue.severity]}  {where}{issue.text}")
            item.setData(Qt.ItemDataRole.UserRole, issue.node)
            item.setToolTip(f"{issue.severity.capitalize()}. Click to go to the layer.")
            color = self._theme.problem if issue.severity == "error" else self._theme.warning
            item.setForeground(QBrush(QColor(color)))
            self._list.addItem(item)
        self._stack.setCurrentIndex(1 if self._issues else 0)

    def _activated(self, item: QListWidgetItem) -> None:
        self.issueActivated.emit(item.data(Qt.ItemDataRole.UserRole))

"""Every issue of the network, one row each with its fixes; a click on the sentence goes to the layer."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QListWidget, QListWidgetItem, QStackedLayout, QWidget

from engine.views import Issue
from gui.forms.fix_buttons import FixButtons
from gui.forms.form import note
from gui.pump import Update
from gui.theme.tokens import GRID, LIGHT, Theme

MARKS = {"error": "✕", "warning": "!"}
NARROW = 640
"""Pixels of a row below which its buttons stand under the sentence."""
SHOWN = 2
"""Fixes in a row; the layer's own panel shows the others."""


class ProblemsPanel(QWidget):
    """The list of what keeps the network from training, and of what PyTorch would let through silently."""

    issueActivated = Signal(str)
    """The node id of the issue, "" when it is about the whole."""
    fixRequested = Signal(object)
    """(Fix)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._issues: tuple[Issue, ...] = ()
        self._list = QListWidget()
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setAccessibleName("Problems of the network")
        self._list.itemActivated.connect(self._activated)
        self._list.itemClicked.connect(self._activated)
        self._fine = note("No problems: the network, the loss and the data fit together.")
        self._fine.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._fine.setContentsMargins(16, 16, 16, 16)
        self.rows: list[Row] = []
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._fine)
        self._stack.addWidget(self._list)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self.rows:
            row.show_theme(theme)

    def show_update(self, update: Update) -> None:
        if "report" in update.changed and update.report is not None and update.report.issues != self._issues:
            self._issues = update.report.issues
            self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fill(self) -> None:
        self._list.clear()
        self.rows = []
        for issue in self._issues:
            row = Row(issue)
            row.show_theme(self._theme)
            row.fixes.fixRequested.connect(self.fixRequested)
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, issue.node)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{issue.severity}: {row.sentence}")
            item.setToolTip(f"{issue.severity.capitalize()}. Click to go to the layer.")
            self._list.addItem(item)
            self._list.setItemWidget(item, row)
            self.rows.append(row)
        self._stack.setCurrentIndex(1 if self._issues else 0)
        self._fit()

    def _fit(self) -> None:
        """Rows as high as their sentences need at this width."""
        # The list has its width only after the stack laid it out; the panel's own is known at once.
        width = self.width() - self._list.verticalScrollBar().sizeHint().width() - 2 * GRID
        for index, row in enumerate(self.rows):
            self._list.item(index).setSizeHint(QSize(1, row.height_at(width)))

    def _activated(self, item: QListWidgetItem) -> None:
        self.issueActivated.emit(item.data(Qt.ItemDataRole.UserRole))


class Row(QWidget):
    """Mark and sentence, with the buttons beside them. Clicks that hit no button are the list's."""

    def __init__(self, issue: Issue) -> None:
        super().__init__()
        where = f"{issue.node}: " if issue.node and not issue.text.startswith(issue.node) else ""
        self.issue = issue
        self.sentence = f"{where}{issue.text}"
        self._label = QLabel(f"{MARKS[issue.severity]}  {self.sentence}")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setMinimumWidth(1)
        self._label.setProperty("role", "problem" if issue.severity == "error" else "warning")
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.fixes = FixButtons()
        self.fixes.show_fixes(issue.fixes, SHOWN)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self._box.setSpacing(GRID)
        self._box.addWidget(self._label, 1)
        self._box.addWidget(self.fixes)

    def show_theme(self, theme: Theme) -> None:
        """The colours come with the style sheet; a row made before it has to be polished again."""
        self._label.style().unpolish(self._label)
        self._label.style().polish(self._label)

    def height_at(self, width: int) -> int:
        """Pixels that the row needs at this width; in a narrow one the buttons go under the sentence."""
        for widget in (self._label, *self.fixes.buttons):
            widget.ensurePolished()  # sizes come with the style sheet, which a row that was not shown yet has not had
        narrow, room = width < NARROW, width - 2 * GRID
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        if not self.issue.fixes:
            return self._label.heightForWidth(room) + GRID
        buttons = self.fixes.sizeHint()
        if narrow:
            return self._label.heightForWidth(room) + buttons.height() + 3 * GRID
        return max(self._label.heightForWidth(max(80, room - GRID - buttons.width())), buttons.height()) + GRID

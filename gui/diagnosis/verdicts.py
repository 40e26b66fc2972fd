"""The list of verdicts: what is wrong, with which evidence, where, and the buttons that may mend it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QStackedLayout, QVBoxLayout, QWidget

from engine.diagnosis import VERDICTS, Verdict
from gui.forms.fix_buttons import FixButtons
from gui.forms.form import note
from gui.stepper.parts import plain_label
from gui.theme.tokens import GRID, LIGHT, Theme

HEALTHY = "No verdict: nothing about this run looks wrong so far."
LOOKED_FOR = "Looked for: " + ", ".join(entry.title[0].lower() + entry.title[1:] for entry in VERDICTS) + "."
LOOKED_FOR = LOOKED_FOR.replace("naN", "NaN")


ROOMY = 320
"""Pixels of a row from which on it also says from where on a verdict is said; the tool tip always does."""


class VerdictList(QWidget):
    """Like the Problems: a click goes to the layer, a button is one undoable edit."""

    layerPicked = Signal(str)
    fixRequested = Signal(object)
    """(Fix)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._verdicts: tuple[Verdict, ...] = ()
        self.rows: list[VerdictRow] = []
        self._list = QListWidget()
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setAccessibleName("Verdicts")
        self._list.itemActivated.connect(self._activated)
        self._list.itemClicked.connect(self._activated)
        fine = QWidget()
        column = QVBoxLayout(fine)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        self.fine = plain_label("good", HEALTHY)
        self.fine.setWordWrap(True)
        column.addWidget(self.fine)
        column.addWidget(note(LOOKED_FOR))
        column.addStretch(1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(fine)
        self._stack.addWidget(self._list)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self.rows:
            row.show_theme()

    def show_verdicts(self, verdicts: tuple[Verdict, ...]) -> None:
        """Rows are kept while the kinds of verdicts stay: their numbers move with every look, a button must not."""
        if verdicts == self._verdicts:
            return
        same = [(one.name, one.fixes) for one in verdicts] == [(one.name, one.fixes) for one in self._verdicts]
        self._verdicts = verdicts
        if same:
            for row, verdict in zip(self.rows, verdicts, strict=True):
                row.show_verdict(verdict)
        else:
            self._fill()
        for index, verdict in enumerate(verdicts):
            item = self._list.item(index)
            item.setData(Qt.ItemDataRole.UserRole, verdict.layers[0] if verdict.layers else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{verdict.title}: {verdict.text}")
            item.setToolTip(f"{verdict.threshold}\n{_go(verdict)}".strip())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fill(self) -> None:
        self._list.clear()
        self.rows = []
        for verdict in self._verdicts:
            row = VerdictRow(verdict)
            row.show_theme()
            row.fixes.fixRequested.connect(self.fixRequested)
            item = QListWidgetItem()
            self._list.addItem(item)
            self._list.setItemWidget(item, row)
            self.rows.append(row)
        self._stack.setCurrentIndex(1 if self._verdicts else 0)

    def _fit(self) -> None:
        """Rows as high as their sentences need at this width."""
        width = self.width() - self._list.verticalScrollBar().sizeHint().width() - GRID
        for index, row in enumerate(self.rows):
            self._list.item(index).setSizeHint(QSize(1, row.height_at(width)))

    def _activated(self, item: QListWidgetItem) -> None:
        place = item.data(Qt.ItemDataRole.UserRole)
        if place:
            self.layerPicked.emit(place)


class VerdictRow(QWidget):
    """Title with the place, evidence, buttons. Clicks that hit no button are the list's."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.title = plain_label("problem")
        self.text, self.why = plain_label(""), plain_label("small")
        self._labels: tuple[QLabel, ...] = (self.title, self.text, self.why)
        for label in self._labels:
            label.setWordWrap(True)
            label.setMinimumWidth(1)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.fixes = FixButtons()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(GRID, GRID, GRID, GRID)
        self._box.setSpacing(4)
        for widget in (self.title, self.text, self.fixes, self.why):
            self._box.addWidget(widget)
        self.show_verdict(verdict)

    def show_theme(self) -> None:
        """The colours come with the style sheet; a row made before it has to be polished again."""
        for label in self._labels:
            label.style().unpolish(label)
            label.style().polish(label)

    def show_verdict(self, verdict: Verdict) -> None:
        """Other numbers of the same verdict, or a new one."""
        where = f" · {', '.join(verdict.layers[:3])}" if verdict.layers else ""
        self.title.setText(f"!  {verdict.title}{where}")
        self.text.setText(verdict.text)
        self.why.setText(verdict.threshold)
        self.fixes.show_fixes(verdict.fixes)

    def height_at(self, width: int) -> int:
        """Pixels that the row needs at this width."""
        self.why.setVisible(width >= ROOMY)
        labels = self._labels if width >= ROOMY else self._labels[:2]
        for widget in (*labels, *self.fixes.buttons):
            widget.ensurePolished()  # sizes come with the style sheet, which a row that was not shown yet has not had
        room = max(80, width - 2 * GRID)
        height = sum(label.heightForWidth(room) + self._box.spacing() for label in labels) + 2 * GRID
        return height + (self.fixes.sizeHint().height() + self._box.spacing() if self.fixes.buttons else 0) + 2


def _go(verdict: Verdict) -> str:
    return "Click to go to the layer." if verdict.layers else ""

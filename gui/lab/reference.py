"""The words of the lab's language, with a search: what there is, how it is called, what it does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from engine.lab import words
from engine.lab.words import Word
from gui.stepper.parts import plain_label
from gui.theme.fonts import number_font

GROUPS: tuple[tuple[str, dict[str, Word]], ...] = (
    ("New tensors", words.CREATION),
    ("Element by element", words.ELEMENTWISE),
    ("Sums, means, and the like", words.REDUCTIONS),
    ("Matrices and shapes", words.MATRICES),
    ("Functions of neural networks, losses", words.FUNCTIONAL),
    ("Optimizers, loss objects, Jacobian", words.OWN),
    ("Methods in place", words.CHANGING),
    (
        "Other methods of a tensor",
        {name: word for name, word in words.TENSOR_METHODS.items() if name not in (*words.FUNCTIONS, *words.CHANGING)},
    ),
    ("Methods of an optimizer", words.OPTIMIZER_METHODS),
)
INTRODUCTION = (
    "A line gives a name a value, changes a tensor in place, calls a method, or prints. Signs: + − * / ** @ and comparisons. "
    "Blocks: with no_grad(): and for i in range(10):. Everything is read by the lab itself, nothing is run as Python."
)
_NAME = int(Qt.ItemDataRole.UserRole)
_CALL = _NAME + 1


class Reference(QDialog):
    """Stays open beside the window. Enter or a double click puts a word into the text."""

    wordPicked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("The words of the lab")
        self.setModal(False)
        self.resize(640, 560)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a word")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a word of the lab's language")
        self.list = QTreeWidget()
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(12)
        self.list.setAccessibleName("Words of the lab's language")
        self.list.setToolTip("Enter or a double click puts the word into the text")
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.call = plain_label("formula")
        self.call.setWordWrap(True)
        self.call.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._fill()
        self._arrange()
        self.search.textChanged.connect(self._search)
        self.list.itemActivated.connect(self._activated)
        self.list.currentItemChanged.connect(self._current_changed)

    def show_word(self, name: str) -> None:
        """Come forward with a word in front; one that is not there leaves all in sight."""
        self.search.clear()
        self.search.setText(name if _known(name) else "")
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def shown(self) -> list[str]:
        """The words that the search lets through."""
        return [str(item.data(0, _NAME)) for item in self._words() if not item.isHidden()]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
            self._activated(self.list.currentItem())
        else:
            super().keyPressEvent(event)

    def _words(self) -> list[QTreeWidgetItem]:
        tops = [self.list.topLevelItem(place) for place in range(self.list.topLevelItemCount())]
        return [top.child(place) for top in tops if top is not None for place in range(top.childCount())]

    def _search(self, text: str) -> None:
        wanted = text.strip().lower()
        best: QTreeWidgetItem | None = None
        for item in self._words():
            name = str(item.data(0, _NAME))
            found = wanted in f"{name} {item.text(1)}".lower()
            item.setHidden(not found)
            if found and wanted and (best is None or name == wanted):
                best = item
        for place in range(self.list.topLevelItemCount()):
            top = self.list.topLevelItem(place)
            if top is not None:
                top.setHidden(all(top.child(one).isHidden() for one in range(top.childCount())))
        if best is not None:
            self.list.setCurrentItem(best)
            self.list.scrollToItem(best)

    def _current_changed(self, item: QTreeWidgetItem | None) -> None:
        self.call.setText(str(item.data(0, _CALL) or "") if item is not None else "")
        self.call.setVisible(bool(self.call.text()))

    def _activated(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, _NAME)
        if name:
            self.wordPicked.emit(str(name))

    def _fill(self) -> None:
        code = number_font()
        for title, group in GROUPS:
            top = QTreeWidgetItem([title])
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            font = top.font(0)
            font.setBold(True)
            top.setFont(0, font)
            self.list.addTopLevelItem(top)
            top.setFirstColumnSpanned(True)
            for name, word in group.items():
                item = QTreeWidgetItem([name, word.help])
                item.setFont(0, code)
                item.setData(0, _NAME, name)
                for column in range(2):
                    item.setToolTip(column, f"{word.shown}\n{word.help}")
                item.setData(0, _CALL, word.shown)
                top.addChild(item)
            top.setExpanded(True)

    def _arrange(self) -> None:
        note = plain_label("note", INTRODUCTION)
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (note, self.search):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self.call)
        self.call.hide()


def _known(name: str) -> bool:
    return any(name in group for _, group in GROUPS)

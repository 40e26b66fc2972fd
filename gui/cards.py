"""Messages that do not stop the work: cards in the window's corner for failures, good news and unexpected errors."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.views import Failure, Notice
from gui.theme.fonts import number_font
from gui.theme.icons import icon, pixmap
from gui.theme.tokens import GRID, LIGHT, TEXT_SMALL, Theme

WIDTH = 440
NOTICE_MS = 8000
SHOWN = 3
"""Cards in sight at once; the others wait behind them and none is lost."""


class Card(QFrame):
    """One message: what, why, what to do, what is kept; details folded."""

    closed = Signal(object)
    """The card itself."""

    def __init__(self, message: Failure | Notice, theme: Theme) -> None:
        super().__init__()
        self.message = message
        self.count = 1
        self.setProperty("role", "card")
        self.setFixedWidth(WIDTH)
        self._mark = QLabel()
        self._counter = _text("", "small")
        self._counter.hide()
        self._close = QToolButton()
        self._close.setProperty("role", "quiet")
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close this message (Esc)")
        self._close.clicked.connect(self.dismiss)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID + 4)
        layout.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._title = _text(_what(message), "heading" if isinstance(message, Failure) else "")
        head.addWidget(self._title, 1)
        head.addWidget(self._counter, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        self._details = QPlainTextEdit()
        if isinstance(message, Failure):
            self._add_failure(layout, message)
        else:
            QTimer.singleShot(NOTICE_MS, self, self.dismiss)
        self.setAccessibleName(_what(message))
        self.show_theme(theme)

    def show_theme(self, theme: Theme) -> None:
        failed = isinstance(self.message, Failure)
        name, colour = ("error", theme.problem) if failed else ("check", theme.good)
        self._mark.setPixmap(pixmap(name, colour, 20, self.devicePixelRatioF()))
        self._close.setIcon(icon("close", theme))

    def repeat(self) -> None:
        """The same happened again."""
        self.count += 1
        self._counter.setText(f"{self.count} times")
        self._counter.show()

    def dismiss(self) -> None:
        self.closed.emit(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _add_failure(self, layout: QVBoxLayout, failure: Failure) -> None:
        for part in (failure.why, failure.todo, failure.kept):
            if part:
                layout.addWidget(_text(part, "note" if part == failure.kept else ""))
        if not failure.details:
            return
        self._details.setPlainText(failure.details)
        self._details.setReadOnly(True)
        self._details.setFont(number_font(TEXT_SMALL))
        self._details.setFixedHeight(140)
        self._details.setAccessibleName("Details of the message")
        self._details.hide()
        row = QHBoxLayout()
        self._fold = QPushButton("Details")
        self._fold.setCheckable(True)
        self._fold.setProperty("role", "quiet")
        self._fold.toggled.connect(self._unfold)
        copy = QPushButton("Copy details")
        copy.setProperty("role", "quiet")
        copy.clicked.connect(self._copy)
        row.addWidget(self._fold)
        row.addWidget(copy)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(self._details)

    def _unfold(self, on: bool) -> None:
        self._details.setVisible(on)
        self.adjustSize()

    def _copy(self) -> None:
        message = self.message
        assert isinstance(message, Failure)
        parts = (message.what, message.why, message.todo, message.kept, "", message.details)
        QGuiApplication.clipboard().setText("\n".join(parts))


class CardStack(QWidget):
    """The cards, newest at the bottom, in the lower right corner of `parent`, above everything else."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._theme: Theme = LIGHT
        self.cards: list[Card] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID)
        self.setAccessibleName("Messages")
        parent.installEventFilter(self)
        self.hide()

    def tell(self, message: Failure | Notice) -> None:
        """Show a message, or count it when the same is already there."""
        for card in self.cards:
            if _key(card.message) == _key(message):
                card.repeat()
                self._place()
                return
        card = Card(message, self._theme)
        card.closed.connect(self._remove)
        self.cards.append(card)
        self._layout.addWidget(card)
        self._place()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for card in self.cards:
            card.show_theme(theme)

    def focus_newest(self) -> None:
        """Let the keyboard reach the newest message."""
        if self.cards:
            self.cards[-1]._close.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _remove(self, card: Card) -> None:
        if card in self.cards:
            self.cards.remove(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
            self._place()

    def _place(self) -> None:
        for index, card in enumerate(reversed(self.cards)):
            card.setVisible(index < SHOWN)
        self.setVisible(bool(self.cards))
        if not self.cards:
            return
        parent = self._parent
        size = QSize(WIDTH, self._layout.totalHeightForWidth(WIDTH))
        if size.height() <= 0:
            size = self._layout.totalSizeHint()
        self.setGeometry(
            parent.width() - WIDTH - 2 * GRID, parent.height() - size.height() - 5 * GRID, WIDTH, size.height()
        )
        self.raise_()


def _text(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # the text may come out of a file
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


def _what(message: Failure | Notice) -> str:
    return message.what if isinstance(message, Failure) else message.text


def _key(message: Failure | Notice) -> tuple[str, ...]:
    if isinstance(message, Notice):
        return (message.text,)
    # The line that failed and the error say whether two unexpected errors are the same.
    return (message.what, message.why, *message.details.strip().splitlines()[-4:])

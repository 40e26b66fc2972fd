"""Whatever goes wrong anywhere becomes one card, and the application goes on."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.views import Failure, Notice
from gui.cards import SHOWN, Card, CardStack
from gui.errors import Hooks, place


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Hooks]:
    hooks = Hooks(tmp_path)
    earlier = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    hooks.install()
    yield hooks
    hooks.remove()
    assert earlier == (sys.excepthook, threading.excepthook, sys.unraisablehook)


def error(text: str) -> ValueError:
    try:
        raise ValueError(text)
    except ValueError as problem:
        return problem


def test_an_uncaught_exception_is_reported_in_plain_words(hooks: Hooks, tmp_path: Path) -> None:
    problem = error("boom")
    sys.excepthook(ValueError, problem, problem.__traceback__)
    (failure,) = hooks.take()
    assert failure.what == "Something unexpected happened in the window."
    assert failure.kept == "Your project is still open."
    assert "ValueError: boom" in failure.details
    assert "Python 3" in failure.details
    assert list(hooks.take()) == []
    assert "ValueError: boom" in (tmp_path / "chainrule.log").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_in_a_thread_is_reported(hooks: Hooks) -> None:
    thread = threading.Thread(target=error_in_thread)
    thread.start()
    thread.join()
    (failure,) = hooks.take()
    assert "RuntimeError: in a thread" in failure.details


def error_in_thread() -> None:
    raise RuntimeError("in a thread")


class Unraisable:
    def __del__(self) -> None:
        raise KeyError("in a destructor")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_cannot_be_raised_is_reported(hooks: Hooks) -> None:
    Unraisable()
    gc.collect()
    (failure,) = hooks.take()
    assert "in a destructor" in failure.details


def test_only_severe_messages_of_qt_become_cards(hooks: Hooks, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "chainrule"):
        hooks._qt_message(QtMsgType.QtWarningMsg, QMessageLogContext(), "a thing to know")
        hooks._qt_message(QtMsgType.QtWarningMsg, QMessageLogContext(), "This plugin does not support resizing")
        hooks._qt_message(QtMsgType.QtCriticalMsg, QMessageLogContext(), "a broken thing")
    assert [failure.why for failure in hooks.take()] == ["a broken thing"]
    assert [record.getMessage() for record in caplog.records] == ["Qt: a thing to know", "Qt: a broken thing"]


def test_the_place_is_the_innermost_of_our_frames() -> None:
    from engine.examples import example

    try:
        example("nothing of that name")
    except KeyError as problem:
        assert place(problem.__traceback__) == "the engine"
    assert place(None) == "the window"


@pytest.fixture
def stack(qtbot: QtBot) -> CardStack:
    window = QWidget()
    window.resize(900, 700)
    qtbot.addWidget(window)
    stack = CardStack(window)
    window.show()
    return stack


FAILURE = Failure("It did not work.", "The disk is full.", "Free some space.", "Nothing was changed.", "line 1\nline 2")


def test_a_card_says_what_why_what_to_do_and_what_is_kept(stack: CardStack) -> None:
    stack.tell(FAILURE)
    (card,) = stack.cards
    texts = [label.text() for label in card.findChildren(QLabel)]
    for part in (FAILURE.what, FAILURE.why, FAILURE.todo, FAILURE.kept):
        assert part in texts
    assert all(
        label.textFormat() is Qt.TextFormat.PlainText for label in card.findChildren(QLabel) if label.pixmap().isNull()
    )
    assert stack.isVisible()
    assert stack.geometry().right() <= 900
    assert stack.geometry().bottom() <= 700


def test_details_are_folded_and_can_be_copied(qtbot: QtBot, stack: CardStack) -> None:
    stack.tell(FAILURE)
    (card,) = stack.cards
    details, copy = (
        next(b for b in card.findChildren(QPushButton) if b.text() == t) for t in ("Details", "Copy details")
    )
    assert not card._details.isVisible()
    qtbot.mouseClick(details, Qt.MouseButton.LeftButton)
    assert card._details.isVisible()
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert all(part in text for part in ("It did not work.", "The disk is full.", "line 2"))


def test_the_same_again_is_counted_not_stacked(stack: CardStack) -> None:
    for _ in range(3):
        stack.tell(FAILURE)
    stack.tell(Failure("Another thing."))
    assert [card.count for card in stack.cards] == [3, 1]
    assert "3 times" in [label.text() for label in stack.cards[0].findChildren(QLabel)]


def test_more_cards_than_fit_wait_and_none_is_lost(qtbot: QtBot, stack: CardStack) -> None:
    for number in range(SHOWN + 2):
        stack.tell(Failure(f"Number {number}."))
    assert sum(card.isVisible() for card in stack.cards) == SHOWN
    while stack.cards:
        before: Card = stack.cards[-1]
        qtbot.keyClick(before, Qt.Key.Key_Escape)
        assert before not in stack.cards
    assert not stack.isVisible()


def test_good_news_goes_by_itself(qtbot: QtBot, stack: CardStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.cards.NOTICE_MS", 20)
    stack.tell(Notice("Saved."))
    assert len(stack.cards) == 1
    qtbot.waitUntil(lambda: not stack.cards)

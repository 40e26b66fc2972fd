"""The editing controller: names of undo steps, selection of what is new, refusals in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from engine.examples import example
from engine.spec import LinkSpec
from gui.canvas.palette import PalettePanel
from gui.canvas.panel import CanvasPanel
from gui.controllers.editing import EditingController
from gui.store import Store


class Parts(QObject):
    """Store, canvas and controller, not shown."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self.store = Store(example("digits"), self)
        canvas, palette = CanvasPanel(), PalettePanel()
        for widget in (canvas, palette):
            qtbot.addWidget(widget)
        self.canvas, self.palette = canvas, palette
        canvas.show_project(None, self.store.project)
        self.controller = EditingController(self.store, canvas, palette, self)
        self.refused: list[str] = []
        self.controller.refused.connect(self.refused.append)


@pytest.fixture
def parts(qtbot: QtBot) -> Parts:
    return Parts(qtbot)


LINK = LinkSpec("linear_1", "relu_1")


@pytest.mark.parametrize(
    ("wish", "name", "selected"),
    [
        (lambda i: i.addRequested.emit("conv2d", 0.0, 0.0), "Add Conv2d", ("conv2d_1",)),
        (lambda i: i.growRequested.emit("tanh", "relu_1", 0.0, 0.0), "Add Tanh", ("tanh_1",)),
        (lambda i: i.appendRequested.emit("tanh"), "Add Tanh", ("tanh_1",)),
        (lambda i: i.insertRequested.emit("tanh", LINK, 0.0, 0.0), "Insert Tanh", ("tanh_1",)),
        (lambda i: i.connectRequested.emit("linear_1", "linear_2", None), "Connect linear_1 → linear_2", ()),
        (lambda i: i.reconnectRequested.emit(LINK, "dropout_1", None), "Connect linear_1 → dropout_1", ()),
        (lambda i: i.disconnectRequested.emit(LINK), "Disconnect linear_1 → relu_1", ()),
        (lambda i: i.isolateRequested.emit(("relu_1",)), "Disconnect relu_1", ()),
        (lambda i: i.moveRequested.emit({"relu_1": (1.0, 2.0)}), "Move relu_1", ()),
        (
            lambda i: i.moveRequested.emit(dict.fromkeys("abcd", (1.0, 2.0)) | {"relu_1": (1.0, 2.0)}),
            "Move 5 layers",
            (),
        ),
        (lambda i: i.removeRequested.emit(("relu_1", "dropout_1")), "Delete relu_1, dropout_1", ()),
        (lambda i: i.reorderRequested.emit(LINK, "dropout_1"), "Move dropout_1 between linear_1 and relu_1", ()),
        (lambda i: i.shiftRequested.emit("relu_1", 1), "Move relu_1 later", ()),
        (lambda i: i.shiftRequested.emit("relu_1", -1), "Move relu_1 earlier", ()),
        (lambda i: i.duplicateRequested.emit(("relu_1",)), "Duplicate relu_1", ("relu_2",)),
        (lambda i: i.renameRequested.emit("relu_1", "act"), "Rename relu_1", ("act",)),
    ],
)
def test_each_wish_is_one_named_undo_step(
    parts: Parts, wish: Callable[[object], None], name: str, selected: tuple[str, ...]
) -> None:
    wish(parts.canvas.intents)
    assert parts.store.undo_name == name
    assert parts.store.selection == selected
    assert parts.refused == []
    parts.store.undo()
    assert parts.store.project == example("digits")
    assert parts.store.undo_name == ""


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (lambda i: i.connectRequested.emit("relu_1", "linear_1", None), "would close a cycle"),
        (lambda i: i.connectRequested.emit("output", "relu_1", None), "no arrow can leave it"),
        (lambda i: i.connectRequested.emit("relu_1", "input", None), "no arrow can enter it"),
        (lambda i: i.addRequested.emit("output", 0.0, 0.0), "cannot be added again"),
        (lambda i: i.renameRequested.emit("relu_1", "linear_1"), "already taken"),
        (lambda i: i.renameRequested.emit("relu_1", "a b"), "cannot be a name"),
        (lambda i: i.reorderRequested.emit(LINK, "relu_1"), "already stands at this arrow"),
        (lambda i: i.shiftRequested.emit("linear_1", -1), "at the start of its chain"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    parts: Parts, wish: Callable[[object], None], said: str
) -> None:
    wish(parts.canvas.intents)
    assert len(parts.refused) == 1 and said in parts.refused[0]
    assert parts.store.undo_name == ""


def test_arranging_what_is_tidy_is_no_edit(parts: Parts) -> None:
    parts.canvas.intents.arrangeRequested.emit()
    assert parts.store.undo_name == ""
    parts.store.select(("relu_1",))
    parts.canvas.intents.moveRequested.emit({"relu_1": (17.0, 300.0)})
    parts.palette.appendRequested.emit("tanh")
    parts.canvas.intents.arrangeRequested.emit()
    assert parts.store.undo_name == "Arrange"
    assert {node.y for node in parts.store.project.network.nodes} == {0.0}

"""What a person does with mouse and keyboard, on what is really on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListWidget, QTableView, QWidget
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot

from engine.views import RunStatus
from gui.forms.field_editor import FieldEditor
from gui.start_page import ExampleCard
from gui.workbench import Workbench
from tests.windows import until

LEFT, NONE, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


class Hands:
    """One person at one window. Counts the clicks."""

    def __init__(self, qtbot: QtBot, bench: Workbench) -> None:
        self.qtbot = qtbot
        self.bench = bench
        self.clicks = 0

    @property
    def status(self) -> RunStatus:
        return self.bench.running.status

    def wait(self, condition: object) -> None:
        try:
            until(self.qtbot, condition)  # type: ignore[arg-type]
        except TimeoutError as error:
            raise AssertionError(f"the window says {[card.message for card in self.bench.cards.cards]}") from error

    def click(self, widget: QWidget, at: QPoint | None = None, keys: Qt.KeyboardModifier = NONE) -> None:
        """A left click in the middle of a widget that can be seen, or at a place on it."""
        assert widget.isVisible() and widget.isEnabled(), widget
        self.clicks += 1
        QTest.mouseClick(widget, LEFT, keys, at if at is not None else widget.rect().center())

    def button(self, text: str, where: QWidget | None = None) -> QAbstractButton:
        """The one visible button with this text."""
        found = [
            button
            for button in (where or self.bench.window).findChildren(QAbstractButton)
            if button.isVisible() and text in (button.text().replace("&", ""), button.accessibleName())
        ]
        assert len(found) == 1, f"{len(found)} buttons “{text}”"
        return found[0]

    def press(self, text: str, where: QWidget | None = None) -> None:
        """Click the button with this text."""
        self.click(self.button(text, where))

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """A key for whatever has the keyboard."""
        QTest.keyClick(QApplication.focusWidget() or self.bench.window, key, keys)

    def menu(self, *path: str) -> None:
        """Walk through the menus with the mouse."""
        window = self.bench.window
        bar = window.menuBar()
        place = next(bar.actionGeometry(one) for one in bar.actions() if one.text().replace("&", "") == path[0])
        self.click(bar, place.center())
        # Not action.menu(): PySide gives its answer to the action's wrapper, and both die together.
        menu = window.menus[path[0]]
        for text in path[1:]:
            assert menu.isVisible(), text
            action = next(one for one in menu.actions() if one.text().replace("&", "").startswith(text))
            assert action.isEnabled(), text
            target = menu.actionGeometry(action).center()
            for step in range(8):  # a menu takes a click only from a mouse that came to it
                _move(menu, target - QPoint(8 - step, 0))
            self.click(menu, target)
            menu = window.menus.get(text, menu)
        if not menu.isVisible():  # where there is no window manager, nobody gives the keyboard back
            window.activateWindow()
            self.wait(window.isActiveWindow)

    def choose_example(self, title: str) -> None:
        """Start page, one card."""
        self.press("Start")
        card = next(one for one in self.bench.start.findChildren(ExampleCard) if one.accessibleName() == title)
        self.wait(card.isVisible)
        self.click(card)
        self.wait(lambda: self.bench.running.report is not None and self.fresh())

    def fresh(self) -> bool:
        """Whether torch's report is of the present project."""
        report = self.bench.running.report
        return report is not None and report.project is self.bench.store.project

    def add_layer(self, title: str) -> str:
        """Double-click a layer in the palette; returns the new layer's id."""
        before = {node.id for node in self.bench.store.project.network.nodes}
        layers: QListWidget = self.bench.window.docks["palette"].findChild(QListWidget)  # type: ignore[assignment]
        item = layers.findItems(title, Qt.MatchFlag.MatchExactly)[0]
        layers.scrollToItem(item)
        place = layers.visualItemRect(item).center()
        QTest.mouseClick(layers.viewport(), LEFT, NONE, place)
        QTest.mouseDClick(layers.viewport(), LEFT, NONE, place)
        QTest.mouseRelease(layers.viewport(), LEFT, NONE, place)
        self.clicks += 2
        (new,) = {node.id for node in self.bench.store.project.network.nodes} - before
        return new

    def pick_layer(self, node_id: str) -> None:
        """Click a layer on the canvas."""
        node = self.bench.store.project.network.node(node_id)
        view = self.bench.canvas.view
        self.click(view.viewport(), view.mapFromScene(QPointF(node.x, node.y)))
        assert self.bench.store.selection == (node_id,)

    def type_value(self, dock: str, field: str, text: str) -> None:
        """Type a number into a form and press Enter."""
        panel = self.bench.window.docks[dock]
        panel.raise_()
        self.wait(lambda: len(_editors(panel, field)) == 1)
        target = _editors(panel, field)[0].focusProxy()
        target.setFocus()
        QTest.keyClick(target, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(target, text)
        QTest.keyClick(target, Qt.Key.Key_Return)


def _move(widget: QWidget, at: QPoint) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        widget.mapToGlobal(QPointF(at)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        NONE,
    )
    QApplication.sendEvent(widget, event)


def _editors(panel: QWidget, field: str) -> list[FieldEditor]:
    return [one for one in panel.findChildren(FieldEditor) if one.field.name == field and one.isVisible()]


def table_texts(table: QTableView) -> list[list[str]]:
    """All that stands in a table, as it is shown."""
    model = table.model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]

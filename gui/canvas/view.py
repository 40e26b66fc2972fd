"""The view of the canvas: it hands mouse, keys and drops to the gesture that is theirs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from gui.canvas.commands import Commands
from gui.canvas.desk import Desk, Place, Pointer
from gui.canvas.drops import Drop, kind_of
from gui.canvas.edge_scroll import EdgeScroll
from gui.canvas.fixing import fix_at
from gui.canvas.gestures import Gesture, Pan
from gui.canvas.ground import Ground
from gui.canvas.intents import Intents
from gui.canvas.key_arrow import KeyArrow
from gui.canvas.keys import HELP, Keys
from gui.canvas.menus import Menus
from gui.canvas.pick import begin, hover
from gui.canvas.scene import NetworkScene

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class NetworkView(Ground):
    """At most one gesture at a time; Escape, another project or the loss of the focus end it."""

    def __init__(self, scene: NetworkScene, intents: Intents, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self._gesture: Gesture | None = None
        self._drop: Drop | None = None
        self._space = self._tapped = False
        self.desk = Desk(scene, self.camera, intents, self)
        self.commands = Commands(self.desk, self)
        self._edge = EdgeScroll(self.camera, self)
        self._edge.scrolled.connect(self._scrolled)
        self._keys = Keys(self.desk, self.commands)
        self._menus = Menus(self.desk, self.commands, self)
        self.commands.connectWanted.connect(self._connect_by_keys)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName("Network canvas")
        self.setWhatsThis(HELP)

    @property
    def gesture(self) -> Gesture | None:
        return self._gesture

    def end_gesture(self) -> None:
        """Take back what a gesture shows."""
        if self._gesture is not None:
            self._gesture.cancel()
            self._gesture = None
        self._edge.stop()
        self.viewport().unsetCursor()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.end_gesture()
        pointer = self._pointer(event.position().toPoint(), event.modifiers())
        if event.button() == MIDDLE or (event.button() == LEFT and self._space):
            self._tapped = False
            self._gesture = Pan(self.desk, pointer)
        elif event.button() == LEFT:
            self._gesture = begin(self.desk, pointer)
        if self._gesture is not None:
            self.viewport().setCursor(self._gesture.cursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event.position().toPoint(), event.modifiers())
        if self._gesture is not None:
            self._gesture.moved(pointer)
            if self._gesture.scrolls and self._gesture.dragged:
                self._edge.follow(pointer.screen, self.viewport().width(), self.viewport().height())
        else:
            hover(self.desk, pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        self._edge.stop()
        self.viewport().unsetCursor()
        if gesture is not None:
            gesture.release(self._pointer(event.position().toPoint(), event.modifiers()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event.position().toPoint(), event.modifiers())
        if event.button() != LEFT or fix_at(self.desk, pointer.scene) is not None:
            return
        if self.desk.scene.groups.at(pointer.scene) is not None:
            self.commands.blocks.fold()
        elif self.desk.scene.node_at(pointer.scene):
            self.commands.edit()
        else:
            link = self.desk.scene.link_at(pointer.scene)
            self.desk.layerWanted.emit(Place(pointer.scene.x(), pointer.scene.y(), link), pointer.screen)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.end_gesture()
        at = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.desk.selection:
            at = self.mapFromScene(self.desk.scene.groups.item_of(self.desk.selection[-1]).pos())
        self._menus.open(self._pointer(at))

    def event(self, event: QEvent) -> bool:
        """While the canvas has the focus its keys come before those of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            wanted = self._gesture is not None or self._keys.command(event) is not None
            event.setAccepted(wanted)
            return wanted or super().event(event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._gesture is not None:
            self._gesture_key(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.desk.select(())
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._space = self._tapped = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif (command := self._keys.command(event)) is not None:
            command()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat() or not self._space:
            super().keyReleaseEvent(event)
            return
        self._space = False
        self.viewport().unsetCursor()
        if self._tapped:  # nothing was pushed: the key was meant for the window, where it plays and pauses
            QCoreApplication.sendEvent(self.window(), QKeyEvent(QEvent.Type.KeyPress, event.key(), event.modifiers()))

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes from layer to layer, and behind the last one to the next widget."""
        if isinstance(self._gesture, KeyArrow):
            return True
        return self.commands.go_next(1 if next else -1) or super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        kind = kind_of(event.mimeData())
        if not kind:
            event.ignore()
            return
        self.end_gesture()
        self._drop = Drop(self.desk, kind)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._drop is not None:
            at = event.position().toPoint()
            self._drop.move(self.mapToScene(at))
            self._edge.follow(at, self.viewport().width(), self.viewport().height())
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        drop, self._drop = self._drop, None
        self._edge.stop()
        if drop is not None:
            drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        drop, self._drop = self._drop, None
        self._edge.stop()
        if drop is not None:
            drop.drop(self.mapToScene(event.position().toPoint()))
            event.acceptProposedAction()
            self.setFocus()

    def _scrolled(self, at: QPoint) -> None:
        """The canvas moved under what is dragged."""
        if self._gesture is not None:
            self._gesture.moved(self._pointer(at, QApplication.keyboardModifiers()))
        elif self._drop is not None:
            self._drop.move(self.mapToScene(at))

    def _gesture_key(self, event: QKeyEvent) -> None:
        gesture = self._gesture
        if event.key() == Qt.Key.Key_Escape:
            self.end_gesture()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(gesture, KeyArrow):
            self._gesture = None
            gesture.connect_now()
        elif gesture is not None:
            gesture.key(event)

    def _connect_by_keys(self, source: str) -> None:
        gesture = KeyArrow(self.desk, source)
        if gesture.possible:
            self._gesture = gesture
            gesture.begin()
        else:
            self.desk.say(f"There is no layer that an arrow from {source} could enter.")

    def _pointer(self, at: QPoint, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> Pointer:
        return Pointer(self.mapToScene(at), at, keys)

"""The keys of the canvas, in one table. They hold while the canvas has the focus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.canvas.commands import Commands
from gui.canvas.desk import Desk
from gui.canvas.fixing import fix_selected
from gui.canvas.weighing import edit_weights

Key = Qt.Key
_NONE, _CTRL, _SHIFT, _ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
_ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
# "+" needs Shift on some keyboards and none on others.
_TYPED = (Key.Key_Plus, Key.Key_Period)
_MEANT = _CTRL | _SHIFT | _ALT

HELP = (
    "Arrow keys or Tab follow the arrows, Enter edits the selected layer. Insert or + adds a layer behind the selected one, C draws an arrow from it. "
    "Delete removes, Ctrl+D duplicates, Ctrl+C and Ctrl+V copy and paste, F2 renames. "
    "Ctrl+Shift+Left and Right move a layer in its chain, Alt+arrows on the canvas. F fits the network into the view. "
    "W edits the weights of the selected layer, Ctrl+. fixes its problem. Ctrl+G makes a block of the selected layers, Ctrl+E folds and unfolds it, "
    "Ctrl+Shift+G takes it apart."
)


class Keys:
    """Which command a key means."""

    def __init__(self, desk: Desk, commands: Commands) -> None:
        self._table: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
            (Key.Key_Delete, _NONE): commands.remove,
            (Key.Key_Backspace, _NONE): commands.remove,
            (Key.Key_D, _CTRL): commands.duplicate,
            (Key.Key_C, _CTRL): commands.copy,
            (Key.Key_X, _CTRL): commands.cut,
            (Key.Key_V, _CTRL): commands.paste,
            (Key.Key_A, _CTRL): commands.select_all,
            (Key.Key_G, _CTRL): commands.blocks.group,
            (Key.Key_G, _CTRL | _SHIFT): commands.blocks.ungroup,
            (Key.Key_E, _CTRL): commands.blocks.fold,
            (Key.Key_F2, _NONE): commands.rename,
            (Key.Key_Return, _NONE): commands.edit,
            (Key.Key_Enter, _NONE): commands.edit,
            (Key.Key_Insert, _NONE): commands.add_behind,
            (Key.Key_Plus, _NONE): commands.add_behind,
            (Key.Key_C, _NONE): commands.connect_from,
            (Key.Key_F, _NONE): commands.fit,
            (Key.Key_W, _NONE): partial(edit_weights, desk),
            (Key.Key_Period, _NONE): commands.fit_selection,
            (Key.Key_Period, _CTRL): partial(fix_selected, desk),
            (Key.Key_Plus, _CTRL): desk.camera.zoom_in,
            (Key.Key_Equal, _CTRL): desk.camera.zoom_in,
            (Key.Key_Minus, _CTRL): desk.camera.zoom_out,
            (Key.Key_0, _CTRL): desk.camera.actual,
            (Key.Key_Left, _CTRL | _SHIFT): partial(commands.shift, -1),
            (Key.Key_Right, _CTRL | _SHIFT): partial(commands.shift, 1),
        }
        for key, (dx, dy) in _ARROWS.items():
            self._table[key, _NONE] = partial(commands.go, dx, dy)
            self._table[key, _ALT] = partial(commands.line_up.nudge, dx, dy)

    def command(self, event: QKeyEvent) -> Callable[[], object] | None:
        """What the key means, None when it means nothing here."""
        key = Qt.Key(event.key())
        keys = event.modifiers() & _MEANT
        if key in _TYPED:
            keys = keys & ~_SHIFT
        return self._table.get((key, keys))

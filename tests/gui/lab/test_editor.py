"""The editor under real keys, mouse and wheel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence, QMouseEvent, QTextCursor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from gui.lab.editor import LabEditor
from gui.lab.margin import LARGEST, SMALLEST
from gui.lab.panel import LabPanel
from gui.lab.scrub import PIXELS
from gui.theme.tokens import DARK, LIGHT, TEXT_NORMAL

ALT, SHIFT, CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NONE = Qt.KeyboardModifier.NoModifier


def put(editor: LabEditor, text: str, position: int = 0) -> None:
    editor.put(text)
    cursor = editor.textCursor()
    cursor.setPosition(position)
    editor.setTextCursor(cursor)


def at(editor: LabEditor, position: int) -> QPointF:
    """Where a character is on the viewport."""
    cursor = QTextCursor(editor.document())
    cursor.setPosition(position)
    return QPointF(editor.cursorRect(cursor).center())


def mouse(editor: LabEditor, kind: QEvent.Type, place: QPointF, keys: Qt.KeyboardModifier = ALT) -> None:
    left = Qt.MouseButton.LeftButton
    view = editor.viewport()
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(kind, place, view.mapToGlobal(place), left, held, keys)
    QApplication.sendEvent(view, event)


def test_return_keeps_the_indentation_and_tab_is_four_spaces(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "")
    QTest.keyClicks(editor, "with no_grad():")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "w -= 1")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "x")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text == "with no_grad():\n    w -= 1\n    x   "
    QTest.keyClick(editor, Qt.Key.Key_Backtab, SHIFT)
    assert editor.text.split("\n")[2] == "x   "
    QTest.keyClick(editor, Qt.Key.Key_A, CTRL)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.text == "    with no_grad():\n        w -= 1\n    x   "
    QTest.keySequence(editor, QKeySequence(QKeySequence.StandardKey.Undo))
    assert editor.text == "with no_grad():\n    w -= 1\nx   "


def test_alt_and_arrows_move_the_number_at_the_cursor(panel: LabPanel, qtbot) -> None:
    editor = panel.editor
    put(editor, "x = tensor(2.0)\ny = 3*x**2", 12)
    with qtbot.waitSignal(panel.runAsked, timeout=1000):
        QTest.keyClick(editor, Qt.Key.Key_Down, ALT)
    assert editor.text.startswith("x = tensor(1.9)\n")
    QTest.keyClick(editor, Qt.Key.Key_Down, ALT | SHIFT)
    assert editor.text.startswith("x = tensor(0.9)\n")
    for _ in range(10):
        QTest.keyClick(editor, Qt.Key.Key_Down, ALT)
    assert editor.text.startswith("x = tensor(-0.1)\n")
    QTest.keyClick(editor, Qt.Key.Key_Up, ALT)
    assert editor.text.startswith("x = tensor(0.0)\n")
    put(editor, "y = 3*x", 7)  # nothing under the cursor: the nearest of the line
    QTest.keyClick(editor, Qt.Key.Key_Up, ALT)
    assert editor.text == "y = 4*x"
    put(editor, "y = x", 2)
    QTest.keyClick(editor, Qt.Key.Key_Up, ALT)
    assert editor.text == "y = x"


def test_a_number_is_dragged_through_zero_in_one_undo_step(panel: LabPanel, qtbot) -> None:
    editor = panel.editor
    put(editor, "x = tensor(0.2)")
    start = at(editor, 12)
    runs = []
    panel.runAsked.connect(lambda: runs.append(editor.text))
    mouse(editor, QEvent.Type.MouseButtonPress, start)
    for steps in (-1, -2, -3):
        mouse(editor, QEvent.Type.MouseMove, start + QPointF(steps * PIXELS, 0))
    mouse(editor, QEvent.Type.MouseButtonRelease, start + QPointF(-3 * PIXELS, 0))
    assert runs == ["x = tensor(0.1)", "x = tensor(0.0)", "x = tensor(-0.1)"]
    QTest.keySequence(editor, QKeySequence(QKeySequence.StandardKey.Undo))
    assert editor.text == "x = tensor(0.2)"


def test_escape_takes_a_drag_back(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "x = tensor(0.2)")
    start = at(editor, 12)
    mouse(editor, QEvent.Type.MouseButtonPress, start)
    mouse(editor, QEvent.Type.MouseMove, start + QPointF(5 * PIXELS, 0))
    assert editor.text == "x = tensor(0.7)"
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.text == "x = tensor(0.2)"
    mouse(editor, QEvent.Type.MouseMove, start + QPointF(9 * PIXELS, 0))
    assert editor.text == "x = tensor(0.2)"


def test_a_drag_without_alt_only_selects(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "x = tensor(0.2)")
    start = at(editor, 4)
    mouse(editor, QEvent.Type.MouseButtonPress, start, NONE)
    mouse(editor, QEvent.Type.MouseMove, at(editor, 10), NONE)
    mouse(editor, QEvent.Type.MouseButtonRelease, at(editor, 10), NONE)
    assert editor.text == "x = tensor(0.2)" and editor.textCursor().selectedText() == "tensor"


def test_alt_and_the_wheel_move_the_number_under_the_mouse(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "y = 3*x**2")
    view = editor.viewport()
    for place, turn in ((5, QPoint(0, 120)), (5, QPoint(120, 0)), (10, QPoint(0, -120)), (7, QPoint(0, 120))):
        where = at(editor, place)
        event = QWheelEvent(
            where,
            view.mapToGlobal(where),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            ALT,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)
    assert editor.text == "y = 5*x**1"


def test_letters_for_a_projector(panel: LabPanel) -> None:
    editor = panel.editor
    QTest.keyClick(editor, Qt.Key.Key_Plus, CTRL)
    assert editor.pixels == panel.printed.pixels == TEXT_NORMAL + 1
    assert editor.fontInfo().pixelSize() == TEXT_NORMAL + 1
    for _ in range(60):
        QTest.keyClick(editor, Qt.Key.Key_Equal, CTRL)
    assert editor.pixels == LARGEST
    wide = editor.margin.width()
    for _ in range(90):
        QTest.keyClick(editor, Qt.Key.Key_Minus, CTRL)
    assert editor.pixels == SMALLEST and editor.margin.width() < wide


def test_ctrl_return_runs_and_escape_leaves(panel: LabPanel, qtbot) -> None:
    put(panel.editor, "x = 1")
    with qtbot.waitSignal(panel.runAsked, timeout=1000):
        QTest.keyClick(panel.editor, Qt.Key.Key_Return, CTRL)
    assert panel.text == "x = 1"
    QTest.keyClick(panel.editor, Qt.Key.Key_Escape)
    assert panel.results.table.hasFocus()


def tip(editor: LabEditor, widget: object, place: QPoint) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, place, editor.mapToGlobal(place))
    QApplication.sendEvent(widget, event)  # type: ignore[arg-type]
    return QToolTip.text()


def test_tips_of_marks_words_and_numbers(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "x = relu(2.0)\ny = nonsense")
    editor.show_marks({2: ("error", "There is no nonsense.")})
    second = at(editor, 16).toPoint()
    assert tip(editor, editor.margin, QPoint(4, second.y())) == "There is no nonsense."
    assert tip(editor, editor, editor.viewport().mapTo(editor, second)) == "There is no nonsense."
    assert "max(0, x)" in tip(editor, editor, editor.viewport().mapTo(editor, at(editor, 6).toPoint()))
    assert "Alt" in tip(editor, editor, editor.viewport().mapTo(editor, at(editor, 11).toPoint()))


def test_a_click_on_a_line_number_asks_for_its_moment(panel: LabPanel, qtbot) -> None:
    editor = panel.editor
    put(editor, "x = 1\ny = 2\nz = 3")
    with qtbot.waitSignal(panel.lineAsked, timeout=1000) as asked:
        QTest.mouseClick(editor.margin, Qt.MouseButton.LeftButton, NONE, QPoint(8, round(at(editor, 8).y())))
    assert asked.args == [2]


def test_the_line_of_the_tape_and_marks_are_painted_in_their_colours(panel: LabPanel) -> None:
    editor = panel.editor
    put(editor, "x = 1\ny = 2\nz = 3")
    for theme in (LIGHT, DARK):
        panel.show_theme(theme)
        editor.show_marks({1: ("error", "no"), 2: ("note", "hm")})
        editor.show_line(3, theme.backward)
        picture = editor.margin.grab().toImage()
        seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
        assert {theme.problem, theme.warning, theme.backward} <= seen
    editor.show_line(0, "")
    picture = editor.margin.grab().toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert DARK.backward not in seen

"""The tree that a screen reader reads: in every mode of the real window each control has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QPushButton, QTabBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.commands import TakeApart
from engine.examples import example
from gui.modes import MODES
from gui.workbench import Workbench
from tests.windows import until, workbench

Role = QAccessible.Role
CONTROLS = {
    Role.Button,
    Role.ButtonMenu,
    Role.CheckBox,
    Role.RadioButton,
    Role.ComboBox,
    Role.EditableText,
    Role.SpinBox,
    Role.Slider,
    Role.List,
    Role.Table,
    Role.Tree,
    Role.PageTab,
    Role.PageTabList,
    Role.MenuItem,
    Role.ProgressBar,
    Role.Graphic,
    Role.Dialog,
}
DEEPEST, WIDEST = 60, 300


@pytest.fixture(scope="module", autouse=True)
def _reader() -> Iterator[None]:
    """As if a screen reader were there."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def nameless(root: QWidget) -> list[str]:
    """The ways to all controls below `root` that are seen and say nothing."""
    found: list[str] = []
    _walk(QAccessible.queryAccessibleInterface(root), [], found)
    return found


def _walk(one: QAccessibleInterface | None, way: list[str], found: list[str]) -> None:
    if one is None or len(way) > DEEPEST or one.state().invisible or one.rect().isEmpty():
        return
    if isinstance(one.object(), QTabBar) and one.rect().right() < 0:
        return  # Qt parks the bars of docks that were moved beside the window
    name, role = one.text(QAccessible.Text.Name), one.role()
    here = [*way, f"{type(one.object()).__name__} ({role.name}) “{name}”"]
    if not name.strip() and (one.state().focusable or role in CONTROLS):
        found.append(" > ".join(here[-4:]))
    for index in range(min(one.childCount(), WIDEST)):
        _walk(one.child(index), here, found)


@pytest.fixture(scope="module")
def bench(qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The window with everything in it that the modes can show."""
    qtbot = QtBot(_Request())  # type: ignore[arg-type]
    folder: Path = tmp_path_factory.mktemp("window")
    with workbench(qtbot, folder, example("moons"), engine=True) as bench:
        bench.session.send(TakeApart())
        until(qtbot, lambda: bench.stepping.tape is not None)
        yield bench


class _Request:
    """What QtBot wants of a test's request; this one outlives a single test."""

    def __init__(self) -> None:
        self.node = self


@pytest.mark.parametrize("mode", list(MODES))
def test_every_control_of_a_mode_has_a_name(bench: Workbench, qtbot: QtBot, mode: str) -> None:
    bench.modes.show(mode)
    qtbot.wait(20)
    assert nameless(bench.window) == []
    for dock in MODES[mode].places:
        bench.window.docks[dock.dock].raise_()
        qtbot.wait(1)
        assert nameless(bench.window.docks[dock.dock]) == [], dock.dock


def test_lists_over_the_canvas_have_names(bench: Workbench, qtbot: QtBot) -> None:
    bench.modes.build()
    bench.store.select(("linear_1",))
    bench.canvas.commands.edit()
    assert bench.canvas.editor.isVisible() and nameless(bench.canvas.editor) == []
    bench.canvas.editor.hide()
    bench.canvas.commands.add_behind()
    assert bench.canvas.popup.isVisible() and nameless(bench.canvas.popup) == []
    bench.canvas.popup.hide()


def test_a_control_without_a_name_would_be_found(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(QPushButton(""))
    page.show()
    qtbot.waitExposed(page)
    assert len(nameless(page)) == 1

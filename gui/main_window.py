"""The window: canvas in the middle, docks around it, menus, mode bar, run bar, status bar. No state of the project is here."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from gui.accessible import name_parts
from gui.actions import Actions
from gui.modes import DOCKS, MODES
from gui.run_bar import RunBar
from gui.status_bar import StatusBar
from gui.theme.icons import app_icon
from gui.theme.tokens import GRID

MENUS = ("&File", "&Edit", "&View", "&Run", "&Help")
DOCK_TITLES = {spec.name: spec.title for spec in DOCKS}
USUAL_SIZE = QSize(1280, 800)


class MainWindow(QMainWindow):
    """Holds the panels; controllers give it its life."""

    closeAsked = Signal()
    """People want to close; `let_close` allows it."""
    painted = Signal()
    """The first picture is on screen."""
    fileDropped = Signal(str)
    playToggled = Signal()

    def __init__(self, actions: Actions, start: QWidget, canvas: QWidget) -> None:
        super().__init__()
        self.setObjectName("main")
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks)
        for corner, area in (
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self._canvas = canvas
        self._mode = ""
        self._pages: dict[str, QWidget] = {"start": start}
        """Modes in which something else than the canvas is in the middle."""
        self._middle = QStackedWidget()
        self._middle.setMinimumSize(240, 120)
        self._middle.addWidget(canvas)
        self._middle.addWidget(start)
        self.setCentralWidget(self._middle)
        for page in (canvas, start):
            name_parts(page)
        self.run_bar = RunBar(actions)
        self.run_bar.progressed.connect(self._show_progress)
        self._title, self._percent = "", -1
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.docks: dict[str, QDockWidget] = {spec.name: self._dock(spec.name, spec.title) for spec in DOCKS}
        self.menus: dict[str, QMenu] = {}
        self._fill_menus(actions)
        self._add_bar(actions)
        self.resize(USUAL_SIZE)
        self._may_close = False
        self._was_painted = False

    def put(self, panels: Mapping[str, QWidget]) -> None:
        """Put panels into their docks."""
        for name, panel in panels.items():
            panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            panel.setProperty("role", "panel")
            self.docks[name].setWidget(panel)
            name_parts(self.docks[name])

    def show_mode(self, mode: str) -> None:
        """The canvas is in the middle, or the page of a mode that has its own."""
        self._mode = mode
        self._middle.setCurrentWidget(self._pages.get(mode, self._canvas))

    def show_origin(self, origin: str) -> None:
        """Whose tape the panels show, "run" or "lab": the dock's title says it."""
        title = "Tape of the lab's text" if origin == "lab" else DOCK_TITLES["tape"]
        self.docks["tape"].setWindowTitle(title)
        self.docks["tape"].setAccessibleName(title)

    def add_page(self, mode: str, page: QWidget) -> None:
        """In this mode `page` takes the canvas' place."""
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        page.setProperty("role", "panel")
        self._pages[mode] = page
        name_parts(page)
        self._middle.addWidget(page)
        if mode == self._mode:
            self.show_mode(mode)

    def show_title(self, project: str, path: str, dirty: bool) -> None:
        """Project and file in the title bar; the star says that something is not saved."""
        self._title = f"{project}[*] – {path} – Chainrule" if path else f"{project}[*] – Chainrule"
        self._show_progress(self._percent)
        self.setWindowModified(dirty)

    def _show_progress(self, percent: int) -> None:
        """While training runs the title, and with it the task bar, says how far it is."""
        self._percent = percent
        self.setWindowTitle(f"{percent} % – {self._title}" if percent >= 0 else self._title)

    def let_close(self) -> None:
        """Close now, without asking again."""
        self._may_close = True
        self.close()

    def toggle_full(self) -> None:
        """Full screen and back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.closeAsked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Only what no panel wanted comes here: a focused button keeps Space for itself.
        if event.key() == Qt.Key.Key_Space and not event.modifiers() and not event.isAutoRepeat():
            self.playToggled.emit()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _file_of(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.fileDropped.emit(path)

    def _dock(self, name: str, title: str) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
        return dock

    def _fill_menus(self, actions: Actions) -> None:
        for text in MENUS:
            self._menu(text, actions, self.menuBar().addMenu(text))
        panels = self._menu("&Panels", actions)
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())
        theme = self._menu("&Theme", actions)
        self.menus["Run"].addMenu(self._menu("By &hand", actions))
        themes = QActionGroup(self)
        for name in ("theme.system", "theme.light", "theme.dark"):
            themes.addAction(actions[name])
        self.menus["View"].insertMenu(actions["view.reset"], panels)
        self.menus["View"].insertMenu(actions["view.full"], theme)
        self.menus["File"].insertMenu(actions["file.save"], self._menu("Open &recent", actions))
        before_quit = self.menus["File"].insertSeparator(actions["file.quit"])
        self.menus["File"].insertMenu(before_quit, self._menu("&Export", actions))

    def _menu(self, text: str, actions: Actions, menu: QMenu | None = None) -> QMenu:
        name = text.replace("&", "")
        menu = menu or QMenu(text, self)
        menu.setToolTipsVisible(True)
        for index, group in enumerate(actions.of_menu(name)):
            if index:
                menu.addSeparator()
            menu.addActions(group)
        self.menus[name] = menu
        return menu

    def _add_bar(self, actions: Actions) -> None:
        bar = QToolBar("Modes and run")
        bar.setObjectName("bar")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.toggleViewAction().setEnabled(False)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._mode_group = QActionGroup(self)
        for name in MODES:
            action = actions[f"mode.{name}"]
            self._mode_group.addAction(action)
            button = QToolButton()
            button.setDefaultAction(action)
            button.setProperty("role", "segment")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            row.addWidget(button)
        row.addSpacing(GRID)
        row.addWidget(_line())
        row.addSpacing(GRID)
        row.addWidget(self.run_bar, 1)
        bar.addWidget(inside)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedSize(1, 4 * GRID)
    return line


def _file_of(data: QMimeData) -> str:
    """The one local file that is dragged, or ""."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return files[0] if len(files) == 1 else ""

"""New, open, save, recent files, and the question before unsaved work would be lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from engine import code_reader
from engine.commands import Command, Open, Save
from engine.datasets.importing import DATA_SUFFIXES
from engine.errors import AppError, EditError
from engine.examples import example
from engine.files import read_file
from engine.spec import ProjectSpec
from engine.views import Failure, Notice, Opened, Saved
from gui.empty_project import empty_project
from gui.settings import Settings
from gui.store import Store

SUFFIX = ".chainrule"
FILTER = f"Chainrule projects (*{SUFFIX});;All files (*)"
OPEN_FILTER = f"Chainrule projects and PyTorch code (*{SUFFIX} *.py);;Data (*{' *'.join(DATA_SUFFIXES)});;All files (*)"
Continue = Callable[[], None]


class Told(Protocol):
    """Where messages go."""

    def tell(self, message: Failure | Notice) -> None: ...


class FilesController(QObject):
    """Asks, sends Save and Open, and acts when the engine has answered; what is open stays until the answer is good."""

    startWanted = Signal()
    """Show the start page."""
    opened = Signal()
    """Another project is in the store now."""
    dataDropped = Signal(str)
    """A file of data, or a folder of images, which the import knows what to do with."""
    recentChanged = Signal(object)
    """The recent files, newest first."""

    def __init__(
        self, store: Store, send: Callable[[Command], None], settings: Settings, cards: Told, window: QWidget
    ) -> None:
        super().__init__(window)
        self._store = store
        self._send = send
        self._settings = settings
        self._cards = cards
        self._window = window
        self._after_save: Continue | None = None

    def new(self) -> None:
        """The start page; nothing is closed before something is picked there."""
        self.startWanted.emit()

    def use_example(self, name: str) -> None:
        """Put a ready project in the place of the present one; "" is the empty one."""
        self._replace(example(name) if name else empty_project())

    def open(self) -> None:
        """Ask for a file and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a project", self._folder(), OPEN_FILTER)
        if path:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Read a project file; what is open stays until it is known to be good. Of a .py its nn.Sequential is built here.

        Files of data, and folders of images, are imported.
        """
        if path.endswith(".py"):
            self._build_from(path)
        elif looks_like_data(path):
            self.dataDropped.emit(path)
        else:
            self._send(Open(path))

    def _build_from(self, path: str) -> None:
        """The network of a Python file, as an edit of the open project that can be undone."""
        nothing = f"No network was built from {Path(path).name}."
        try:
            text = read_file(path, code_reader.MOST_CHARACTERS).decode("utf-8-sig")
            project = code_reader.build(self._store.project, text)
        except EditError as refused:
            self._cards.tell(Failure(nothing, str(refused), "Data, loss and optimizer stay as they are."))
        except UnicodeDecodeError:
            self._cards.tell(Failure(nothing, "The file is not UTF-8 text.", "Save it as UTF-8, then open it again."))
        except AppError as problem:
            self._cards.tell(problem.failure)
        else:
            self._store.commit(project, "Build from code")
            self._cards.tell(Notice(f"Built the network of {Path(path).name}. Edit, Undo takes it back."))

    def save(self) -> None:
        """Save where the project came from, or ask."""
        if self._store.path:
            self._save_to(self._store.path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file and save there."""
        usual = str(Path(self._folder()) / f"{_file_name(self._store.project.name)}{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the project", usual, FILTER)
        if path:
            self._save_to(path if path.endswith(SUFFIX) else path + SUFFIX)
        else:
            self._after_save = None

    def guard(self, go_on: Continue) -> None:
        """Call `go_on` when nothing would be lost: at once, after saving, or never."""
        if not self._store.dirty:
            go_on()
            return
        answer = self._ask()
        if answer is QMessageBox.StandardButton.Discard:
            go_on()
        elif answer is QMessageBox.StandardButton.Save:
            self._after_save = go_on
            self.save()

    def handle(self, event: object) -> None:
        """What the engine answered."""
        if isinstance(event, Opened):
            self.guard(lambda: self._replace_opened(event))
        elif isinstance(event, Saved):
            self._saved(event)
        elif isinstance(event, (Failure, Notice)):
            if isinstance(event, Failure):
                self._after_save = None
            self._cards.tell(event)

    def fill_recent(self, menu: QMenu) -> None:
        """One entry per recent file; missing ones are dropped."""
        menu.clear()
        paths = self._settings.recent()
        for path in paths:
            action = menu.addAction(_shown(path))
            action.setData(path)
            action.setToolTip(path)
        if not paths:
            menu.addAction("No recent projects").setEnabled(False)
        else:
            menu.addSeparator()
            menu.addAction("&Clear this list")

    def recent_picked(self, action: object) -> None:
        """An entry of the recent menu."""
        path = action.data()  # type: ignore[attr-defined]
        if path:
            self.open_path(path)
        else:
            self._settings.forget("recent")
            self.recentChanged.emit(())

    def announce_recent(self) -> None:
        self.recentChanged.emit(self._settings.recent())

    def _replace_opened(self, event: Opened) -> None:
        self._remember(event.path)
        self._store.replace(event.project, event.path)
        self.opened.emit()

    def _replace(self, project: ProjectSpec) -> None:
        def go_on() -> None:
            self._store.replace(project)
            self.opened.emit()

        self.guard(go_on)

    def _save_to(self, path: str) -> None:
        self._send(Save(self._store.project, path))

    def _saved(self, event: Saved) -> None:
        self._store.mark_saved(event.path, event.project)
        self._remember(event.path)
        self._cards.tell(Notice(f"Saved to {event.path}."))
        go_on, self._after_save = self._after_save, None
        if go_on is not None:
            self.guard(go_on)

    def _remember(self, path: str) -> None:
        self._settings.add_recent(path)
        self._settings.set("folder", str(Path(path).resolve().parent))
        self.announce_recent()

    def _folder(self) -> str:
        folder = str(Path(self._store.path).parent) if self._store.path else self._settings.text("folder")
        return folder if folder and Path(folder).is_dir() else str(Path.home())

    def _ask(self) -> QMessageBox.StandardButton:
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes to “{self._store.project.name}”?")
        box.setInformativeText("Without saving, the edits since the last save are lost.")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        box.button(buttons.Discard).setText("&Don't save")
        return buttons(box.exec())


def looks_like_data(path: str) -> bool:
    """Whether the name is that of a file of data, or a folder's; IDX files often have no ending."""
    name = Path(path).name.lower()
    return name.endswith(DATA_SUFFIXES) or name.endswith("ubyte") or Path(path).is_dir()


def _file_name(project: str) -> str:
    """A project's name as a file name that every system takes."""
    kept = "".join(char if char.isalnum() or char in " -_" else "" for char in project)
    return "-".join(kept.lower().split()) or "project"


def _shown(path: str) -> str:
    """A path for a menu: name first, mnemonics escaped."""
    file = Path(path)
    return f"{file.name} – {file.parent}".replace("&", "&&")

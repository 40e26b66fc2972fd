"""From a file that somebody chose or dropped to data of the project: look through it, show the page, make one edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.commands import Command, GiveUp, LookThrough, ShowProject
from engine.datasets import DATASETS, DataError
from engine.datasets.importing import DATA_SUFFIXES, Options, Plan, Refusal, known, plan_of
from engine.fitting import Offer, fit, with_data
from engine.spec import ProjectSpec
from gui.importing.dialog import ImportDialog
from gui.pump import Update
from gui.settings import Settings
from gui.store import Store

FILTER = (
    f"Data ({' '.join('*' + suffix for suffix in DATA_SUFFIXES)} *ubyte);;CSV and TSV (*.csv *.tsv *.tab *.txt);;"
    "Parquet (*.parquet);;NumPy (*.npy *.npz);;IDX (*.idx *.gz *ubyte);;All files (*)"
)


class ImportingController(QObject):
    """One dialog at a time. What people accept becomes one undo step, "Import NAME"."""

    imported = Signal()
    """The project has other data now."""

    def __init__(self, store: Store, send: Callable[[Command], None], settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._send, self._settings, self._window = store, send, settings, window
        self._path = ""
        self._dialog: ImportDialog | None = None

    def choose(self) -> None:
        """Ask for a file of data."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Import data", self._folder(), FILTER)
        if path:
            self.open_path(path)

    def choose_folder(self) -> None:
        """Ask for a folder with one folder of images per class."""
        path = QFileDialog.getExistingDirectory(
            self._window, "Import images: the folder above those of the classes", self._folder()
        )
        if path:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Look through a file, or a folder of images, and show its page."""
        self._open(path, Options(), None)

    def change(self) -> None:
        """The page of the file that the project's data come from."""
        plan = self.plan()
        if plan is None:
            self.choose()
            return
        dialect = plan.dialect if plan.format == "text" else None
        layout = None if plan.uses or plan.format == "images" else plan.layout
        self._open(plan.path, Options(dialect, plan.features, plan.targets, layout), plan)

    def locate(self) -> None:
        """The project's file lies elsewhere now, or comes from another computer."""
        plan = self.plan()
        if plan is None:
            self.choose()
            return
        asked = f"Where is {Path(plan.path).name}?"
        if plan.format == "images":
            path = QFileDialog.getExistingDirectory(self._window, asked, self._folder())
        else:
            path, _ = QFileDialog.getOpenFileName(self._window, asked, self._folder(), FILTER)
        if path:
            self._take(replace(plan, path=path), f"Locate {Path(path).name}")
            self.read_again()

    def read_again(self) -> None:
        """The file may have changed, or be there again."""
        self._send(ShowProject(self._store.project, again=True))

    def plan(self) -> Plan | None:
        """How the project's file is read; None when its data come from no file."""
        source = self._store.project.data.source
        try:
            return plan_of(source) if DATASETS[source.kind].from_file else None
        except DataError:
            return None

    def show_update(self, update: Update) -> None:
        """How far the look through the file is, and what it found."""
        if self._dialog is None:
            return
        answer = update.preview
        if "preview" in update.changed and (isinstance(answer, Refusal) or (answer and answer.path == self._path)):
            self._dialog.show_answer(answer)
        elif "progress" in update.changed and update.progress is not None and update.progress.what == "preview":
            self._dialog.show_progress(update.progress.share)

    def _open(self, path: str, options: Options, plan: Plan | None) -> None:
        self._close()
        self._path = path
        dialog = self._dialog = ImportDialog(path, self._store.project, self._window, plan)
        dialog.lookWanted.connect(self._look)
        dialog.planned.connect(self._planned)
        dialog.finished.connect(self._finished)
        dialog.open()
        self._look(options)

    def _look(self, options: Options) -> None:
        self._send(LookThrough(self._path, options))

    def _planned(self, plan: Plan, offer: Offer | None) -> None:
        self._settings.set("data folder", str(Path(plan.path).parent))
        self._take(plan, f"Import {Path(plan.path).name}", offer)
        self.imported.emit()

    def _take(self, plan: Plan, name: str, offer: Offer | None = None) -> None:
        known.allow(plan.path)
        if plan.targets and plan.format != "npz":
            known.allow(plan.targets)
        self._store.commit(with_plan(self._store.project, plan, offer), name)

    def _finished(self) -> None:
        self._send(GiveUp("preview"))
        self._close()

    def _close(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.hide()
            dialog.deleteLater()

    def _folder(self) -> str:
        folder = self._settings.text("data folder") or self._settings.text("folder")
        return folder if folder and Path(folder).is_dir() else str(Path.home())


def with_plan(project: ProjectSpec, plan: Plan, offer: Offer | None) -> ProjectSpec:
    """The project with the rows of this file, and with what was offered."""
    project = with_data(project, plan)
    return fit(project, offer) if offer is not None else project

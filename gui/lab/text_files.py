"""Lab text from and to plain text files."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from engine.errors import FileProblem
from engine.files import atomic_write, read_file
from engine.views import Failure, Notice
from gui.lab.panel import LabPanel

LARGEST = 1_000_000
_FILTER = "Lab text (*.txt);;All files (*)"


class TextFiles(QObject):
    """Asks for names in the system's dialogs; a file that cannot be used leaves the text as it is."""

    opened = Signal(str)
    """The text of a file, to take the place of the one in the editor."""
    told = Signal(object)
    """A Failure or a Notice."""

    def __init__(self, panel: LabPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        panel.openAsked.connect(self.open)
        panel.saveAsked.connect(self.save)

    def open(self) -> None:
        """Ask for a file and read it."""
        path, _ = QFileDialog.getOpenFileName(self._panel, "Open lab text", "", _FILTER)
        if path:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Read a file; one that is no text is refused."""
        try:
            text = read_file(path, LARGEST).decode("utf-8-sig")
        except FileProblem as problem:
            self.told.emit(problem.failure)
        except UnicodeDecodeError:
            what = f"{path} cannot be opened: it is not text."
            self.told.emit(Failure(what, "It is not in UTF-8.", "Choose a text file.", "Your text stays."))
        else:
            self.opened.emit(text.replace("\r\n", "\n").replace("\r", "\n"))

    def save(self) -> None:
        """Ask for a name and write the text."""
        path, _ = QFileDialog.getSaveFileName(self._panel, "Save lab text", "lab.txt", _FILTER)
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write the text, whole or not at all."""
        try:
            atomic_write(path, self._panel.text.encode())
        except FileProblem as problem:
            self.told.emit(problem.failure)
        else:
            self.told.emit(Notice(f"Saved the lab's text to {path}"))

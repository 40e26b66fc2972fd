"""The export menu: one entry per exporter, a dialog for the file, a command for the engine thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.commands import Command, Export
from engine.exporters.registry import EXPORTERS, Exporter
from gui.pump import Update
from gui.settings import Settings
from gui.store import Store


class ExportingController(QObject):
    """Fills a menu from the table of exporters; what needs a run is off until there is one."""

    def __init__(
        self, store: Store, send: Callable[[Command], None], settings: Settings, menu: QMenu, window: QWidget
    ) -> None:
        super().__init__(window)
        self._store = store
        self._send = send
        self._settings = settings
        self._window = window
        self.actions: dict[str, QAction] = {}
        menu.setToolTipsVisible(True)
        for exporter in EXPORTERS.values():
            action = menu.addAction(f"{exporter.title} ({', '.join(exporter.suffixes)})…")
            action.setData(exporter.name)
            action.setToolTip(exporter.help)
            action.setEnabled(not exporter.needs_run)
            self.actions[exporter.name] = action
        menu.triggered.connect(self.picked)

    def picked(self, action: QAction) -> None:
        """Ask for a file and export."""
        exporter = EXPORTERS[action.data()]
        folder = self._settings.text("export_folder") or self._settings.text("folder") or str(Path.home())
        usual = str(Path(folder) / f"{exporter.name}{exporter.suffix}")
        path, chosen = QFileDialog.getSaveFileName(self._window, f"Export: {exporter.title}", usual, _filter(exporter))
        if path:
            if not Path(path).suffix and "*." in chosen:
                path += chosen[chosen.index("*.") + 1 : -1]
            self._settings.set("export_folder", str(Path(path).parent))
            self._send(Export(exporter.name, path))

    def show_update(self, update: Update) -> None:
        if "status" in update.changed:
            for name, exporter in EXPORTERS.items():
                if exporter.needs_run:
                    self.actions[name].setEnabled(update.status.has_run)


def _filter(exporter: Exporter) -> str:
    return ";;".join(f"{exporter.title} (*{suffix})" for suffix in exporter.suffixes)

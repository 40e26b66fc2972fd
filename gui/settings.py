"""What the window remembers between two starts: theme, sizes, arrangements, recent files. Never a part of a project."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from engine.places import base, state_dir

__all__ = ["Settings", "config_file", "state_dir"]

RECENT_LIMIT = 15


def config_file() -> Path:
    """Where the settings of this user are."""
    return base("XDG_CONFIG_HOME", ".config") / "chainrule" / "window.ini"


class Settings:
    """A small typed face of QSettings: an INI file hands back texts, so every reader says what it wants."""

    def __init__(self, file: Path | None = None) -> None:
        self._values = QSettings(str(file or config_file()), QSettings.Format.IniFormat)

    def text(self, key: str) -> str:
        return str(self._values.value(key, "", type=str))

    def blob(self, key: str) -> QByteArray:
        """Bytes that Qt made (saveState, saveGeometry); empty when there are none."""
        value = self._values.value(key, QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def set(self, key: str, value: str | QByteArray) -> None:
        self._values.setValue(key, value)

    def forget(self, prefix: str) -> None:
        """Remove a key and everything below it."""
        self._values.remove(prefix)

    def recent(self) -> tuple[str, ...]:
        """Project files used last, newest first, only those that still exist."""
        return tuple(path for path in self.text("recent").split("\n") if path and Path(path).is_file())

    def add_recent(self, path: str) -> None:
        full = str(Path(path).resolve())
        rest = [other for other in self.recent() if other != full]
        self.set("recent", "\n".join([full, *rest][:RECENT_LIMIT]))

    def sync(self) -> None:
        """Write now what is still in memory."""
        self._values.sync()

"""Undo and redo over frozen projects: earlier values are kept as they are, nothing is replayed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.spec import ProjectSpec


@dataclass(frozen=True, slots=True)
class _Entry:
    project: ProjectSpec
    name: str
    merge_key: str


class History:
    """The line of project values with a cursor. Committing behind an undone edit drops what was undone."""

    def __init__(self, project: ProjectSpec) -> None:
        self._entries = [_Entry(project, "", "")]
        self._cursor = 0
        self._saved: ProjectSpec | None = project

    @property
    def project(self) -> ProjectSpec:
        return self._entries[self._cursor].project

    @property
    def undo_name(self) -> str:
        """Name of the edit that undo would take back, "" when there is none."""
        return self._entries[self._cursor].name if self._cursor else ""

    @property
    def redo_name(self) -> str:
        return self._entries[self._cursor + 1].name if self._cursor + 1 < len(self._entries) else ""

    @property
    def dirty(self) -> bool:
        """Whether the project differs from what was last saved."""
        return self._saved != self.project

    def commit(self, project: ProjectSpec, name: str, merge_key: str = "") -> bool:
        """Make `project` the newest value. Returns False when it equals the present one.

        Edits in a row with the same non-empty `merge_key` (the drag of one slider) are one undo step.
        """
        if project == self.project:
            return False
        del self._entries[self._cursor + 1 :]
        entry = _Entry(project, name, merge_key)
        merges = merge_key != "" and self._cursor > 0 and self._entries[-1].merge_key == merge_key
        if merges and self._entries[-1].project != self._saved:
            self._entries[-1] = entry
        else:
            self._entries.append(entry)
            self._cursor += 1
        return True

    def undo(self) -> bool:
        """Step back. Returns False at the start of the line."""
        self._cursor -= (moved := self._cursor > 0)
        return moved

    def redo(self) -> bool:
        self._cursor += (moved := self._cursor + 1 < len(self._entries))
        return moved

    def mark_saved(self, project: ProjectSpec) -> None:
        """`project` is what the file holds now; it may be older than the present value."""
        self._saved = project

    def mark_unsaved(self) -> None:
        """The present value is on no disk: a recovered or ready-made project that was never saved."""
        self._saved = None

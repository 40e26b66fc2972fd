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
        self._may_merge = False
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

        Edits in a row with the same non-empty `merge_key` (the drag of one slider) are one undo step; a drag that ends
        where it began is none. What is saved, undone or redone in between begins a new step.
        """
        if project == self.project:
            return False
        del self._entries[self._cursor + 1 :]
        last = self._entries[-1]
        if self._may_merge and merge_key != "" and last.merge_key == merge_key and last.project != self._saved:
            self._entries.pop()
        self._may_merge = project != self._entries[-1].project
        if self._may_merge:
            self._entries.append(_Entry(project, name, merge_key))
        self._cursor = len(self._entries) - 1
        return True

    def undo(self) -> bool:
        """Step back. Returns False at the start of the line."""
        self._may_merge = False
        self._cursor -= (moved := self._cursor > 0)
        return moved

    def redo(self) -> bool:
        self._may_merge = False
        self._cursor += (moved := self._cursor + 1 < len(self._entries))
        return moved

    def mark_saved(self, project: ProjectSpec) -> None:
        """`project` is what the file holds now; it may be older than the present value."""
        self._saved = project

    def mark_unsaved(self) -> None:
        """The present value is on no disk: a recovered or ready-made project that was never saved."""
        self._saved = None

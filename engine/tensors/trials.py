"""Remedies of a verdict are tried before they are offered: the edit can be made, and torch can still train the result."""

from __future__ import annotations

from dataclasses import replace

from engine import fixes
from engine.diagnosis import Verdict
from engine.errors import EditError
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.views import Fix

_MOST_SHOWN = 3


class Trials:
    """Remembers what it tried: a verdict is said several times a second, its remedies are tried once."""

    def __init__(self) -> None:
        self._known: dict[Fix, bool] = {}
        self._project: ProjectSpec | None = None

    def with_helping_fixes(self, verdict: Verdict, project: ProjectSpec) -> Verdict:
        """The verdict with those of its fixes that leave a project which can be trained."""
        if project is not self._project:
            self._project, self._known = project, {}
        kept = [fix for fix in verdict.fixes if self._works(project, fix)]
        return replace(verdict, fixes=tuple(kept[:_MOST_SHOWN]))

    def _works(self, project: ProjectSpec, fix: Fix) -> bool:
        if fix not in self._known:
            self._known[fix] = works(project, fix)
        return self._known[fix]


def works(project: ProjectSpec, fix: Fix) -> bool:
    """Whether the fix can be applied, changes something and leaves no error."""
    try:
        changed = fixes.apply(project, fix)
    except EditError:
        return False
    return changed != project and check(changed).ready

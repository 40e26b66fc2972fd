"""Which of the proposed fixes are shown: those that were tried and helped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine import fixes
from engine.errors import EditError
from engine.views import Fix, Issue, NetworkReport

_MOST_TRIALS = 24
"""Trials of one report. A trial costs about a report, so a network broken all over shows fixes at its first issues only."""
_MOST_SHOWN = 3


def helping(report: NetworkReport, examine: Callable[..., NetworkReport]) -> tuple[Issue, ...]:
    """The issues, each with those of its fixes that remove it and break nothing else.

    Fixes of warnings are certain, they are not tried while people edit; tests try them all.
    """
    trials, found = 0, []
    for issue in report.issues:
        kept: list[Fix] = []
        for fix in issue.fixes:
            if issue.severity == "error":
                if trials >= _MOST_TRIALS or len(kept) == _MOST_SHOWN:
                    break
                trials += 1
                if not helps(report, issue, fix, examine):
                    continue
            kept.append(fix)
        found.append(replace(issue, fixes=tuple(kept)) if len(kept) != len(issue.fixes) else issue)
    return tuple(found)


def helps(report: NetworkReport, issue: Issue, fix: Fix, examine: Callable[..., NetworkReport]) -> bool:
    """Whether the fix can be applied, the issue is gone afterwards, and no layer that was right before is wrong."""
    try:
        project = fixes.apply(report.project, fix)
    except EditError:
        return False
    after = examine(project)
    left = {(other.node, other.text) for other in after.issues}
    return (issue.node, issue.text) not in left and not new_errors(report, after)


def new_errors(before: NetworkReport, after: NetworkReport) -> list[Issue]:
    """Errors that the fix brought. One of a place that could not be looked at before, behind a broken layer, was there already."""
    known = {issue.node for issue in before.issues if issue.severity == "error"}
    seen = {"", *before.shapes} | ({node.id for node in after.project.network.nodes} - _ids(before))
    return [i for i in after.issues if i.severity == "error" and i.node in seen and i.node not in known]


def _ids(report: NetworkReport) -> set[str]:
    return {node.id for node in report.project.network.nodes}

"""`chainrule data`: looks through a file of data, and puts it into a project."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.cli.driver import read_project
from engine.datasets.importing import Options, Plan, Preview, Refusal, Use, first_plan, known
from engine.datasets.importing.asking import answers_wanted, plan_issue, retarget
from engine.datasets.importing.summary import notes_of, summary
from engine.errors import AppError
from engine.fitting import fit, offer, with_data
from engine.project_file import save
from engine.views import Failure

_NOTHING = "Nothing was imported."


def data(options: argparse.Namespace) -> int:
    """Print what is in the file; with --into write the project that learns from it."""
    if bool(options.into) != bool(options.out):
        options.parser.error("--into and --out belong together")
    preview = _looked_through(options)
    plan = planned(preview, options)
    issue = plan_issue(plan)
    if options.into and issue is not None:
        raise AppError(Failure(_NOTHING, issue.what, issue.todo))
    for path in (options.path, *([plan.targets] if plan.targets and plan.format != "npz" else [])):
        known.allow(path)  # whoever names it here has chosen it
    if options.json:
        _say(json.dumps(_found(preview, plan), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _say("\n".join(_lines(preview, plan)))
    if options.into:
        project = with_data(read_project(options.into), plan)
        chosen = offer(project, plan.target, answers_wanted(preview, plan))
        path = save(options.out, fit(project, chosen))
        sys.stderr.write(f"{chosen.text}. Wrote {path}.\n")
    return 0


def _looked_through(options: argparse.Namespace) -> Preview:
    from engine.datasets.importing.reader import survey

    path = str(Path(options.path).resolve())
    labels = str(Path(options.labels).resolve()) if options.labels else ""
    pieces = survey(path, Options(targets=labels))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            answer: Preview | Refusal = end.value
            break
    if isinstance(answer, Refusal):
        raise AppError(Failure(f"{Path(path).name} cannot be imported.", answer.text))
    return answer


def planned(preview: Preview, options: argparse.Namespace) -> Plan:
    """The guessed plan with what the options say. Raises engine.errors.AppError for a column that is not there."""
    plan = first_plan(preview)
    names = [column.name for column in preview.columns]
    for name in (*(options.target or ()), *(options.ignore or ())):
        if name not in names:
            raise AppError(
                Failure(_NOTHING, f"There is no column “{name}”.", f"The columns are: {', '.join(names[:40])}.")
            )
    targets, ignored = options.target or [], options.ignore or []
    uses = []
    for name, use in zip(names, plan.uses, strict=True):
        role = use.role
        if targets:
            role = "target" if name in targets else "feature" if role == "target" else role
        uses.append(Use("ignored" if name in ignored else role, use.kind))
    plan = retarget(preview, plan, tuple(uses)) if uses else plan
    return replace(plan, target=options.ask or plan.target, missing=options.missing or plan.missing)


def _lines(preview: Preview, plan: Plan) -> list[str]:
    lines = [summary(preview)]
    if preview.is_table:
        width = max(len(column.name) for column in preview.columns[:200])
        lines += ["", f"{'column':<{width}}  {'role':<8} {'read as':<9} {'missing':>8} {'unreadable':>10}  first rows"]
        firsts = [", ".join(cells) for cells in zip(*preview.sample[:4], strict=True)]
        for column, use, first in list(zip(preview.columns, plan.uses, firsts, strict=True))[:200]:
            counts = f"{column.missing:>8,} {column.unreadable:>10,}"
            lines.append(f"{column.name:<{width}}  {use.role:<8} {use.kind:<9} {counts}  {first[:60]}")
        if len(preview.columns) > 200:
            lines.append(f"… and {len(preview.columns) - 200:,} more columns")
    classes = answers_wanted(preview, plan)
    lines += ["", f"asked for: {plan.target}" + (f", {classes:,}" if plan.target == "classes" and classes else "")]
    return [*lines, *notes_of(preview, plan)]


def _found(preview: Preview, plan: Plan) -> dict[str, Any]:
    return {
        "path": preview.path,
        "format": preview.format,
        "size": preview.size,
        "sha256": preview.sha256,
        "rows": preview.rows,
        "dialect": asdict(preview.dialect) if preview.format == "text" else None,
        "columns": [
            asdict(column) | {"role": use.role, "kind": use.kind}
            for column, use in zip(preview.columns, plan.uses, strict=False)
        ],
        "arrays": [asdict(array) for array in preview.arrays],
        "shape": list(preview.shape),
        "asked_for": plan.target,
        "notes": notes_of(preview, plan),
    }


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")

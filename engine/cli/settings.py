"""`--set NAME=VALUE`: any setting of the training from the command line, checked by the same fields as in the window."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable

from engine import edits
from engine.catalog.training import TRAIN_FIELDS, TRAIN_PARTS
from engine.spec import Choice, ProjectSpec

HELP = (
    "a setting of the training: epochs=30, optimizer=sgd, optimizer.lr=0.5 (or lr=0.5), schedule=cosine, "
    "schedule.eta_min=0.001, clipping=norm, l2=0.01; may be given several times, and counts in its order"
)


def setting(text: str) -> tuple[str, object]:
    """An argument NAME=VALUE. A value is a number, true, false, none, numbers with commas between them, or a word."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not NAME=VALUE, as in lr=0.5")
    return name, _value(value)


def with_settings(project: ProjectSpec, settings: Iterable[tuple[str, object]]) -> ProjectSpec:
    """The project with these settings, one after the other.

    Raises:
        ValueError: a name is not known or a value is not accepted; the text says which are.
    """
    for name, value in settings:
        project = _with(project, name, value)
    return project


def _with(project: ProjectSpec, name: str, value: object) -> ProjectSpec:
    part, dot, field = name.partition(".")
    if not dot and part in TRAIN_PARTS:
        if value not in TRAIN_PARTS[part]:
            raise ValueError(
                f"there is no {TRAIN_PARTS[part].noun} “{value}”; there are: {', '.join(TRAIN_PARTS[part].kinds)}"
            )
        return edits.choose_part(project, part, str(value))
    if not dot and any(each.name == name for each in TRAIN_FIELDS):
        return edits.set_train_value(project, name, value)
    if not dot:
        part, field = "optimizer", name
    if part not in TRAIN_PARTS:
        known = ", ".join((*TRAIN_PARTS, *(each.name for each in TRAIN_FIELDS)))
        raise ValueError(f"there is no setting “{name}”; there are: {known}")
    choice: Choice = getattr(project.train, part)
    if not choice.has(field):
        known = ", ".join(key for key, _ in choice.values) or "none"
        raise ValueError(f"the {part} {choice.kind} has no setting “{field}”; it has: {known}")
    if TRAIN_PARTS[part][choice.kind].field(field).kind == "counts" and isinstance(value, (int, float)):
        value = (value,)
    return edits.set_part_value(project, part, field, value)


def _value(text: str) -> object:
    if text.lower() == "none":
        return None
    try:
        found = json.loads(f"[{text}]")
    except ValueError:
        return text
    return found[0] if len(found) == 1 else tuple(found)

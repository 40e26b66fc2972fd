"""Looks at files to the end, as the engine thread does piece by piece."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from engine.datasets import Dataset
from engine.datasets.importing import (
    Dialect,
    Options,
    Plan,
    Preview,
    Refusal,
    Use,
    first_plan,
    plan_of,
)
from engine.datasets.importing.reader import read, survey
from engine.datasets.importing.survey import survey_text

T = TypeVar("T")


def finish(pieces: Generator[float, None, T]) -> T:
    """The value at the end; the shares on the way never fall."""
    before = 0.0
    while True:
        try:
            share = next(pieces)
        except StopIteration as end:
            value: T = end.value
            return value
        assert before <= share <= 1.0
        before = share


def look(path: Path, data: bytes | str, dialect: Dialect | None = None) -> Preview:
    """Write the file and look through it."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return finish(survey_text(str(path), dialect))


def found_in(path: Path, options: Options | None = None) -> Preview:
    """What a look through the file finds; it must be readable."""
    answer = finish(survey(str(path), options))
    assert isinstance(answer, Preview), answer
    return answer


def refused(path: Path, options: Options | None = None) -> str:
    """Why the file cannot be read."""
    answer = finish(survey(str(path), options))
    assert isinstance(answer, Refusal), answer
    return answer.text


def plan_with(preview: Preview, roles: dict[str, str] | None = None, **changes: Any) -> Plan:
    """The guessed plan with some roles ("target", "feature index") and values changed."""
    plan = first_plan(preview)
    uses = list(plan.uses)
    for index, column in enumerate(preview.columns):
        if roles is not None and column.name in roles:
            role, _, kind = roles[column.name].partition(" ")
            uses[index] = Use(role, kind or uses[index].kind)  # type: ignore[arg-type]
    return replace(plan, uses=tuple(uses), **changes)


def data_of(path: Path, roles: dict[str, str] | None = None, **changes: Any) -> Dataset:
    """The data set that comes out of such a plan."""
    plan = plan_with(found_in(path), roles, **changes)
    assert plan_of(plan.choice()) == plan
    return finish(read(plan))

"""Every number that a run recorded over time, one line per step, as CSV."""

from __future__ import annotations

import csv
import io

from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.metrics import SERIES, STEP_LOSS, MetricLog
from engine.views import Failure


def render(context: ExportContext, suffix: str) -> bytes:
    """The table: step, epoch, then every series; a cell is empty where a series has no value at that step.

    Numbers are written so that reading them gives the very same double back. Raises engine.errors.ExportError when nothing
    was trained yet.
    """
    log = context.log
    if log is None or log.last(STEP_LOSS) is None:
        raise ExportError(Failure("There is no curve yet.", todo="Train at least one step, then export the curves."))
    columns = {name: _column(log, name) for name in SERIES}
    steps = sorted({step for column in columns.values() for step in column})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", "epoch", *columns])
    for step in steps:
        epoch = step / max(1, log.steps_per_epoch)
        cells = [repr(column[step]) if step in column else "" for column in columns.values()]
        writer.writerow([int(step), repr(epoch), *cells])
    _verify(text.getvalue(), columns)
    return text.getvalue().encode("utf-8")


def _column(log: MetricLog, name: str) -> dict[float, float]:
    steps, values, _ = log.since(name)
    return dict(zip(steps.tolist(), values.tolist(), strict=True))


def _verify(text: str, columns: dict[str, dict[float, float]]) -> None:
    rows = list(csv.DictReader(io.StringIO(text)))
    for name, column in columns.items():
        found = {float(row["step"]): row[name] for row in rows if row[name]}
        if found != {step: repr(value) for step, value in column.items()}:
            raise ExportError(Failure(f"The curves were not exported: the column {name} does not read back."))

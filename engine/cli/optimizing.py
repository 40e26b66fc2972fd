"""What the optimizer does, for people without a window: `chainrule lens` and `chainrule path`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from typing import Any

from engine import edits
from engine.catalog import OPTIMIZERS
from engine.cli.driver import Driver
from engine.commands import OpenLens, Play, Survey
from engine.errors import AppError
from engine.inspection import Landscape, UpdateLens
from engine.spec import ProjectSpec
from engine.views import Failure


def lens(options: argparse.Namespace) -> int:
    """Take the coming updates of one number apart."""
    with _driver() as driver:
        _open(driver, options)
        views = []
        for number in range(options.steps):
            views.append(driver.ask("lens", OpenLens(options.parameter, options.index), UpdateLens))
            if number + 1 < options.steps:
                driver.go(Play("step"))
    if options.json:
        _say(json.dumps({"updates": [_lens_json(view) for view in views]}, ensure_ascii=False, allow_nan=False))
    else:
        _say("\n\n".join(_lens_text(view) for view in views))
    return 0


def path(options: argparse.Namespace) -> int:
    """Follow the optimizer from weights to weights."""
    with _driver() as driver:
        _open(driver, options)
        view = driver.ask("landscape", Survey(steps=options.steps, points=2), Landscape)
    if not view.names:
        raise AppError(
            Failure(
                "The path is not printed: the network has too many weights.",
                "Every one of them would be a column; 64 are the most.",
                "Use a smaller network, or look at a single weight with: chainrule lens.",
            )
        )
    _say(json.dumps(_path_json(view), ensure_ascii=False, allow_nan=False) if options.json else _path_text(view))
    return 0


def _driver() -> Driver:
    return Driver(lambda _: None, _whisper)


def _open(driver: Driver, options: argparse.Namespace) -> None:
    project = driver.open(options.file)
    edited = _edited(project, options)
    if edited != project:
        driver.show(edited)


def _edited(project: ProjectSpec, options: argparse.Namespace) -> ProjectSpec:
    """The project with the optimizer that was wished for. Raises engine.fields.FieldError, told as wrong usage."""
    try:
        if options.optimizer:
            project = edits.choose_optimizer(project, options.optimizer)
        for name, value in options.set or ():
            project = edits.set_optimizer_value(project, name, value)
    except (ValueError, KeyError) as problem:
        known = ", ".join(field.name for field in OPTIMIZERS[project.train.optimizer.kind].fields)
        text = f"there is no setting {problem}" if isinstance(problem, KeyError) else str(problem).rstrip(".")
        options.parser.error(f"{text}; the optimizer has: {known}")
    return project


def _lens_json(view: UpdateLens) -> dict[str, Any]:
    return {
        "step": view.step + 1,
        "parameter": view.parameter,
        "index": list(view.index),
        "optimizer": view.optimizer,
        "old": _finite(view.old),
        "new": _finite(view.new),
        "gradient": _finite(view.gradient),
        "parts": [{"name": part.name, "formula": part.formula, "value": _finite(part.value)} for part in view.parts],
        "state": {name: _finite(value) for name, value in view.state},
        "derived": {name: _finite(value) for name, value in view.derived},
        "decay_share": view.decay_share,
        "ratio": _finite(view.ratio),
        "data_loss": _finite(view.data_loss),
        "penalty": _finite(view.penalty),
        "note": view.note,
        "penalty_note": view.penalty_note,
    }


def _lens_text(view: UpdateLens) -> str:
    where = f"{view.parameter}{list(view.index)}"
    lines = [f"step {view.step + 1}, {view.optimizer}: {where} {view.old:.7g} -> {view.new:.7g}"]
    lines += [f"  {part.name:<9} {part.value:>+14.7g}   = {part.formula}" for part in view.parts]
    kept = [f"{name} {value:.7g}" for name, value in (*view.state, *view.derived)]
    if kept:
        lines.append(f"  state     {', '.join(kept)}")
    lines.append(f"  update/weights {view.ratio:.3g}, share of decay {100 * view.decay_share:.3g} %")
    lines.append(f"  data loss {view.data_loss:.7g}, penalty {view.penalty:.7g}")
    return "\n".join([*lines, *(f"  {note}" for note in (view.note, view.penalty_note) if note)])


def _path_json(view: Landscape) -> dict[str, Any]:
    steps = [
        {
            "step": number,
            "weights": dict(zip(view.names, (_finite(float(each)) for each in weights), strict=True)),
            "loss": _finite(float(place[-1])),
        }
        for number, (weights, place) in enumerate(zip(view.weights, view.path, strict=True))
    ]
    return {"names": list(view.names), "steps": steps, "note": view.note}


def _path_text(view: Landscape) -> str:
    """A table; a row has the weights after so many steps and the training loss there."""
    wide = max(14, *(len(name) + 2 for name in view.names))
    lines = [" step" + "".join(f"{name:>{wide}}" for name in view.names) + f"{'loss':>14}"]
    for number, (weights, place) in enumerate(zip(view.weights, view.path, strict=True)):
        cells = "".join(f"{float(each):>{wide}.7g}" for each in weights)
        lines.append(f"{number:>5}{cells}{float(place[-1]):>14.7g}")
    return "\n".join([*lines, view.note])


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _whisper(text: str) -> None:
    sys.stderr.write(text + "\n")


def setting(text: str) -> tuple[str, object]:
    """An argument NAME=VALUE: a number, or true or false."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not NAME=VALUE, as in lr=0.5")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value[:40]!r} is not a number") from None


def place(text: str) -> tuple[int, ...]:
    """An argument such as 0,1: an index."""
    try:
        return tuple(int(part) for part in text.strip("[]() ").split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not an index such as 0,1") from None


def steps(text: str) -> int:
    """An argument from 1 to 10,000."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 1 to 10,000")
    return int(text)

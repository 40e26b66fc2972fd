"""`chainrule weights`: the initial weights as torch draws them, single ones set by hand, the project written with them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from engine import hand_weights
from engine.cli.driver import Driver, read_project
from engine.commands import LookAtWeights
from engine.errors import AppError
from engine.fields import FieldError
from engine.hand_weights import Place, Shape
from engine.inspection import InitialWeights
from engine.project_file import save
from engine.spec import ProjectSpec
from engine.views import Array, Failure, NetworkReport
from engine.weight_edits import by_hand, change_weights, element_name, parse_setting, split

HELP = 'an initial weight: "linear_1.weight[0, 1]=0.5", without [ ] all of the parameter; may be given several times'
Setting = tuple[str, Place, float]


def setting(text: str) -> Setting:
    """An argument such as linear_1.weight[0,1]=0.5."""
    try:
        return parse_setting(text)
    except FieldError as problem:
        raise argparse.ArgumentTypeError(str(problem).rstrip(".")) from None


def weights(options: argparse.Namespace) -> int:
    """Print what the parameters begin with, after the settings."""
    project = read_project(options.file)
    with Driver(_ignore, _whisper) as driver:
        report = driver.report(project)
        project = with_weights(project, report, options.set or ())
        shapes = _shapes(report)
        if options.parameter and options.parameter not in shapes:
            raise _unknown(options.parameter, shapes)
        names = (options.parameter,) if options.parameter else tuple(shapes)
        found = driver.ask("weights", LookAtWeights(project, names), InitialWeights)
    if found.trouble:
        raise AppError(Failure("The initial weights cannot be drawn.", found.trouble))
    written = save(options.out, project) if options.out else None
    if options.json:
        listed: dict[str, Any] = {"weights": {name: found.values[name].tolist() for name in names}}
        text = json.dumps(listed if written is None else listed | {"out": str(written)})
    elif options.parameter:
        text = _table(found.values[options.parameter])
    else:
        text = "\n".join(_line(project, name, shapes[name]) for name in names)
    sys.stdout.write(f"{text}\n")
    if written is not None and not options.json:
        _whisper(f"Wrote {written}.")
    return 0


def with_weights(project: ProjectSpec, report: NetworkReport, settings: Iterable[Setting]) -> ProjectSpec:
    """The project with these initial weights; `report` is torch's of it.

    Raises:
        engine.errors.AppError: there is no such parameter or element.
    """
    shapes = _shapes(report)
    for name, place, value in settings:
        if name not in shapes:
            raise _unknown(name, shapes)
        try:
            project = change_weights(project, name, shapes[name], {place: value})
        except IndexError:
            shape = "×".join(map(str, shapes[name]))
            text = f"{name} has the shape {shape}, so there is no {element_name(name, place)}."
            raise AppError(Failure("The weight cannot be set.", text)) from None
    return project


def _shapes(report: NetworkReport) -> dict[str, Shape]:
    return {f"{node}.{own}": shape for node, each in report.parameter_shapes.items() for own, shape in each}


def _unknown(name: str, shapes: dict[str, Shape]) -> AppError:
    known = ", ".join(shapes) or "none"
    return AppError(Failure(f"There is no parameter {name}.", f"The network has: {known}."))


def _line(project: ProjectSpec, name: str, shape: Shape) -> str:
    node, own = split(name)
    number = hand_weights.count(by_hand(project.network.node(node), own))
    told = f"  {number:,} set by hand" if number else ""
    return f"{name:<28} {'×'.join(map(str, shape)):>12}{told}"


def _table(values: Array) -> str:
    """Tab-separated, the shortest digits that read back as the same float32; of many axes slice by slice."""
    if values.ndim < 3:
        return "\n".join("\t".join(map(str, line)) for line in np.atleast_2d(values))
    slices = (f"[{', '.join(map(str, place))}]\n{_table(values[place])}" for place in np.ndindex(values.shape[:-2]))
    return "\n".join(slices)


def _ignore(_: object) -> None:
    """The state of the engine says nothing here."""


def _whisper(text: str) -> None:
    sys.stderr.write(f"{text}\n")

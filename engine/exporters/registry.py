"""The table of exporters, and the one way to call them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.files import atomic_write
from engine.views import Failure

Render = Callable[[ExportContext, str], bytes]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format. `suffixes` are the accepted endings, the first is the usual one.

    `module` holds `render(context, suffix) -> bytes`, which makes the file's content and checks it by reading it back.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    help: str
    module: str
    needs_run: bool = False

    @property
    def suffix(self) -> str:
        return self.suffixes[0]

    def target(self, path: str | Path) -> Path:
        """The path with an ending of this format; one without any gets the usual one.

        Raises:
            engine.errors.ExportError: the path has an ending that this format does not know.
        """
        target = Path(path)
        if not target.suffix:
            return target.with_name(target.name + self.suffix)
        if target.suffix.lower() not in self.suffixes:
            endings = " or ".join(filter(None, (", ".join(self.suffixes[:-1]), self.suffixes[-1])))
            todo = f"Let the file name end in {endings}."
            raise ExportError(Failure(f"{self.title} cannot be written as “{target.suffix}”.", todo=todo))
        return target

    def render(self, context: ExportContext, suffix: str) -> bytes:
        """The content of the file, already checked. Engine thread only. Raises engine.errors.ExportError."""
        return cast(Render, importlib.import_module(self.module).render)(context, suffix)


EXPORTERS: dict[str, Exporter] = {
    exporter.name: exporter
    for exporter in (
        Exporter(
            "state_dict",
            "Weights",
            (".pt", ".pth"),
            "The weights and buffers, as torch.load(…, weights_only=True) reads them.",
            "engine.exporters.state_dict",
            needs_run=True,
        ),
        Exporter(
            "script",
            "Python script",
            (".py",),
            "A script that rebuilds data, model and training and prints the same losses; needs only torch and numpy.",
            "engine.exporters.script",
        ),
        Exporter(
            "data",
            "Data",
            (".npz",),
            "Features and targets before split and normalization, as numpy.load reads them.",
            "engine.exporters.own_data",
        ),
        Exporter(
            "curves",
            "Curves",
            (".csv",),
            "Every loss and accuracy of the run, one line per step.",
            "engine.exporters.curves",
            needs_run=True,
        ),
        Exporter(
            "plot",
            "Plot of the curves",
            (".png", ".svg", ".pdf"),
            "Loss and accuracy over the epochs, as a picture.",
            "engine.exporters.plot",
            needs_run=True,
        ),
        Exporter(
            "graph",
            "Autograd graph",
            (".svg", ".png", ".pdf", ".dot"),
            "The graph that the backward pass walks, as a picture or as DOT text.",
            "engine.exporters.graph",
        ),
        Exporter(
            "results",
            "Results",
            (".json",),
            "Losses and accuracies of every epoch and of the test part, for a program to read.",
            "engine.exporters.results",
            needs_run=True,
        ),
    )
}


def export(what: str, path: str, context: ExportContext) -> str:
    """Write one format to `path` and return a sentence that says so. A path without an ending gets the usual one.

    Raises:
        engine.errors.ExportError: unknown format or ending, or there is nothing to export yet.
        engine.errors.FileProblem: the file cannot be written; an older file there is unchanged.
    """
    exporter = EXPORTERS.get(what)
    if exporter is None:
        raise ExportError(Failure(f"There is no export “{what}”.", todo=f"Choose one of {', '.join(EXPORTERS)}."))
    target = exporter.target(path)
    atomic_write(target, exporter.render(context, target.suffix.lower()))
    return f"Exported {exporter.title[0].lower()}{exporter.title[1:]} to {target}."

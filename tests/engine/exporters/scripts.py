"""Exported scripts, run in a fresh process, and the numbers that they must print."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import edits
from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS
from engine.example_parts import blank
from engine.fields import Value
from engine.metrics import TRAIN_LOSS, VALIDATION_LOSS
from engine.spec import DataSpec, ProjectSpec, SplitSpec, TrainSpec
from tests.engine.exporters.contexts import trained

END: dict[str, Value] = {"out_features": 2}

# Runs every script named on its command line and prints one JSON object per line; engine and gui cannot be imported.
_RUNNER = """
import contextlib, io, runpy, sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="LSTM with projections is not supported with oneDNN")
sys.modules["engine"] = sys.modules["gui"] = None
paths, sys.argv = sys.argv[1:], ["script.py", "--json"]
for path in paths:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        runpy.run_path(path, run_name="__main__")
    print(text.getvalue(), end="")
"""


def run_scripts(folder: Path, sources: Mapping[str, bytes]) -> dict[str, Any]:
    """What each script prints with --json, all in one fresh process."""
    paths = [folder / f"{number}.py" for number, _ in enumerate(sources)]
    for path, source in zip(paths, sources.values(), strict=True):
        path.write_bytes(source)
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUNNER, *map(str, paths)], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(sources, map(json.loads, done.stdout.splitlines()), strict=True))


def losses_of(project: ProjectSpec) -> dict[str, Any]:
    """The same four things from Chainrule's own run."""
    run = trained(project)
    train = run.log.since(TRAIN_LOSS)[1][1:].tolist()
    validation = run.log.since(VALIDATION_LOSS)[1][1:].tolist() or [None] * len(train)
    test = run.evaluate("test")
    return {
        "train_loss": train,
        "val_loss": validation,
        "test_loss": None if test is None else test.loss,
        "test_accuracy": None if test is None else test.accuracy,
    }


def project_with(layers: tuple[tuple[str, dict[str, Value]], ...], data: str = "moons", **train: Any) -> ProjectSpec:
    images = data == "digits"
    source = DATASETS[data].choose({"layout": "image"} if images else {})
    split = SplitSpec("counts", 97, 20, 20, 5)
    spec = TrainSpec(
        train.pop("loss", LOSSES["cross_entropy"].choose()),
        train.pop("optimizer", OPTIMIZERS["sgd"].choose({"lr": 0.05})),
        **{"batch_size": 16, "epochs": 2, "seed": 1, "device": "cpu", **train},
    )
    project = blank(DataSpec(source, split), spec)
    for kind, values in layers:
        project, _ = edits.append_node(project, kind, values=values)
    return project

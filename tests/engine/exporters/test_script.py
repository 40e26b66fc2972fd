"""The exported script: run in a fresh process with torch and numpy alone, it prints the very losses of the run."""

from __future__ import annotations

import ast
import dataclasses
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import edits
from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS, load
from engine.errors import ExportError
from engine.example_parts import blank
from engine.examples import EXAMPLES
from engine.exporters import script
from engine.fields import Value
from engine.spec import DataSpec, ProjectSpec, SplitSpec
from engine.weight_edits import change_weights
from tests.engine.exporters.contexts import context_of, short, trained, untrained
from tests.engine.exporters.scripts import END, losses_of, project_with, run_scripts


def loss_and_optimizer_projects() -> dict[str, ProjectSpec]:
    body: tuple[tuple[str, dict[str, Value]], ...] = (("linear", {"out_features": 4}), ("tanh", {}))
    projects = {}
    for entry in LOSSES:
        end = [("linear", END), *((kind, {}) for kind in entry.needs[:1])]
        for reduction in entry.field("reduction").choices:
            values: dict[str, object] = {"reduction": reduction}
            values |= {"delta": 0.5} if entry.kind == "huber" else {}
            values |= {"label_smoothing": 0.1} if entry.kind == "cross_entropy" else {}
            optimizer = OPTIMIZERS["sgd"].choose({"lr": 0.001})
            project = project_with((*body, *end), loss=entry.choose(values), optimizer=optimizer)
            projects[f"{entry.kind}_{reduction}"] = project
    one: dict[str, Value] = {"out_features": 1}
    for kind in ("mse", "bce_with_logits"):
        projects[f"{kind}_one_output"] = project_with((*body, ("linear", one)), loss=LOSSES[kind].choose())
    projects["regression"] = project_with((*body, ("linear", one)), "diabetes", loss=LOSSES["l1"].choose())
    settings: dict[str, dict[str, object]] = {
        "sgd": {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        "adam": {"beta1": 0.8, "eps": 1e-6},
        "adamw": {},
        "rmsprop": {"alpha": 0.9, "momentum": 0.5},
        "adagrad": {"lr_decay": 0.1},
        "adadelta": {"rho": 0.8},
        "nadam": {"momentum_decay": 0.01},
        "radam": {"beta2": 0.5},
        "lbfgs": {"max_iter": 4, "line_search_fn": "strong_wolfe"},
    }
    for entry in OPTIMIZERS:
        chosen = entry.choose(settings[entry.kind])
        projects[entry.kind] = project_with((*body, ("linear", END)), optimizer=chosen)
    return projects


def corner_projects() -> dict[str, ProjectSpec]:
    """Last batch of one with BatchNorm, no validation, no test, one training row, hand-set weights, large batches."""
    norm = project_with((("linear", {"out_features": 4}), ("batch_norm1d", {}), ("linear", END)))
    plain = project_with((("linear", END),))

    def parts(project: ProjectSpec, train: float, validation: float, test: float) -> ProjectSpec:
        return edits.set_data(
            project, dataclasses.replace(project.data, split=SplitSpec("counts", train, validation, test))
        )

    hand_set = {"weight": ((0.25, -1.5), (1e-3, 2.0)), "bias": (0.5, -0.5)}
    assert 97 % 16 == 1
    return {
        "merged": norm,
        "no_validation": parts(plain, 50, 0, 10),
        "no_test": parts(plain, 50, 10, 0),
        "one_row": parts(plain, 1, 10, 10),
        "hand_set": edits.set_weights(plain, "linear_1", hand_set),
        "some_hand_set": change_weights(plain, "linear_1.weight", (2, 2), {(1, 0): 0.1, (0, 1): -1.5}),
        "all_hand_set": change_weights(plain, "linear_1.weight", (2, 2), {(): 0.1}),
        "large_batch": edits.set_train_value(parts(plain, 200, 90, 10), "batch_size", 1000),
        "large_parts": edits.set_data(plain, DataSpec(DATASETS["moons"].choose({"n": 2000}), normalization="none")),
    }


def data_projects() -> dict[str, ProjectSpec]:
    """Every data set with its own defaults and shares."""
    projects = {}
    for entry in DATASETS:
        if entry.from_file:
            continue  # tests/engine/exporters/test_script_file.py
        data = load(entry.choose())
        layers: list[tuple[str, dict[str, Value]]] = [("flatten", {})] if data.features.ndim > 2 else []
        outputs = len(data.class_names) or data.targets.shape[1]
        loss = LOSSES["mse" if data.task == "regression" else "cross_entropy"].choose()
        project = project_with((*layers, ("linear", {"out_features": outputs})), loss=loss, epochs=1)
        projects[entry.kind] = edits.set_data(project, DataSpec(entry.choose()))
    return projects


PROJECTS = {
    **{f"data {kind}": project for kind, project in data_projects().items()},
    **{f"example {name}": short(name, 5) for name in EXAMPLES},
    **{f"choice {name}": project for name, project in loss_and_optimizer_projects().items()},
    **{f"corner {name}": project for name, project in corner_projects().items()},
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scripts of all projects print, all run in one fresh process: starting torch takes longer than they do."""
    sources = {name: script.render(untrained(project), ".py") for name, project in PROJECTS.items()}
    return run_scripts(tmp_path_factory.mktemp("scripts"), sources)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_script_prints_exactly_the_losses_of_the_run(printed: dict[str, Any], name: str) -> None:
    expected = losses_of(PROJECTS[name])
    assert len(expected["train_loss"]) == PROJECTS[name].train.epochs
    assert printed[name] == expected


def test_every_entry_of_every_catalog_is_among_them() -> None:
    assert {project.train.loss.kind for project in PROJECTS.values()} == set(LOSSES.kinds)
    assert {project.train.optimizer.kind for project in PROJECTS.values()} == set(OPTIMIZERS.kinds)
    assert {project.data.source.kind for project in PROJECTS.values()} == {
        entry.kind for entry in DATASETS if not entry.from_file
    }


def test_alone_it_prints_a_line_per_epoch(tmp_path: Path) -> None:
    project = short("moons")
    path = tmp_path / "moons.py"
    path.write_bytes(script.render(untrained(project), ".py"))
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    expected = losses_of(project)
    for epoch, (train, validation) in enumerate(zip(expected["train_loss"], expected["val_loss"], strict=True), 1):
        assert lines[epoch - 1] == f"epoch {epoch}: train loss {train!r}, validation loss {validation!r}"
    assert lines[-1] == f"test: loss {expected['test_loss']!r}, accuracy {expected['test_accuracy']!r}"


def test_an_infinite_loss_stops_the_script_with_a_sentence(tmp_path: Path) -> None:
    project = edits.set_optimizer_value(edits.choose_optimizer(short("torch-basics", 50), "sgd"), "lr", 1000.0)
    path = tmp_path / "wild.py"
    path.write_bytes(script.render(untrained(project), ".py"))
    with pytest.raises(SystemExit, match=r"^The loss became (inf|nan) in epoch \d+"):
        runpy.run_path(str(path), run_name="__main__")


def test_nothing_in_a_name_can_become_code() -> None:
    project = edits.rename_project(short("s3"), '"""; import os; """ \\')
    tree = ast.parse(script.render(untrained(project), ".py"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"json", "math", "sys", "numpy", "torch"}


def test_changes_while_running_are_said_in_the_head() -> None:
    run = trained(short("s3"))
    run.apply_live(edits.set_optimizer_value(run.project, "lr", 0.05))
    text = script.render(context_of(run), ".py").decode()
    assert run.log.changes[0][1] in text
    assert "lr=0.05" in text


def test_a_project_with_errors_is_refused() -> None:
    with pytest.raises(ExportError, match="cannot be trained yet"):
        script.render(untrained(blank(DataSpec(DATASETS["moons"].choose()), short("s3").train)), ".py")

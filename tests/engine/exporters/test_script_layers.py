"""Every layer in the exported script: run in a fresh process it prints the very losses of the run."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from engine import edits
from engine.catalog import INITIALIZERS, LAYERS
from engine.datasets.registry import DATASETS
from engine.exporters import script
from engine.project_json import from_json, to_json
from engine.spec import DataSpec, LinkSpec, ProjectSpec, SplitSpec
from engine.tensors.steps import LossNotFinite
from tests.engine.exporters.contexts import untrained
from tests.engine.exporters.scripts import END, losses_of, project_with, run_scripts
from tests.engine.tensors.layer_cases import CASES
from tests.engine.tensors.random_dags import dressed, random_dag


def layer_projects() -> dict[str, ProjectSpec]:
    """A small network around every layer, in several settings: the data are put into the shape that the layer takes."""
    projects = {}
    for case in CASES:
        if case.kind in ("add", "concat"):
            continue
        values = dict(case.values)
        if case.kind == "embedding":
            layers = (
                ("embedding", {"num_embeddings": 17, **values}),
                ("flatten", {}),
                ("linear", {"out_features": 10}),
            )
            project = project_with(layers, "digits")  # type: ignore[arg-type]
            flat = DATASETS["digits"].choose({"layout": "flat"})
            project = edits.set_data(project, DataSpec(flat, project.data.split, "none"))
        else:
            first = ("linear", {"out_features": math.prod(case.shape)})
            layers = (first, ("reshape", {"shape": case.shape}), (case.kind, values), ("flatten", {}), ("linear", END))  # type: ignore[assignment]
            project = project_with(layers)  # type: ignore[arg-type]
        projects[case.name] = project
    for kind in ("add", "concat"):
        projects[kind] = join_project(kind)
    return projects


def join_project(kind: str) -> ProjectSpec:
    """linear_1 and linear_2 read the data, `kind` joins three inputs, linear_3 follows; one layer has an awkward name."""
    project = project_with((("linear", {"out_features": 2}), ("linear", {"out_features": 2}), ("linear", END)))
    project, join = edits.add_node(project, kind, 0.0, 0.0)
    for link in project.network.links:
        project = edits.disconnect(project, link)
    for source, target in (
        ("input", "linear_1"),
        ("input", "linear_2"),
        ("linear_1", join),
        ("linear_2", join),
        ("input", join),
        (join, "linear_3"),
        ("linear_3", "output"),
    ):
        project = edits.connect(project, source, target)
    assert LinkSpec("input", join, 2) in project.network.links
    # torch.nn.Module has a method of this name: old files may hold it, a new one cannot be given.
    return from_json(json.loads(json.dumps(to_json(project)).replace("linear_1", "type")))


def random_projects() -> dict[str, ProjectSpec]:
    """Random networks of all layers, with rules that draw, frozen layers and rates of their own."""
    found = {}
    for number in range(40):
        draw = random.Random(number)
        project = dressed(random_dag(draw), draw)
        project = edits.set_data(project, replace(project.data, split=SplitSpec("counts", 17, 5, 5, number)))
        found[f"random {number}"] = edits.set_train_value(project, "epochs", 2)
    return found


losses = cache(losses_of)


def is_finite(project: ProjectSpec) -> bool:
    """Whether the run does not run away: the script then stops with a sentence, which another test looks at."""
    try:
        losses(project)
    except LossNotFinite:
        return False
    return True


PROJECTS = layer_projects() | {name: project for name, project in random_projects().items() if is_finite(project)}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    sources = {name: script.render(untrained(project), ".py") for name, project in PROJECTS.items()}
    return run_scripts(tmp_path_factory.mktemp("scripts"), sources)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_script_prints_exactly_the_losses_of_the_run(printed: dict[str, Any], name: str) -> None:
    expected = losses(PROJECTS[name])
    assert len(expected["train_loss"]) == PROJECTS[name].train.epochs
    assert printed[name] == expected


def test_every_layer_is_among_them() -> None:
    kinds = {node.kind for project in PROJECTS.values() for node in project.network.nodes}
    assert kinds == set(LAYERS.kinds)


def test_every_rule_frozen_layers_and_own_rates_are_among_them() -> None:
    nodes = [node for project in PROJECTS.values() for node in project.network.nodes]
    assert {node.initializer.kind for node in nodes} == set(INITIALIZERS.kinds)
    assert {node.frozen for node in nodes} == {True, False}
    assert {node.lr for node in nodes} == {None, 0.03}
    assert len(PROJECTS) > len(layer_projects()) + 25

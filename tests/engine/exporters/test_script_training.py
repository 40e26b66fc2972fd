"""Scripts of projects whose training has more than the plain step: they print exactly the losses of the run."""

from __future__ import annotations

from typing import Any

import pytest

from engine import edits
from engine.exporters import script
from engine.spec import ProjectSpec
from tests.engine.exporters.contexts import untrained
from tests.engine.exporters.scripts import END, losses_of, project_with, run_scripts
from tests.engine.tensors import test_class_weights, test_lbfgs, test_objective, test_schedule, test_stopping

LAYERS: Any = (("linear", {"out_features": 6}), ("tanh", {}), ("linear", END))


def small(**parts: Any) -> ProjectSpec:
    """A small project with these parts: `schedule=("step", {"gamma": 0.5})`."""
    project = edits.set_train_value(project_with(LAYERS), "epochs", 3)
    for part, (kind, values) in parts.items():
        project = edits.choose_part(project, part, kind)
        for name, value in values.items():
            project = edits.set_part_value(project, part, name, value)
    return project


PROJECTS: dict[str, ProjectSpec] = {
    **{
        f"objective {name}": test_objective.project_with(epochs=2, **case)
        for name, case in test_objective.CASES.items()
    },
    **{f"weights {name}": project for name, project in test_class_weights.CASES.items()},
    **{f"lbfgs {name}": project for name, project in test_lbfgs.CASES.items()},
    "early stopping": test_stopping.project_with(),
    "early stopping, last weights": test_stopping.project_with(restore_best=False, min_delta=0.01),
    **{f"schedule {name}": project for name, (project, _, _) in test_schedule.CASES.items()},
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    sources = {name: script.render(untrained(project), ".py") for name, project in PROJECTS.items()}
    return run_scripts(tmp_path_factory.mktemp("scripts"), sources)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_script_prints_exactly_the_losses_of_the_run(printed: dict[str, Any], name: str) -> None:
    assert printed[name] == losses_of(PROJECTS[name])

"""Scripts of projects whose rows come from a file, and of every split and scale: the same losses again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import edits
from engine.catalog import LOSSES
from engine.datasets import DATASETS
from engine.datasets.importing import known, shelf
from engine.exporters import ExportContext, own_data, script
from engine.exporters.registry import export
from engine.spec import Choice, DataSpec, ProjectSpec, SplitSpec
from engine.tensors.check import check
from tests.engine.datasets.importing.looking import found_in, plan_with
from tests.engine.exporters.contexts import untrained
from tests.engine.exporters.scripts import losses_of, project_with, run_scripts

SPLIT = SplitSpec(seed=5)


def table(folder: Path) -> Path:
    rng = np.random.default_rng(3)
    lines = ["a,town,b,label"]
    for index in range(120):
        a = "" if index % 11 == 3 else f"{rng.normal():.4f}"
        town = "" if index % 17 == 5 else rng.choice(["x", "y", "z"])
        lines.append(f"{a},{town},{rng.normal():.4f},{rng.choice(['no', 'yes'])}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return folder / "table.csv"


def source(folder: Path, missing: str) -> Choice:
    path = table(folder)
    known.allow(str(path))
    shelf.forget()
    return plan_with(found_in(path), missing=missing).choice()


def learned(data: DataSpec, outputs: int, loss: str = "cross_entropy") -> ProjectSpec:
    project = project_with((("linear", {"out_features": outputs}),), loss=LOSSES[loss].choose(), epochs=2)
    return edits.set_data(project, data)


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ProjectSpec]:
    folder = tmp_path_factory.mktemp("tables")
    iris, images = DATASETS["iris"].choose(), DATASETS["digits"].choose({"layout": "image"})
    digits = project_with((("flatten", {}), ("linear", {"out_features": 10})), "digits", epochs=1)
    return {
        "left out": learned(DataSpec(source(folder, "drop rows"), SPLIT), 2),
        "filled": learned(DataSpec(source(folder, "fill"), replace(SPLIT, stratify=True), "min-max", -1.0, 1.0), 2),
        "stratified": learned(DataSpec(iris, replace(SPLIT, stratify=True), "standardize (N)"), 3),
        "in order": learned(DataSpec(iris, replace(SPLIT, stratify=True, shuffle=False), "min-max", 0.1, 0.9), 3),
        "images": edits.set_data(digits, DataSpec(images, SPLIT, "min-max")),
    }


def test_the_scripts_print_exactly_the_losses_of_the_runs(projects: dict[str, ProjectSpec], tmp_path: Path) -> None:
    sources = {name: script.render(untrained(project), ".py") for name, project in projects.items()}
    printed: dict[str, Any] = run_scripts(tmp_path, sources)
    for name, project in projects.items():
        assert printed[name] == losses_of(project), name


def test_a_script_of_many_rows_reads_the_exported_data(
    projects: dict[str, ProjectSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "MOST_PACKED", 10)
    own_data.packed.cache_clear()
    project = projects["filled"]
    export("data", str(tmp_path / "table-data.npz"), ExportContext(project, check(project)))
    printed = run_scripts(tmp_path, {"filled": script.render(untrained(project), ".py")})
    own_data.packed.cache_clear()
    assert printed["filled"] == losses_of(project)

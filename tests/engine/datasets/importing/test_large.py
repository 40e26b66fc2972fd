"""Data that do not fit into memory are mapped from a scratch file: the same numbers, the same training."""

from pathlib import Path

import numpy as np
import pytest

from engine import edits
from engine.datasets import prepare, space
from engine.datasets.importing import gather, known, shelf
from engine.fitting import fit, offer
from engine.metrics import STEP_LOSS
from engine.spec import DataSpec, SplitSpec
from engine.tensors import data as tensor_data
from engine.tensors.check import forget_prepared
from tests.engine.datasets.importing.looking import found_in, plan_with
from tests.engine.session_reader import moons
from tests.engine.tensors.projects import run_of

ROWS = 30_000


def files(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(ROWS, 12)).astype(np.float32)
    table[:, 11] = table[:, 0] > table[:, 1]
    table[::97, 3] = np.nan
    np.save(folder / "rows.npy", table)
    lines = [",".join(f"{value:.5g}" for value in row) for row in table.tolist()]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    np.savez(folder / "arrays.npz", x=np.nan_to_num(table[:, :11]), y=table[:, 11].astype(np.int64))
    return {"npy": folder / "rows.npy", "csv": folder / "rows.csv", "npz": folder / "arrays.npz"}


@pytest.mark.parametrize(("kind", "missing"), [("npy", "drop rows"), ("csv", "fill"), ("npz", "drop rows")])
def test_mapped_rows_train_as_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    path = files(tmp_path)[kind]
    known.allow(str(path))
    plan = plan_with(found_in(path), missing=missing)
    spec = DataSpec(plan.choice(), SplitSpec(seed=3))
    project = edits.set_data(moons(batch_size=256), spec)
    project = fit(project, offer(project, plan.target, 2))
    shelf.forget()
    forget_prepared()
    expected = run_of(project)
    usual = prepare(spec)
    assert not isinstance(usual.features["train"], np.memmap)
    shelf.forget()
    forget_prepared()
    monkeypatch.setattr(space, "free_memory", lambda: 100_000)
    monkeypatch.setattr(space, "SMALL", 1000)
    monkeypatch.setattr(gather, "LARGE_BLOCK", 200_000)
    monkeypatch.setattr(tensor_data, "SHARED", 0)
    mapped = prepare(spec)
    assert isinstance(mapped.dataset.features, np.memmap)
    for part in ("train", "validation", "test"):
        assert isinstance(mapped.features[part], np.memmap)
        np.testing.assert_array_equal(mapped.features[part], usual.features[part])
        np.testing.assert_array_equal(mapped.targets[part], usual.targets[part])
    run = run_of(project)
    for each in (run, expected):
        each.train_for(60.0, 20)
    np.testing.assert_array_equal(run.log.since(STEP_LOSS)[1], expected.log.since(STEP_LOSS)[1])
    shelf.forget()
    forget_prepared()

"""The shipped files hold exactly scikit-learn's numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

import resources
from engine.datasets import DATASETS, DataError, load
from engine.datasets import files as data_files

CLASS_SETS = ("iris", "wine", "breast_cancer", "digits")


def original(kind: str) -> Any:
    loader = getattr(sklearn.datasets, f"load_{kind}")
    return loader(scaled=False) if kind == "diabetes" else loader()


def spaced(names: list[str]) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in names)


@pytest.mark.parametrize("kind", CLASS_SETS)
def test_classes_equal_scikit_learns(kind: str) -> None:
    ours, theirs = load(DATASETS[kind].choose()), original(kind)
    np.testing.assert_array_equal(ours.features, theirs.data.astype(np.float32))
    np.testing.assert_array_equal(ours.targets, theirs.target)
    assert ours.targets.dtype == np.int64
    assert ours.feature_names == spaced(theirs.feature_names)
    assert ours.class_names == spaced([str(name) for name in theirs.target_names])


def test_diabetes_equals_scikit_learns_unscaled_numbers() -> None:
    ours, theirs = load(DATASETS["diabetes"].choose()), original("diabetes")
    np.testing.assert_array_equal(ours.features, theirs.data.astype(np.float32))
    np.testing.assert_array_equal(ours.targets, theirs.target.astype(np.float32)[:, None])
    assert (ours.task, ours.class_names, ours.feature_names) == ("regression", (), tuple(theirs.feature_names))


def test_digits_as_images_are_scikit_learns_images() -> None:
    ours, theirs = load(DATASETS["digits"].choose({"layout": "image"})), original("digits")
    np.testing.assert_array_equal(ours.features[:, 0], theirs.images.astype(np.float32))
    assert ours.sample_shape == (1, 8, 8)
    assert ours.feature_names == ("channel 1",)
    assert (ours.features.min(), ours.features.max()) == (0, 16)


def test_the_files_are_small_and_their_notice_names_each() -> None:
    folder = Path(resources.__file__).parent / "data"
    notice = (folder / "NOTICE.md").read_text(encoding="utf-8")
    files = [path for path in folder.iterdir() if ".csv" in path.suffixes]
    assert {path.name for path in files} == {entry.file for entry in DATASETS if entry.file}
    assert all(f"`{path.name}`" in notice for path in files)
    assert sum(path.stat().st_size for path in files) < 300_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("text.csv", b"a,b\n1,x\n"),
        ("ragged.csv", b"a,b\n1,2\n3\n"),
        ("cut.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x54"),
        ("plain.csv.gz", b"a,b\n1,2\n"),
        ("bytes.csv", b"\xff\xfe\n1\n"),
    ],
)
def test_a_missing_or_damaged_file_is_told(
    name: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / name).write_bytes(content)
    monkeypatch.setattr(data_files, "files", lambda _: tmp_path)
    with pytest.raises(DataError, match=f"The data file {name} of Chainrule is missing or damaged"):
        data_files.read_table(name)

"""From files to data sets, compared with what pandas, numpy and Pillow read from the same files."""

import gzip
import itertools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

from engine.datasets import space
from engine.datasets.importing import Options, Unreadable
from tests.engine.datasets.importing.looking import data_of, found_in, refused
from tests.engine.datasets.importing.test_arrays import idx, npy

RNG = np.random.default_rng(7)
ROWS = 3000


def mixed() -> pd.DataFrame:
    """A table as people have them."""
    return pd.DataFrame(
        {
            "length": RNG.normal(10, 3, ROWS),
            "count": RNG.integers(0, 5000, ROWS),
            "town": RNG.choice(["Köln", "Bonn", 'the "old" one', "a, b"], ROWS),
            "sold": RNG.choice([True, False], ROWS),
            "day": pd.Series(
                pd.to_datetime("2024-01-01") + pd.to_timedelta(RNG.integers(0, 900, ROWS), unit="D")
            ).dt.strftime("%Y-%m-%d"),
            "label": RNG.choice(["cat", "dog", "bird"], ROWS),
        }
    )


def expected(frame: pd.DataFrame) -> tuple[Any, Any]:
    """The same by pandas: one-hot towns, days since 1970, classes in order."""
    days = (pd.to_datetime(frame["day"]) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    parts = [frame["length"], frame["count"], pd.get_dummies(frame["town"]), frame["sold"], days]
    columns = [np.asarray(part, dtype=np.float64).reshape(len(frame), -1) for part in parts]
    return np.concatenate(columns, axis=1).astype(np.float32), frame["label"].astype("category").cat.codes.to_numpy()


@pytest.mark.parametrize("kind", ["comma", "semicolon", "tab in utf-16", "parquet"])
def test_a_mixed_table_is_read_as_pandas_reads_it(tmp_path: Path, kind: str) -> None:
    frame, path = mixed(), tmp_path / "table"
    if kind == "parquet":
        pl.DataFrame({name: frame[name].tolist() for name in frame}).write_parquet(path)
    elif kind == "semicolon":
        frame.to_csv(path, index=False, sep=";", decimal=",")
    else:
        frame.to_csv(path, index=False, **({"sep": "\t", "encoding": "utf-16"} if "tab" in kind else {}))
    data = data_of(path)
    features, targets = expected(frame)
    np.testing.assert_array_equal(data.features, features)
    np.testing.assert_array_equal(data.targets, targets)
    assert data.class_names == ("bird", "cat", "dog")
    assert data.feature_names[2:6] == ("town=Bonn", "town=Köln", "town=a, b", 'town=the "old" one')
    assert (data.task, data.notes, data.features.flags.writeable) == ("classes", (), False)


def test_numbers_alone_are_read_exactly(tmp_path: Path) -> None:
    numbers = RNG.normal(size=(20_000, 6))
    numbers[:, 5] = RNG.normal(size=20_000)
    pd.DataFrame(numbers).to_csv(tmp_path / "n.csv", index=False, header=False)
    data = data_of(tmp_path / "n.csv")
    np.testing.assert_array_equal(data.features, numbers[:, :5].astype(np.float32))
    np.testing.assert_array_equal(data.targets, numbers[:, 5:].astype(np.float32))
    assert (data.task, data.class_names) == ("regression", ())


HOLES = "a,town,y\n1,x,1\n,x,2\n3,,3\n4,z,\n5,x,5\n6,inf,6\n7,x,n/a\n8,z,7.5\n"


@pytest.fixture
def holes(tmp_path: Path) -> Path:
    (tmp_path / "holes.csv").write_text(HOLES)
    return tmp_path / "holes.csv"


def test_rows_with_missing_values_are_left_out_and_told(holes: Path) -> None:
    data = data_of(holes)
    np.testing.assert_array_equal(data.targets[:, 0], np.array([1, 5, 7.5], np.float32))
    assert data.notes == ("5 of 8 rows were left out (first: row 2, column “a”: empty).",)


def test_missing_features_may_be_kept_to_be_filled(holes: Path) -> None:
    data = data_of(holes, missing="fill")
    assert data.holes
    np.testing.assert_array_equal(data.targets[:, 0], np.array([1, 2, 3, 5, 6, 7.5], np.float32))
    np.testing.assert_array_equal(data.features[:, 0], np.array([1, np.nan, 3, 5, 6, 8], np.float32))
    np.testing.assert_array_equal(np.isnan(data.features[2, 1:]), [True, True])
    assert data.groups == ((1, 3),)


def test_missing_values_may_be_refused(holes: Path) -> None:
    with pytest.raises(Unreadable, match="row 2, column “a”: empty"):
        data_of(holes, missing="refuse")


def test_roles_and_kinds_can_be_changed(holes: Path) -> None:
    data = data_of(holes, {"a": "ignored", "town": "target", "y": "feature"}, target="classes")
    assert (data.feature_names, data.class_names, len(data.targets)) == (("y",), ("x", "z"), 4)
    indexed = data_of(holes, {"town": "feature index"})
    assert indexed.feature_names == ("a", "town")
    assert indexed.modes == (1,)


def test_several_labels_per_row(tmp_path: Path) -> None:
    path = tmp_path / "multi.csv"
    path.write_text("x,red,big\n1,0,yes\n2,1,no\n3,1,yes\n4,0,no\n")
    data = data_of(path, {"red": "target", "big": "target"}, target="multi-label")
    np.testing.assert_array_equal(data.targets, np.array([[0, 1], [1, 0], [1, 1], [0, 0]], np.float32))
    with pytest.raises(Unreadable, match="Row 2, column “x”: 2 is neither 0 nor 1"):
        data_of(path, {"red": "feature", "x": "target"}, target="multi-label")


@pytest.mark.parametrize(
    ("roles", "changes", "said"),
    [
        ({"y": "ignored"}, {}, "No column is the target"),
        ({"a": "ignored", "b": "ignored"}, {}, "No column is a feature"),
        ({"b": "target"}, {"target": "classes"}, "Classes come from one column"),
        ({"y": "ignored", "b": "target"}, {"target": "regression"}, "holds texts"),
        ({}, {"target": "two classes"}, "3 classes, not two"),
        ({}, {"size": 3}, "bytes instead of"),
        ({}, {"sha256": "0"}, "another one than before"),
    ],
)
def test_plans_that_do_not_fit_are_told(
    tmp_path: Path, roles: dict[str, str], changes: dict[str, Any], said: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n1,u,1\n2,v,2\n3,w,3\n")
    with pytest.raises(Unreadable, match=said):
        data_of(path, roles, **changes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,label\n1,a\n2,a\n", "same class, “a”"),
        ("x,label\n1e39,a\n2,b\n", "Row 1, column “x”: 1e\\+39 is too large"),
        ("x,label\n,a\n,b\n", "No column is a feature"),
        ("x,label\n1,\n,b\n", "No row is left"),
    ],
)
def test_what_cannot_be_learned_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(Unreadable, match=said):
        data_of(tmp_path / "t.csv")


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_two_axes_is_a_table(tmp_path: Path, order: Any) -> None:
    array = np.asarray(RNG.normal(size=(9000, 40)), order=order)
    np.save(tmp_path / "a.npy", array)
    data = data_of(tmp_path / "a.npy")
    np.testing.assert_array_equal(data.features, array[:, :-1].astype(np.float32))
    np.testing.assert_array_equal(data.targets, array[:, -1:].astype(np.float32))


def test_an_archive_with_features_and_labels(tmp_path: Path) -> None:
    x, y = RNG.integers(0, 256, (300, 12, 10), dtype=np.uint8), RNG.integers(3, 6, 300)
    np.savez_compressed(tmp_path / "a.npz", x=x, y=y, other=np.ones(3))
    found = found_in(tmp_path / "a.npz")
    assert (found.features, found.targets, found.layout, found.shape) == ("x", "y", "images", (1, 12, 10))
    assert (found.target, found.classes, found.rows) == ("classes", 3, 300)
    assert found.pictures is not None
    np.testing.assert_array_equal(found.pictures, x[:40])
    data = data_of(tmp_path / "a.npz")
    np.testing.assert_array_equal(data.features[:, 0], x.astype(np.float32))
    np.testing.assert_array_equal(data.targets, y - 3)
    assert data.class_names == ("3", "4", "5")
    assert "300 rows, but other has 3 labels" in refused(tmp_path / "a.npz", Options(targets="other"))


def test_channels_behind_the_pixels_are_put_before_them(tmp_path: Path) -> None:
    x = RNG.integers(0, 256, (30, 8, 6, 3), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=x, labels=np.array(["a", "b"] * 15))
    data = data_of(tmp_path / "a.npz")
    np.testing.assert_array_equal(data.features, np.moveaxis(x, 3, 1).astype(np.float32))
    assert data.class_names == ("a", "b")


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_files_find_each_other(tmp_path: Path, packed: bool) -> None:
    x, y = RNG.integers(0, 256, (500, 28, 28), dtype=np.uint8), RNG.integers(0, 10, 500, dtype=np.uint8)
    for name, array in (("train-images-idx3-ubyte", x), ("train-labels-idx1-ubyte", y)):
        (tmp_path / (name + ".gz" * packed)).write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    path = tmp_path / ("train-images-idx3-ubyte" + ".gz" * packed)
    data = data_of(path)
    np.testing.assert_array_equal(data.features[:, 0], x.astype(np.float32))
    np.testing.assert_array_equal(data.targets, y)
    flat = data_of(path, layout="flat")
    np.testing.assert_array_equal(flat.features, x.reshape(500, 784).astype(np.float32))
    with pytest.raises(Unreadable, match="labels is another one"):
        data_of(path, labels_sha256="0")


def test_images_without_labels_ask_for_them(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(idx(np.zeros((5, 4, 4), np.uint8)))
    assert found_in(tmp_path / "pictures").targets == ""
    with pytest.raises(Unreadable, match="no labels yet"):
        data_of(tmp_path / "pictures")
    (tmp_path / "l.npy").write_bytes(npy(np.arange(6)))
    assert "5 rows, but l.npy has 6 labels" in refused(tmp_path / "pictures", Options(targets=str(tmp_path / "l.npy")))


MODES = ("1", "L", "LA", "RGB", "RGBA", "P", "CMYK", "I;16")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of every mode in two classes, most of them of one size."""
    for number, (label, mode) in enumerate(itertools.product(("cat", "dog"), MODES)):
        (tmp_path / "animals" / label).mkdir(parents=True, exist_ok=True)
        size = (9, 7) if number != 3 else (20, 30)
        base = Image.fromarray(RNG.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
        wide = Image.fromarray(RNG.integers(0, 65536, (size[1], size[0]), dtype=np.uint16))
        made = wide if mode == "I;16" else base.convert(mode)
        made.save(tmp_path / "animals" / label / f"{number:02}.{'tif' if mode == 'CMYK' else 'png'}")
    return tmp_path / "animals"


def test_a_folder_of_images_of_every_mode(folder: Path) -> None:
    found = found_in(folder)
    assert (found.rows, found.shape, found.classes, found.target) == (16, (3, 7, 9), 2, "two classes")
    assert "1 images have another size" in found.notes[0]
    data = data_of(folder)
    assert data.features.shape == (16, 3, 7, 9)
    assert data.class_names == ("cat", "dog")
    np.testing.assert_array_equal(data.targets, [0] * 8 + [1] * 8)
    for index, file in enumerate(sorted(folder.glob("*/*"))):
        with Image.open(file) as image:
            if image.mode != "I;16" and image.size == (9, 7):
                plain = np.asarray(image.convert("RGB"), np.float32)
                np.testing.assert_array_equal(np.moveaxis(data.features[index], 0, 2), plain, err_msg=str(file))
            elif image.mode == "I;16":
                np.testing.assert_allclose(data.features[index, 0], np.asarray(image) / 257, rtol=1e-6)
    grey = data_of(folder, channels=1, height=14, width=18)
    assert grey.features.shape == (16, 1, 14, 18)


def test_bad_images_are_left_out_by_name_or_refused(folder: Path) -> None:
    good = (folder / "cat" / "03.png").read_bytes()
    (folder / "cat" / "03.png").write_bytes(good[: len(good) // 2])
    (folder / "dog" / "99.png").write_bytes(b"no image")
    (folder / "readme.txt").write_text("hello")
    found = found_in(folder)
    assert (found.rows, found.ragged) == (15, 2)
    assert "cat/03.png is no readable image" in found.first_ragged
    assert "1 files are no images" in found.notes[0]
    assert "2 of 17 images were left out (first: cat/03.png" in data_of(folder).notes[0]
    with pytest.raises(Unreadable, match=r"cat/03\.png"):
        data_of(folder, missing="refuse")


def test_an_image_with_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.new("1", (9000, 9000)).save(tmp_path / "a" / "bomb.png")
    assert "81" not in refused(tmp_path)
    assert "9,000 × 9,000 pixels" in refused(tmp_path)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert "holds no images in folders" in refused(tmp_path)


def test_parquet_that_is_none_or_nested_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 but no more")
    assert "no Parquet file, or it is damaged" in refused(tmp_path / "a.parquet")
    pl.DataFrame({"a": [[1, 2], [3]], "y": [1, 2]}).write_parquet(tmp_path / "b.parquet")
    assert "Column “a”: It holds values of the type List" in refused(tmp_path / "b.parquet")
    pl.DataFrame({"a": [1, None, 3], "y": [1.5, 2.5, 3.25]}).write_parquet(tmp_path / "c.parquet")
    np.testing.assert_array_equal(data_of(tmp_path / "c.parquet").targets[:, 0], [1.5, 3.25])


def test_what_needs_more_memory_than_there_is_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "free_memory", lambda: 10_000)
    monkeypatch.setattr(space, "free_disk", lambda: 20_000)
    (tmp_path / "i").write_bytes(idx(np.zeros((500, 28, 28), np.uint8)))
    assert "1.57 MB. 10 kB of memory and 20 kB of disk are free" in refused(tmp_path / "i")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.xlsx", b"PK\x03\x04rest", "is a spreadsheet. Save it as CSV"),
        ("t.xls", b"\xd0\xcf\x11\xe0rest", "is a spreadsheet"),
        ("t.zip", b"PK\x03\x04rest", "is an archive. Unpack it"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n"), "is packed, and what is inside is no IDX file"),
        ("t.pkl", pickle.dumps({"a": list(range(300))}), "no text table"),
    ],
)
def test_other_files_are_told_what_to_do(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert said in refused(tmp_path / name)


def test_one_row_of_numbers_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,y\n1,2,3.5\n")
    data = data_of(tmp_path / "t.csv")
    assert (data.features.tolist(), data.targets.tolist()) == ([[1, 2]], [[3.5]])

"""Whatever bytes a file holds, the answer is rows that are sound or a sentence: no other exception, nothing half."""

from __future__ import annotations

import csv
import gzip
import io
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.datasets import Dataset
from engine.datasets.importing import Preview, Unreadable, first_plan, plan_of
from engine.datasets.importing.reader import read, survey
from engine.datasets.importing.summary import notes_of, summary
from tests.engine.datasets.importing.looking import finish
from tests.engine.datasets.importing.test_arrays import idx, npy

CASES = 40
"""Cases of each test. Before an issue is closed they are raised to 2,000, by hand."""

fuzzed = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def answer(path: Path) -> Dataset | str:
    """The data set of the guessed plan, or what is said; both are checked."""
    found = finish(survey(str(path)))
    if not isinstance(found, Preview):
        assert found.text.endswith((".", "…", "”", ")")) or len(found.text) > 10
        return found.text
    assert found.rows >= 0
    assert summary(found)
    plan = first_plan(found)
    assert notes_of(found, plan) is not None
    assert plan_of(plan.choice()) == plan
    try:
        data = finish(read(plan))
    except Unreadable as said:
        return str(said)
    sound(data)
    assert len(data.features) <= max(found.rows, 1)
    return data


def sound(data: Dataset) -> None:
    """What the rest of Chainrule relies on."""
    rows = len(data.features)
    assert rows > 0
    assert data.features.dtype == np.float32
    assert np.isfinite(data.features).all()
    assert len(data.feature_names) == data.features.shape[1]
    if data.task == "classes":
        assert (data.targets.dtype, data.targets.shape) == (np.int64, (rows,))
        assert set(np.unique(data.targets)) == set(range(len(data.class_names)))
        assert len(data.class_names) > 1
    else:
        assert data.targets.dtype == np.float32
        assert len(data.targets) == rows
        assert np.isfinite(data.targets).all()


PIECES = [
    "a",
    "b7",
    '"',
    '""',
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "1",
    "-2.5",
    "1,5",
    "1e400",
    "inf",
    "NA",
    "nan",
]
PIECES += [
    "2024-02-30",
    "31.12.1999",
    "yes",
    "No",
    "ä€",
    "\ufeff",
    "\x00",
    "\u2028",
    " ",
    "12345678901234567890",
    "_",
    "٣",
]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=80), encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
@fuzzed
def test_text_of_nasty_pieces(tmp_path: Path, pieces: list[str], encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes("".join(pieces).encode(encoding, "replace"))
    answer(tmp_path / "t.csv")


@given(data=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.npy", "a.npz", "a.parquet", "a.idx", "a.gz"]))
@fuzzed
def test_any_bytes_under_any_name(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    answer(tmp_path / name)
    (tmp_path / name).unlink()


NUMBER = st.floats(-1e30, 1e30, allow_nan=False).map(lambda value: float(np.float32(value)))
WORD = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[float]], list[str], str, str]:
    width, rows = draw(st.integers(1, 5)), draw(st.integers(2, 30))
    numbers = [[draw(NUMBER) for _ in range(width)] for _ in range(rows)]
    labels = [draw(st.sampled_from(["cat", 'a "b"', "x\ny", "p;q,r\ts", "Ö"])) for _ in range(rows)]
    labels[0], labels[1] = "cat", "Ö"
    return (
        numbers,
        labels,
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
    )


@given(table=tables(), end=st.sampled_from(["\n", "\r\n"]))
@fuzzed
def test_what_the_csv_module_writes_is_read_exactly(tmp_path: Path, table: Any, end: str) -> None:
    numbers, labels, separator, encoding = table
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator=end)
    writer.writerow([*(f"n{index}" for index in range(len(numbers[0]))), "label"])
    writer.writerows([*map(repr, row), label] for row, label in zip(numbers, labels, strict=True))
    (tmp_path / "t.csv").write_bytes(stream.getvalue().encode(encoding))
    data = answer(tmp_path / "t.csv")
    assert isinstance(data, Dataset), data
    np.testing.assert_array_equal(data.features, np.array(numbers, dtype=np.float32))
    names = [" ".join(label.split()) for label in labels]
    assert [data.class_names[code] for code in data.targets] == names


def seeds() -> dict[str, bytes]:
    """Good files of every kind."""
    rng = np.random.default_rng(0)
    archive, table, picture = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez_compressed(archive, x=rng.normal(size=(9, 4)), y=rng.integers(0, 3, 9))
    pl.DataFrame({"a": rng.normal(size=9), "t": list("abcabcabc"), "y": rng.integers(0, 2, 9)}).write_parquet(table)
    Image.fromarray(rng.integers(0, 255, (6, 5, 3), dtype=np.uint8)).save(picture, "PNG")
    images = idx(rng.integers(0, 255, (4, 3, 3), dtype=np.uint8))
    return {
        "t.csv": b'a;b;"c ""d"""\r\n1,5;x;0\r\n2,5;"y\nz";1\r\n;x;0\r\n',
        "t.npy": npy(rng.normal(size=(7, 3))),
        "t.npz": archive.getvalue(),
        "t.parquet": table.getvalue(),
        "t-images-idx3-ubyte": images,
        "t-images-idx3-ubyte.gz": gzip.compress(images, mtime=0),
        "picture.png": picture.getvalue(),
    }


SEEDS = seeds()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes flipped, cut out, doubled, or the end cut off."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(found))
        what = rng.randrange(4)
        if what == 0:
            found[at] = rng.randrange(256)
        elif what == 1:
            del found[at : at + rng.randint(1, 8)]
        elif what == 2:
            found[at:at] = found[at : at + rng.randint(1, 8)]
        else:
            del found[max(1, at) :]
        if not found:
            return b""
    return bytes(found)


@pytest.mark.parametrize("name", SEEDS)
@given(seed=st.integers(0, 2**32))
@fuzzed
def test_damaged_files_of_every_kind(tmp_path: Path, name: str, seed: int) -> None:
    data = mutated(SEEDS[name], random.Random(seed))
    if name == "picture.png":
        for label in ("a", "b"):
            (tmp_path / "f" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "f" / label / "good.png").write_bytes(SEEDS[name])
        (tmp_path / "f" / "a" / name).write_bytes(data)
        answer(tmp_path / "f")
        return
    (tmp_path / name).write_bytes(data)
    if "idx" in name:
        np.save(tmp_path / "labels.npy", np.arange(4))
    answer(tmp_path / name)


@pytest.mark.parametrize("name", SEEDS)
def test_the_good_files_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SEEDS[name])
    if "idx" in name:
        (tmp_path / name.replace("images-idx3", "labels-idx1")).write_bytes(idx(np.arange(4, dtype=np.uint8)))
    if name == "picture.png":
        for label in ("a", "b"):
            (tmp_path / "f" / label).mkdir(parents=True)
            (tmp_path / "f" / label / name).write_bytes(SEEDS[name])
    data = answer(tmp_path / "f" if name == "picture.png" else tmp_path / name)
    assert isinstance(data, Dataset), data
    assert not math.isnan(float(data.features.sum()))

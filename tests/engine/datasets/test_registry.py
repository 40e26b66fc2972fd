"""What holds for every data set."""

import inspect
from typing import Any

import numpy as np
import pytest

from engine.datasets import DATASETS, DatasetEntry, load
from engine.datasets.files import read_table
from engine.fields import Value
from engine.spec import Choice

MADE = [entry for entry in DATASETS if not entry.from_file]


def edges() -> list[Choice]:
    """Every entry with its defaults, and with each choice and each bound of each field."""
    found = []
    for entry in MADE:
        wanted: list[dict[str, Value]] = [{}]
        for field in entry.fields:
            wanted += [{field.name: value} for value in (field.low, field.high, *field.choices) if value is not None]
        found += [entry.choose(values) for values in wanted]
    return found


def arguments(entry: DatasetEntry) -> dict[str, Any]:
    values: dict[str, Any] = dict(entry.choose().values)
    return values | ({"table": read_table(entry.file).numbers} if entry.file else {})


@pytest.mark.parametrize("choice", edges(), ids=str)
def test_every_accepted_choice_makes_sound_rows(choice: Choice) -> None:
    data = load(choice)
    rows = len(data.features)
    assert rows > 0
    assert data.features.dtype == np.float32
    assert data.features.ndim in (2, 3, 4)
    assert np.isfinite(data.features).all()
    assert len(data.feature_names) == data.features.shape[1]
    if data.task == "classes":
        assert (data.targets.dtype, data.targets.shape) == (np.int64, (rows,))
        assert set(np.unique(data.targets)) == set(range(len(data.class_names)))
    else:
        assert (data.targets.dtype, data.targets.ndim, len(data.targets)) == (np.float32, 2, rows)
        assert data.class_names == ()


@pytest.mark.parametrize("entry", MADE, ids=lambda entry: entry.kind)
def test_the_source_of_make_stands_alone(entry: DatasetEntry) -> None:
    """The exported script carries it: run in an empty namespace it gives the same rows."""
    namespace: dict[str, Any] = {}
    exec(inspect.getsource(entry.make), namespace)
    features, targets = namespace[entry.make.__name__](**arguments(entry))
    data = load(entry.choose())
    np.testing.assert_array_equal(features, data.features)
    np.testing.assert_array_equal(targets, data.targets)
    assert (features.dtype, targets.dtype) == (data.features.dtype, data.targets.dtype)


def test_a_loaded_set_is_remembered() -> None:
    choice = DATASETS["digits"].choose()
    assert load(choice) is load(DATASETS["digits"].choose())
    assert load(Choice("digits")) is load(choice)

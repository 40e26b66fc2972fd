"""Min–max, both standard deviations, stratified parts and filled holes: against sklearn and by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from engine.datasets import DATASETS, DataError, Dataset, normalize, prepare
from engine.datasets.filling import fill, fill_values
from engine.datasets.normalize import moments
from engine.datasets.prepare import split_rows
from engine.datasets.remarks import remarks
from engine.spec import DataSpec, SplitSpec

WINE = DataSpec(DATASETS["wine"].choose(), SplitSpec(seed=4))


def natural(part: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return prepare(replace(WINE, normalization="none")).features[part]  # type: ignore[index]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.1, 0.9)])
def test_min_max_is_that_of_sklearn(low: float, high: float) -> None:
    found = prepare(replace(WINE, normalization="min-max", low=low, high=high))
    oracle = MinMaxScaler((low, high)).fit(natural("train").astype(np.float64))
    for part in ("train", "validation", "test"):
        np.testing.assert_allclose(found.features[part], oracle.transform(natural(part).astype(np.float64)), atol=1e-6)  # type: ignore[index]
    assert [name for name, _ in found.numbers] == ["min", "max"]
    np.testing.assert_array_equal(found.numbers[0][1], oracle.data_min_)
    np.testing.assert_array_equal(found.numbers[1][1], oracle.data_max_)


def test_the_deviation_by_n_is_that_of_sklearn() -> None:
    found = prepare(replace(WINE, normalization="standardize (N)"))
    oracle = StandardScaler().fit(natural("train").astype(np.float64))
    np.testing.assert_allclose(found.features["test"], oracle.transform(natural("test").astype(np.float64)), atol=1e-6)
    np.testing.assert_allclose(found.numbers[1][1], oracle.scale_, rtol=1e-12)
    bessel = prepare(replace(WINE, normalization="standardize")).numbers[1][1]
    n = len(found.indices["train"])
    np.testing.assert_allclose(bessel, oracle.scale_ * np.sqrt(n / (n - 1)), rtol=1e-12)


def test_natural_units_come_back_from_every_scale() -> None:
    for kind in ("standardize", "standardize (N)", "min-max"):
        found = prepare(replace(WINE, normalization=kind))  # type: ignore[arg-type]
        assert found.mean is not None
        assert found.std is not None
        np.testing.assert_allclose(found.features["test"] * found.std + found.mean, natural("test"), rtol=1e-4)


def test_a_range_that_does_not_rise_is_refused() -> None:
    with pytest.raises(DataError, match="goes from 1 to 1"):
        prepare(replace(WINE, normalization="min-max", low=1.0, high=1.0))


def test_a_constant_column_becomes_the_lower_end() -> None:
    rows = ((1.0, 5.0, 0.0), (2.0, 5.0, 1.0), (3.0, 5.0, 0.0))
    data = DataSpec(
        DATASETS["points"].choose({"rows": rows}), SplitSpec(train=1.0, validation=0.0, test=0.0), "min-max", -1.0, 1.0
    )
    found = prepare(data).features["train"]
    assert set(found[:, 1].tolist()) == {-1.0}
    assert sorted(found[:, 0].tolist()) == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("shape", [(4000, 12), (300, 3, 8, 8)])
def test_large_features_have_the_same_moments(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]) -> None:
    features = np.random.default_rng(0).normal(5, 2, shape).astype(np.float32)
    whole = moments(features)
    monkeypatch.setattr(normalize, "LARGE", 0)
    monkeypatch.setattr(normalize, "block_rows", lambda _: 77)
    for found, expected in zip(moments(features), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_stratified_parts_have_their_share_of_every_class() -> None:
    classes = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [500, 60, 7]))
    split = SplitSpec(train=0.6, validation=0.2, test=0.2, seed=3, stratify=True)
    parts = split_rows(len(classes), split, classes)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(567))
    for share, rows in zip((0.6, 0.2, 0.2), parts.values(), strict=True):
        assert len(rows) == len(split_rows(567, replace(split, stratify=False))[_part(parts, rows)])
        for one, count in ((0, 500), (1, 60), (2, 7)):
            assert abs(int((classes[rows] == one).sum()) - share * count) <= 1
    again = split_rows(len(classes), replace(split, seed=4), classes)
    assert again["train"].tolist() != parts["train"].tolist()


def _part(parts: Any, rows: object) -> Any:
    return next(name for name, found in parts.items() if found is rows)


def test_numbers_cannot_be_stratified() -> None:
    with pytest.raises(DataError, match="Only classes can be stratified"):
        prepare(DataSpec(DATASETS["diabetes"].choose(), SplitSpec(stratify=True)))


def test_holes_take_values_of_the_training_part() -> None:
    nan = np.nan
    train = np.array(
        [[1, 0, 1, 0, nan], [3, 1, 0, 1, nan], [nan, 1, nan, nan, nan], [2, nan, 0, 1, nan]], dtype=np.float32
    )
    data = Dataset(
        "regression", train, train, ("n", "b", "c=x", "c=y", "none"), holes=True, groups=((2, 4),), modes=(1,)
    )
    values = fill_values(train, data)
    assert values.tolist() == [2, 1, 0, 1, 0]
    test = np.array([[nan, nan, nan, nan, 7]], dtype=np.float32)
    fill(test, values)
    assert test.tolist() == [[2, 1, 0, 1, 7]]


def test_rows_that_stand_in_two_parts_are_told() -> None:
    features = np.array([[1, 2], [3, 4], [1, 2], [5, 6], [3, 4]], dtype=np.float32)
    data = Dataset("regression", features, features, ("a", "b"), notes=("2 rows were left out.",))
    indices = {"train": np.array([0, 1]), "validation": np.array([3]), "test": np.array([4, 2])}
    found = list(remarks(data, indices, {part: features[rows] for part, rows in indices.items()}))
    assert found[0] == "2 rows were left out."
    assert len(found) == 2
    assert found[1].startswith("2 of 2 test rows have the same features as a training row (first: row 5)")

"""Split and normalization."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets import DATASETS, PARTS, DataError, prepare
from engine.datasets.prepare import moments, split_rows, standardize
from engine.fields import Value
from engine.spec import DataSpec, SplitSpec


def points(*rows: tuple[float, ...]) -> DataSpec:
    return DataSpec(DATASETS["points"].choose({"rows": rows}), SplitSpec("counts", len(rows), 0, 0))


def columns(values: list[list[float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, dtype=np.float32)


def test_counts_of_the_notes() -> None:
    data = DataSpec(DATASETS["random_two_class"].choose(), SplitSpec("counts", 700, 150, 150, seed=7))
    prepared = prepare(data)
    assert prepared.sizes == (700, 150, 150)
    order = np.random.default_rng(7).permutation(1000)
    np.testing.assert_array_equal(prepared.indices["train"], order[:700])
    np.testing.assert_array_equal(prepared.indices["validation"], order[700:850])
    np.testing.assert_array_equal(prepared.indices["test"], order[850:])


def test_shares_are_rounded_and_the_test_part_takes_the_rest() -> None:
    assert [len(rows) for rows in split_rows(1797, SplitSpec()).values()] == [1258, 270, 269]
    assert [len(rows) for rows in split_rows(3, SplitSpec("shares", 0.5, 0.5, 0.0)).values()] == [2, 1, 0]
    assert [len(rows) for rows in split_rows(40, SplitSpec("shares", 1.0, 0.0, 0.0)).values()] == [40, 0, 0]


def test_shares_may_miss_one_by_a_rounding_error() -> None:
    split_rows(10, SplitSpec("shares", 0.7, 0.2, 0.1 + 9e-7))
    with pytest.raises(DataError, match="sum to 1"):
        split_rows(10, SplitSpec("shares", 0.7, 0.2, 0.1 + 2e-6))


def test_fewer_counts_than_rows_leave_rows_unused() -> None:
    rows = split_rows(10, SplitSpec("counts", 3, 2, 1))
    used = np.concatenate(list(rows.values()))
    assert len(set(used.tolist())) == len(used) == 6


@pytest.mark.parametrize(
    ("split", "text"),
    [
        (SplitSpec("shares", 0.7, 0.2, 0.2), "must sum to 1, but 0.7, 0.2 and 0.2 sum to 1.1"),
        (SplitSpec("shares", 1.2, -0.2, 0.0), "at least 0, but they are 1.2, -0.2 and 0"),
        (SplitSpec("shares", float("nan"), 0.5, 0.5), "at least 0"),
        (SplitSpec("shares", 0.01, 0.49, 0.5), "training part is empty"),
        (SplitSpec("counts", 0, 5, 5), "training part is empty"),
        (SplitSpec("counts", 8, 2, 1), r"8 \+ 2 \+ 1 = 11 rows, but the data has 10"),
        (SplitSpec("counts", 2.5, 1, 1), "must be whole and at least 0, but they are 2.5, 1 and 1"),
        (SplitSpec("counts", 5, -1, 1), "whole and at least 0"),
        (SplitSpec("counts", float("inf"), 1, 1), "whole and at least 0"),
    ],
)
def test_impossible_splits_are_told(split: SplitSpec, text: str) -> None:
    with pytest.raises(DataError, match=text):
        split_rows(10, split)


@given(
    st.integers(1, 500),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 2**31 - 1),
    st.sampled_from(["shares", "counts"]),
)
def test_every_row_is_in_at_most_one_part(n: int, train: float, share: float, seed: int, mode: str) -> None:
    validation = (1 - train) * share
    if mode == "shares":
        split = SplitSpec("shares", train, validation, 1 - train - validation, seed)
    else:
        split = SplitSpec("counts", int(n * train), int(n * validation), 0, seed)
    try:
        parts = split_rows(n, split)
    except DataError as error:
        assert "training part is empty" in str(error)
        return
    used = np.concatenate([parts[part] for part in PARTS])
    assert len(np.unique(used)) == len(used)
    assert used.min() >= 0
    assert used.max() < n
    assert len(used) == n or mode == "counts"


def test_standard_deviation_is_the_one_with_n_minus_one() -> None:
    mean, std = moments(columns([[0], [5], [10]]))
    assert (mean.tolist(), std.tolist()) == ([5.0], [5.0])
    prepared = prepare(points((0, 1), (5, 1), (10, 1)))
    assert sorted(prepared.features["train"][:, 0].tolist()) == [-1, 0, 1]


def test_only_the_training_part_is_measured() -> None:
    data = DataSpec(DATASETS["wine"].choose(), SplitSpec(seed=3))
    prepared = prepare(data)
    train = prepared.dataset.features[prepared.indices["train"]].astype(np.float64)
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=1)
    assert prepared.mean is not None
    assert prepared.std is not None
    np.testing.assert_allclose(prepared.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(prepared.std, std, rtol=1e-12)
    for part in PARTS:
        raw = prepared.dataset.features[prepared.indices[part]].astype(np.float64)
        np.testing.assert_array_equal(prepared.features[part], ((raw - mean) / std).astype(np.float32))
        assert prepared.features[part].dtype == np.float32
        np.testing.assert_array_equal(prepared.targets[part], prepared.dataset.targets[prepared.indices[part]])
    np.testing.assert_allclose(prepared.features["train"].mean(axis=0), 0, atol=1e-6)


def test_natural_units_come_back() -> None:
    for layout in ("flat", "image"):
        prepared = prepare(DataSpec(DATASETS["digits"].choose({"layout": layout})))
        back = prepared.features["test"] * prepared.std + prepared.mean
        np.testing.assert_allclose(back, prepared.dataset.features[prepared.indices["test"]], atol=1e-4)


def test_images_are_measured_per_channel() -> None:
    prepared = prepare(DataSpec(DATASETS["digits"].choose({"layout": "image"})))
    train = prepared.dataset.features[prepared.indices["train"]].astype(np.float64)
    assert prepared.mean is not None
    assert prepared.std is not None
    assert prepared.mean.shape == prepared.std.shape == (1, 1, 1)
    assert float(prepared.mean.item()) == pytest.approx(train.mean(), rel=1e-12)
    assert float(prepared.std.item()) == pytest.approx(train.std(ddof=1), rel=1e-12)
    assert prepared.features["train"].shape == (1258, 1, 8, 8)


@pytest.mark.parametrize("constant", [0.1, 1e-20, 7.0, 3e30])
def test_a_constant_column_is_only_shifted(constant: float) -> None:
    values = columns([[constant, 1], [constant, 2], [constant, 4]])
    mean, std = moments(values)
    assert std[0] == 1
    scaled = standardize(values, mean, std)
    assert scaled[:, 0].tolist() == [0, 0, 0]


def test_a_single_row_is_only_shifted() -> None:
    prepared = prepare(points((4, 1)))
    assert prepared.features["train"].tolist() == [[0]]
    assert prepared.std is not None
    assert prepared.std.tolist() == [1]


@pytest.mark.parametrize("values", [{}, {"layout": "image"}])
def test_without_normalization_features_stay(values: dict[str, Value]) -> None:
    prepared = prepare(DataSpec(DATASETS["digits"].choose(values), normalization="none"))
    assert (prepared.mean, prepared.std) == (None, None)
    for part in PARTS:
        np.testing.assert_array_equal(prepared.features[part], prepared.dataset.features[prepared.indices[part]])

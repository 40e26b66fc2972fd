"""The live pictures against the network asked directly, in natural units."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.tensors.predict import applies, data_view, predict
from engine.tensors.train import Run
from tests.engine.tensors.projects import ALL, DROPOUT_MLP, MLP, chain, prepared_of, run_of

CURVE = (("linear", {"out_features": 6}), ("tanh", {}), ("linear", {"out_features": 1}))


def answer(run: Run, x: list[float]) -> torch.Tensor:
    """ŷ for one row in natural units, normalized by hand."""
    prepared = run.prepared
    row = np.array([x])
    if prepared.mean is not None and prepared.std is not None:
        row = (row - prepared.mean) / prepared.std
    run.network.eval()
    with torch.no_grad():
        output: torch.Tensor = run.network(torch.tensor(row, dtype=torch.float32))[0]
    run.network.train()
    return output


def trained(*args: object, **rest: object) -> Run:
    run = run_of(chain(*args, **rest))  # type: ignore[arg-type]
    for _ in range(5):
        run.take_step()
    return run


@pytest.mark.parametrize(("layers", "loss"), [(MLP, "bce_with_logits"), (DROPOUT_MLP, "cross_entropy"), (MLP, "mse")])
def test_the_surface_is_the_networks_answer_at_every_point(
    layers: tuple[tuple[str, dict[str, object]], ...], loss: str
) -> None:
    run = trained(layers, "moons", loss)
    view = predict(run, "surface")
    assert view is not None and view.p is not None
    assert view.z.shape == view.p.shape == (100, 100) and (view.generation, view.step) == (1, 5)
    features = run.prepared.dataset.features
    for axis, column in ((view.x, 0), (view.y, 1)):
        low, high = float(features[:, column].min()), float(features[:, column].max())
        assert axis[0] == pytest.approx(low - 0.1 * (high - low), rel=1e-5)
        assert axis[-1] == pytest.approx(high + 0.1 * (high - low), rel=1e-5)
    for row, column in ((0, 0), (17, 80), (99, 3), (50, 50)):
        out = answer(run, [float(view.x[column]), float(view.y[row])])
        if loss == "cross_entropy":
            chances = out.softmax(0)
        else:
            one = out.sigmoid() if loss == "bce_with_logits" else out.clamp(0, 1)
            chances = torch.cat((1 - one, one))
        assert int(view.z[row, column]) == int(chances.argmax())
        assert float(view.p[row, column]) == pytest.approx(float(chances.max()), abs=1e-5)


def test_a_surface_of_a_regression_is_its_output() -> None:
    table = tuple((float(a), float(b), float(a * b)) for a in range(-2, 3) for b in range(-2, 3))
    run = trained(CURVE, "points", "mse", rows={"rows": table}, split=ALL, batch_size=5)
    view = predict(run, "surface")
    assert view is not None and view.p is None
    assert float(view.z[10, 90]) == pytest.approx(float(answer(run, [float(view.x[90]), float(view.y[10])])), abs=1e-6)
    assert predict(run, "confusion") is None and predict(run, "curve") is None


def test_the_curve_is_the_networks_answer_along_the_axis() -> None:
    run = trained(CURVE, "quadratic_noise", "mse")
    view = predict(run, "curve")
    assert view is not None and view.z.shape == (200, 1)
    for place in (0, 77, 199):
        assert float(view.z[place, 0]) == pytest.approx(float(answer(run, [float(view.x[place])])), abs=1e-6)
    assert predict(run, "surface") is None


@pytest.mark.parametrize(("split", "part"), [(None, "validation"), (ALL, "train")])
def test_the_confusion_counts_every_row_of_its_part(split: object, part: str) -> None:
    run = trained((("linear", {"out_features": 10}),), "digits", "cross_entropy", split=split)
    view = predict(run, "confusion")
    assert view is not None
    expected = np.zeros((10, 10), dtype=int)
    run.network.eval()
    with torch.no_grad():
        chosen = run.network(run.rows[part].features).argmax(1)  # type: ignore[index]
    for truth, guess in zip(run.prepared.targets[part], chosen, strict=True):  # type: ignore[index]
        expected[int(truth), int(guess)] += 1
    assert np.array_equal(view.z, expected)


def test_the_scatter_pairs_predictions_with_targets() -> None:
    run = trained(CURVE, "diabetes", "mse")
    view = predict(run, "scatter")
    assert view is not None
    run.network.eval()
    with torch.no_grad():
        expected = run.network(run.rows["validation"].features).numpy()
    assert np.allclose(view.x, expected, atol=1e-6)
    assert np.array_equal(view.z, run.prepared.targets["validation"])


def test_a_picture_moves_nothing_and_cannot_be_written_to() -> None:
    looked, left_alone = (run_of(chain(DROPOUT_MLP, "moons", "cross_entropy")) for _ in range(2))
    losses = []
    for _ in range(6):
        view = predict(looked, "surface")
        assert view is not None and looked.network.training
        with pytest.raises(ValueError, match="read-only"):
            view.z[0, 0] = 1
        losses.append(looked.take_step())
    assert losses == [left_alone.take_step() for _ in range(6)]


def test_which_pictures_apply() -> None:
    kinds = ("surface", "curve", "confusion", "scatter")
    for data, wanted in (
        ("moons", {"surface", "confusion"}),
        ("quadratic_noise", {"curve", "scatter"}),
        ("digits", {"confusion"}),
        ("diabetes", {"scatter"}),
    ):
        prepared = prepared_of(chain(MLP, data, "mse"))
        assert {kind for kind in kinds if applies(kind, prepared)} == wanted  # type: ignore[arg-type]


def test_the_data_are_shown_in_natural_units() -> None:
    prepared = prepared_of(chain(MLP))
    view = data_view(prepared)
    assert view.task == "classes" and view.feature_names == prepared.dataset.feature_names
    for part in ("train", "validation", "test"):
        rows = prepared.indices[part]  # type: ignore[index]
        assert np.array_equal(view.features[part], prepared.dataset.features[rows])
        assert np.array_equal(view.targets[part], prepared.dataset.targets[rows])
        assert not view.features[part].flags.writeable and not view.targets[part].flags.writeable

"""Every ready project is whole, laid out, and learns what it promises."""

from itertools import pairwise

import numpy as np
import pytest

from engine import edits
from engine.catalog import LAYERS, LOSSES, OPTIMIZERS, UnknownKindError
from engine.catalog.training import TRAIN_FIELDS
from engine.datasets import DATASETS, Part, prepare
from engine.edits import NODE_STEP
from engine.examples import EXAMPLES, example
from engine.project_json import from_json, to_json
from engine.spec import INPUT_ID, OUTPUT_ID
from engine.tensors.check import check
from engine.tensors.train import Run

NAMES = list(EXAMPLES)
PROMISED = ("digits", "moons", "s3", "quadratic", "torch-basics", "random-two-class")


def trained(name: str, seed: int = 0, steps: int | None = None) -> Run:
    project = edits.set_train_value(edits.set_train_value(example(name), "device", "cpu"), "seed", seed)
    prepared = prepare(project.data)
    run = Run(project, check(project, prepared), prepared)
    while not run.finished if steps is None else run.step < steps:
        run.take_step()
    return run


def test_the_promised_names_are_there() -> None:
    assert set(PROMISED) <= set(NAMES)
    assert all(name == entry.name for name, entry in EXAMPLES.items())


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownKindError, match="no example “mnist”; the known ones are: digits, digits-cnn"):
        example("mnist")


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_accepted_and_survives_the_file(name: str) -> None:
    project = example(name)
    assert project.name == EXAMPLES[name].title
    assert EXAMPLES[name].text.endswith(".")
    assert all(LAYERS.check(node.layer) == node.layer for node in project.network.nodes)
    assert LOSSES.check(project.train.loss) == project.train.loss
    assert OPTIMIZERS.check(project.train.optimizer) == project.train.optimizer
    assert DATASETS.check(project.data.source) == project.data.source
    assert all(field.check(getattr(project.train, field.name)) is not None for field in TRAIN_FIELDS)
    assert from_json(to_json(project)) == project
    assert example(name) == project


@pytest.mark.parametrize("name", NAMES)
def test_torch_has_nothing_to_say_against_it(name: str) -> None:
    project = example(name)
    prepared = prepare(project.data)
    report = check(project, prepared)
    assert report.issues == ()
    assert report.sizes == prepared.sizes
    assert all(np.isfinite(features).all() for features in prepared.features.values())


@pytest.mark.parametrize("name", NAMES)
def test_layers_stand_on_a_grid_from_left_to_right(name: str) -> None:
    network = example(name).network
    places = [(node.x, node.y) for node in network.nodes]
    assert len(set(places)) == len(places)
    assert (network.node(INPUT_ID).x, network.node(INPUT_ID).y) == (0, 0)
    for link in network.links:
        gap = network.node(link.target).x - network.node(link.source).x
        assert gap >= NODE_STEP
        assert gap % NODE_STEP == 0
    order = [network.node(node_id).x for node_id in edits.topological_order(network)]
    assert all(left < right for left, right in pairwise(order))


@pytest.mark.parametrize("name", NAMES)
def test_no_arrow_runs_behind_a_layer(name: str) -> None:
    """An arrow along one row passes over free columns only."""
    network = example(name).network
    for link in network.links:
        source, target = network.node(link.source), network.node(link.target)
        if source.y == target.y:
            between = [n.id for n in network.nodes if n.y == source.y and source.x < n.x < target.x]
            assert between == []


def test_s3_is_the_reference_network() -> None:
    project = example("s3")
    assert project.network.node("linear_1").weights == (("weight", ((1.0,), (-1.0,))), ("bias", (1.0, 2.0)))
    assert project.network.node("linear_2").weights == (("weight", ((1.0, 2.0),)), ("bias", (-1.0,)))
    assert edits.topological_order(project.network) == (INPUT_ID, "linear_1", "sigmoid_1", "linear_2", OUTPUT_ID)
    prepared = prepare(project.data)
    assert prepared.features["train"].tolist() == [[1]]
    assert prepared.targets["train"].tolist() == [[3]]
    assert prepared.sizes == (1, 0, 0)
    run = trained("s3", steps=2)
    _, losses, _ = run.log.since("step_loss")
    assert [f"{loss:.6f}" for loss in losses] == ["2.745934", "0.599744"]


def test_quadratic_walks_the_notes_path() -> None:
    """w = 1 + 0.8ᵗ, with the loss taken before each step."""
    run = trained("quadratic", steps=6)
    _, losses, _ = run.log.since("step_loss")
    np.testing.assert_allclose(losses, [0.64**t for t in range(6)], rtol=1e-5)
    assert f"{run.network.layer('linear_1').weight.item():.4f}" == "1.2621"


def test_torch_basics_is_the_notes_network() -> None:
    project = example("torch-basics")
    assert check(project).total == 161
    assert (project.train.batch_size, project.train.epochs) == (100, 200)
    run = trained("torch-basics")
    _, losses, _ = run.log.since("step_loss")
    assert len(losses) == 200
    assert losses[-1] < losses[0] / 3


def test_random_two_class_is_split_as_in_the_notes() -> None:
    assert prepare(example("random-two-class").data).sizes == (700, 150, 150)


def test_random_classes_are_learned_by_heart_only() -> None:
    run = trained("random-two-class")
    first, last = (run.log.since("val_loss")[1][index] for index in (0, -1))
    assert last > first + 0.05
    assert (run.log.last("train_loss") or 1.0) < 0.6


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_digits_are_read(seed: int) -> None:
    assert accuracy(trained("digits", seed), "test") >= 0.96


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("digits-cnn", 0.96),
        ("moons", 0.97),
        ("circles", 0.94),
        ("xor", 0.9),
        ("spiral", 0.97),
        ("skip", 0.97),
        ("iris", 0.9),
        ("wine", 0.84),
        ("breast-cancer", 0.93),
    ],
)
def test_classes_are_told_apart(name: str, least: float) -> None:
    assert accuracy(trained(name), "test") >= least


def test_regressions_beat_the_mean() -> None:
    """Half of diabetes' spread is explained at best (the paper's R² is about 0.5); the 40 points are fitted to their noise."""
    wanted: tuple[tuple[str, Part, float], ...] = (("diabetes", "test", 0.65), ("regression-40", "train", 0.35))
    for name, part, share in wanted:
        run = trained(name)
        targets = run.prepared.targets[part].astype(np.float64)
        assert loss(run, part) < share * targets.var()


def accuracy(run: Run, part: Part) -> float:
    found = run.evaluate(part)
    assert found is not None
    assert found.accuracy is not None
    return found.accuracy


def loss(run: Run, part: Part) -> float:
    found = run.evaluate(part)
    assert found is not None
    return found.loss

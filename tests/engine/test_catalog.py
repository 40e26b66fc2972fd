"""The contract of every catalog entry: what holds for one holds for all, today's and tomorrow's."""

import importlib
import inspect
import math
from typing import Any

import pytest
from torch import nn

from engine.catalog import (
    CLIPPINGS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    STOPPINGS,
    Catalog,
    Entry,
    UnknownKindError,
)
from engine.catalog.training import NORMALIZATION_FIELD, SPLIT_FIELDS, TRAIN_FIELDS
from engine.datasets import DATASETS
from engine.fields import Field, FieldError
from engine.spec import Choice, DataSpec, SplitSpec, TrainSpec

CATALOGS: tuple[Catalog[Any], ...] = (
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    DATASETS,
    INITIALIZERS,
    SCHEDULES,
    CLIPPINGS,
    STOPPINGS,
)
ENTRIES: list[Entry] = [entry for catalog in CATALOGS for entry in catalog]
FIELDS = [
    *((f"{entry.kind}.{field.name}", field) for entry in ENTRIES for field in entry.fields),
    *((f"train.{field.name}", field) for field in TRAIN_FIELDS),
    *((f"split.{field.name}", field) for field in SPLIT_FIELDS),
    ("data.normalization", NORMALIZATION_FIELD),
]
BOUNDED = [(name, field) for name, field in FIELDS if field.kind in ("int", "float")]
# Made for the form: torch takes the two as one argument, `betas`.
OWN_NAMES = {"beta1", "beta2"}
# Ours alone: which of the results of a recurrent layer goes on, after what a schedule moves.
NOT_TORCHS = {"output", "every", "class_weights"}
# Ours differ from torch's on purpose: a rate that moves plain SGD on small data, and sizes torch has no default for.
OWN_DEFAULTS = {
    ("sgd", "lr"),
    ("softmax", "dim"),
    ("kl_div", "reduction"),
    ("log_softmax", "dim"),
    ("concat", "dim"),
    ("normal", "std"),
    ("uniform", "a"),
    ("uniform", "b"),
    ("one_cycle", "cycle_momentum"),
    ("warm_up", "total_iters"),
    ("lbfgs", "line_search_fn"),
    ("cross_entropy", "weight"),
    ("bce_with_logits", "pos_weight"),
    ("nll", "weight"),
    ("hinge", "weight"),
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{type(entry).__name__}-{entry.kind}")
def test_defaults_build_a_choice(entry: Entry) -> None:
    choice = entry.choose()
    assert choice.kind == entry.kind
    assert [name for name, _ in choice.values] == [field.name for field in entry.fields]
    assert entry.choose(choice.as_dict()) == choice
    assert hash(choice) == hash(entry.choose())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{type(entry).__name__}-{entry.kind}")
def test_entries_are_told_to_people(entry: Entry) -> None:
    assert entry.kind.isidentifier()
    assert entry.kind == entry.kind.lower()
    assert entry.title
    assert entry.help.endswith(".")
    assert len({field.name for field in entry.fields}) == len(entry.fields)


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[name for name, _ in FIELDS])
def test_fields_are_described_and_their_defaults_accepted(name: str, field: Field) -> None:
    assert field.name.isidentifier()
    assert field.label
    assert field.help.endswith(".")
    default = field.check(field.default)
    assert default == field.default
    assert type(default) is type(field.default)
    assert (field.kind == "choice") == bool(field.choices)
    assert field.optional or field.default is not None


@pytest.mark.parametrize(("name", "field"), BOUNDED, ids=[name for name, _ in BOUNDED])
def test_bounds_are_accepted_at_the_edge_and_refused_just_beyond(name: str, field: Field) -> None:
    assert field.low is not None, "every number has a lower bound"
    assert field.high is not None, "every number has an upper bound"
    for bound, is_open, away in ((field.low, field.low_open, -1), (field.high, field.high_open, 1)):
        inner, outer = _next(field, bound, -away), _next(field, bound, away)
        assert field.check(bound if not is_open else inner) == (bound if not is_open else inner)
        beyond = bound if is_open else outer
        with pytest.raises(FieldError) as caught:
            field.check(beyond)
        assert str(caught.value) == f"{field.label} must be {field.rule}, but is {beyond!r}."
        assert _shown(bound) in field.rule


def _next(field: Field, bound: float, direction: int) -> float:
    return int(bound) + direction if field.kind == "int" else math.nextafter(bound, direction * math.inf)


def _shown(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else f"{bound:g}"


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[name for name, _ in FIELDS])
def test_what_no_field_may_hold_is_refused(name: str, field: Field) -> None:
    for wrong in (math.nan, math.inf, -math.inf, b"x", object(), 10**400):
        with pytest.raises(FieldError) as caught:
            field.check(wrong)
        assert field.rule in str(caught.value)


def parameters_of(thing: Any) -> dict[str, inspect.Parameter]:
    """Of a class its constructor's; recurrent layers pass theirs on to their base class."""
    if inspect.isfunction(thing):
        return dict(inspect.signature(thing).parameters)
    known = dict(inspect.signature(thing.__init__).parameters)
    if issubclass(thing, nn.RNNBase):
        bend = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
        known |= {**inspect.signature(nn.RNNBase).parameters, "nonlinearity": bend}
    return known


# Why each is not offered stands beside the entries.
NOT_OFFERED = {"self", "device", "dtype", "inplace", "return_indices", "mode", "batch_first", "args", "kwargs"}
NOT_OFFERED_BY = {
    "embedding": {"max_norm", "norm_type", "sparse", "_weight", "_freeze"},
    "batch_norm1d": {"bias"},
    "batch_norm2d": {"bias"},
}


@pytest.mark.parametrize("entry", [e for e in LAYERS if e.torch_name.startswith("torch.nn.")], ids=lambda e: e.kind)
def test_every_argument_of_a_layer_is_offered(entry: Any) -> None:
    known = set(parameters_of(getattr(nn, entry.title))) - NOT_OFFERED - NOT_OFFERED_BY.get(entry.kind, set())
    if entry.kind != "rnn":
        known.discard("nonlinearity")
    if entry.kind in ("rnn", "gru"):
        known.discard("proj_size")  # torch has it for LSTM only
    assert {field.name for field in entry.fields} - NOT_TORCHS == known


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.torch_name], ids=lambda entry: entry.kind)
def test_fields_carry_torchs_names_and_defaults(entry: Entry) -> None:
    module, _, name = entry.torch_name.rpartition(".")
    thing = getattr(importlib.import_module(module), name)
    if name in ("cat", "reshape"):  # builtins without a signature: cat(tensors, dim=0), reshape(input, shape)
        assert [field.name for field in entry.fields] == [{"cat": "dim", "reshape": "shape"}[name]]
        return
    known = parameters_of(thing)
    for field in entry.fields if name != "SequentialLR" else ():  # two schedulers, whose arguments these are
        if field.name in NOT_TORCHS:
            assert field.name not in known
            continue
        if field.name in OWN_NAMES:
            assert field.default == known["betas"].default[int(field.name[-1]) - 1]
            continue
        assert field.name in known
        theirs = known[field.name].default
        if theirs is not inspect.Parameter.empty and (entry.kind, field.name) not in OWN_DEFAULTS:
            assert field.default == theirs


@pytest.mark.parametrize("entry", [e for e in LAYERS if e.placeable], ids=lambda entry: entry.kind)
def test_inferred_fields_may_be_left_to_the_arriving_tensor(entry: Any) -> None:
    for name, _ in entry.inferred:
        field = entry.field(name)
        assert field.optional
        assert field.default is None


def test_the_values_of_the_specs_are_the_fields_defaults() -> None:
    train = TrainSpec(LOSSES["mse"].choose(), OPTIMIZERS["sgd"].choose())
    assert {field.name: field.default for field in TRAIN_FIELDS} == {
        field.name: getattr(train, field.name) for field in TRAIN_FIELDS
    }
    split = SplitSpec()
    assert {field.name: field.default for field in SPLIT_FIELDS} == {
        field.name: getattr(split, field.name) for field in SPLIT_FIELDS
    }
    assert DataSpec(Choice("moons")).normalization == NORMALIZATION_FIELD.default


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.noun)
def test_an_unknown_kind_is_told_with_the_known_ones(catalog: Catalog[Any]) -> None:
    with pytest.raises(UnknownKindError) as caught:
        catalog["nothing"]
    assert str(caught.value) == f"There is no {catalog.noun} “nothing”; the known ones are: {', '.join(catalog.kinds)}."
    assert "nothing" not in catalog
    assert all(kind in catalog for kind in catalog.kinds)


def test_a_catalog_fills_up_and_checks_a_choice() -> None:
    assert OPTIMIZERS.check(Choice("sgd", (("lr", 1),))).get("lr") == 1.0
    assert OPTIMIZERS.check(Choice("sgd")) == OPTIMIZERS["sgd"].choose()
    with pytest.raises(FieldError, match="Learning rate must be a number above 0"):
        OPTIMIZERS.check(Choice("sgd", (("lr", 0.0),)))


def test_two_entries_of_one_kind_are_a_bug() -> None:
    entry = Entry("a", "A", "", (), "A.")
    with pytest.raises(ValueError, match="share a kind"):
        Catalog("thing", (entry, entry))


def test_the_issues_lists_are_complete() -> None:
    """Every layer, loss and optimizer that the first version promises."""
    layers = """Data Loss Linear Conv1d Conv2d MaxPool1d MaxPool2d AvgPool1d AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d
        BatchNorm1d BatchNorm2d LayerNorm Dropout Flatten Reshape Embedding RNN LSTM GRU ReLU LeakyReLU ELU GELU SiLU Tanh
        Sigmoid Softmax LogSoftmax Add Concat Identity"""
    assert {entry.title for entry in LAYERS} == set(layers.split())
    kinds = ("mse", "l1", "huber", "cross_entropy", "bce_with_logits", "bce", "nll", "kl_div", "hinge")
    assert LOSSES.kinds == kinds
    assert OPTIMIZERS.kinds == ("sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "nadam", "radam", "lbfgs")
    kinds = (
        "constant",
        "step",
        "multi_step",
        "exponential",
        "cosine",
        "one_cycle",
        "plateau",
        "warm_up",
        "warm_up_cosine",
    )
    assert SCHEDULES.kinds == kinds

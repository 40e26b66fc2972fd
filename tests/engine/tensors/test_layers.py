"""Every layer in a whole project: it is checked, trained, recorded, proved, saved, and what does not fit is told in a sentence."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from engine import edits
from engine.commands import Prove, TakeJacobian
from engine.datasets import DATASETS
from engine.errors import AppError
from engine.inspection import Proof
from engine.project_json import from_json, to_json
from engine.spec import DataSpec, ProjectSpec
from engine.tensors.check import check
from engine.tensors.jacobian import jacobian
from engine.tensors.predict import predict
from engine.tensors.prove import prove
from engine.tensors.tape import record
from tests.engine.tensors.layer_cases import CASES, Case
from tests.engine.tensors.projects import ALL, chain, graph, run_of

WHOLE_NUMBERS = {"rows": ((0.0, 3.0, 1.0), (2.0, 2.0, 0.0), (5.0, 1.0, 1.0), (9.0, 0.0, 0.0))}


def around(case: Case) -> ProjectSpec:
    """The layer between two linear ones, on four points; the data are put into the shape that it takes."""
    if case.kind in ("add", "concat"):
        size = ("linear", {"out_features": 3})
        links = (("input", "a"), ("input", "b"), ("a", "join"), ("b", "join"), ("join", "last"), ("last", "output"))
        kinds: Any = {"a": size, "b": size, "join": (case.kind, case.values), "last": ("linear", {"out_features": 1})}
        return graph(kinds, links, data="points", loss="mse", rows=WHOLE_NUMBERS, split=ALL)
    end = (("flatten", {}), ("linear", {"out_features": 1}))
    if case.kind == "embedding":
        layers: Any = ((case.kind, case.values), *end)
    else:
        first = ("linear", {"out_features": math.prod(case.shape)})
        layers = (first, ("tanh", {}), ("reshape", {"shape": case.shape}), (case.kind, case.values), *end)
    plain = case.kind == "embedding"
    return chain(layers, "points", "mse", rows=WHOLE_NUMBERS, split=ALL, standardized=not plain, seed=2)


def proof_of(project: ProjectSpec, parameter: str = "") -> Proof:
    pieces = prove(Prove(parameter), run_of(project))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_saved_trained_and_taken_apart(case: Case) -> None:
    project = around(case)
    assert from_json(json.loads(json.dumps(to_json(project)))) == project
    run = run_of(project)
    tape = record(run)
    report = check(project)
    for event in tape.events:
        if event.phase == "forward":
            assert event.formula and event.text
            assert event.outputs[0] is not None and event.outputs[0].shape[1:] == report.shapes[event.layer]
        if event.phase == "backward":
            assert "has no formula" not in event.text, event.name
    assert run.take_step() == tape.loss
    assert all(torch.isfinite(value).all() for value in run.network.parameters())
    state = run.state()
    other = run_of(project)
    other.restore(state)
    assert run.take_step() == other.take_step()


@pytest.mark.parametrize("case", [case for case in CASES if not case.values.get("dropout")], ids=lambda case: case.name)
def test_its_gradients_are_proved(case: Case) -> None:
    project = around(case)
    if case.kind.startswith("batch_norm"):
        project = edits.set_train_value(project, "batch_size", 4)
    for name, _ in list(run_of(project).network.named_parameters()):
        proof = proof_of(project, name)
        if proof.kink:
            continue
        assert abs(proof.numerical - proof.exact) <= max(1e-5 * abs(proof.exact), proof.noise, 1e-9), name
        assert proof.autograd == pytest.approx(proof.exact, rel=1e-3, abs=1e-5)
        if not math.isnan(proof.by_hand):
            assert proof.by_hand == pytest.approx(proof.exact, rel=1e-9, abs=1e-12)
        else:
            assert case.kind in ("rnn", "lstm", "gru") and case.kind in name


def test_dropout_inside_a_recurrent_layer_cannot_be_repeated() -> None:
    case = next(case for case in CASES if case.values.get("dropout"))
    with pytest.raises(AppError, match="Set dropout of rnn_1 to 0"):
        proof_of(around(case))


def test_an_embedding_says_where_its_gradient_is_no_derivative() -> None:
    frequent = next(case for case in CASES if case.values.get("scale_grad_by_freq"))
    assert "no longer the derivative" in proof_of(around(frequent), "embedding_1.weight").kink


def test_there_is_no_derivative_by_what_is_looked_up() -> None:
    run = run_of(around(Case("embedding", {}, (2,))))
    with pytest.raises(AppError, match="Embedding stands between"):
        list(jacobian(TakeJacobian(), run))
    assert list(jacobian(TakeJacobian("embedding_1"), run)) == [None]


def test_a_picture_of_what_is_looked_up_asks_for_whole_numbers_only() -> None:
    run = run_of(around(Case("embedding", {}, (2,))))
    view = predict(run, "surface")
    assert view is not None and np.isfinite(view.z).all()


def test_proofs_of_frozen_layers() -> None:
    project = edits.set_node_value(around(Case("tanh", {}, (6,))), "linear_1", "frozen", True)
    with pytest.raises(AppError, match=r"linear_1\.weight has no gradient: its layer is frozen"):
        proof_of(project, "linear_1.weight")
    assert proof_of(project).parameter.startswith("linear_2")


def issues_of(project: ProjectSpec, node: str) -> list[str]:
    return [issue.text for issue in check(project).issues if issue.node == node and issue.severity == "error"]


@pytest.mark.parametrize(
    ("layers", "node", "said"),
    [
        (
            (("conv1d", {}),),
            "conv1d_1",
            "needs signals (N, C, L), but (N, 2) arrives: put a Reshape before it, for example to 1, 2.",
        ),
        ((("max_pool1d", {}),), "max_pool1d_1", "needs signals (N, C, L), but (N, 2) arrives"),
        (
            (("rnn", {}),),
            "rnn_1",
            "needs sequences (N, L, features), but (N, 2) arrives: put a Reshape before it, for example to 2, 1.",
        ),
        (
            (("reshape", {"shape": (2, 1)}), ("lstm", {"input_size": 3})),
            "lstm_1",
            "expects 3 features per step, but 1 arrive: set input_size to 1 or auto.",
        ),
        (
            (("reshape", {"shape": (2, 1)}), ("rnn", {"dropout": 0.5})),
            "rnn_1",
            "one layer only: set num_layers to 2 or more, or dropout to 0.",
        ),
        (
            (("reshape", {"shape": (2, 1)}), ("lstm", {"hidden_size": 4, "proj_size": 4})),
            "lstm_1",
            "proj_size must be smaller than hidden_size",
        ),
        (
            (("reshape", {"shape": (3, -1)}),),
            "reshape_1",
            "cannot put the 2 values of (N, 2) into the shape 3, -1: choose sizes that divide 2",
        ),
        (
            (("reshape", {"shape": (1, 28, 28)}),),
            "reshape_1",
            "into the shape 1, 28, 28, which has 784: choose sizes whose product is 2, for example 1, 2.",
        ),
        (
            (("flatten", {"end_dim": 3}),),
            "flatten_1",
            "ends at axis 3, but (N, 2) has the axes 0 to 1: set end_dim to -1.",
        ),
        (
            (("reshape", {"shape": (1, 1, 2)}), ("flatten", {"start_dim": 3, "end_dim": 2})),
            "flatten_1",
            "starts at axis 3, but ends before it at axis 2",
        ),
        (
            (("reshape", {"shape": (1, 2)}), ("conv1d", {})),
            "conv1d_1",
            "has a window of 3 places, longer than the arriving signal of 2",
        ),
        (
            (("reshape", {"shape": (1, 1, 2)}), ("conv1d", {})),
            "conv1d_1",
            "(N, 1, 1, 2) arrives: use Conv2d for images.",
        ),
        (
            (("reshape", {"shape": (1, 2)}), ("conv1d", {"kernel_size": 1, "padding": 2, "padding_mode": "reflect"})),
            "conv1d_1",
            "pads 2 with mode reflect, but only a signal of 2 arrives: set padding to 1 or less",
        ),
        ((("adaptive_avg_pool2d", {}),), "adaptive_avg_pool2d_1", "needs images (N, C, H, W)"),
        ((("log_softmax", {"dim": 3}),), "log_softmax_1", "works along axis 3"),
        ((("embedding", {}),), "embedding_1", "the data are normalized: set Normalization to none."),
        ((("linear", {}), ("embedding", {})), "embedding_1", "linear_1 gives any number, and no gradient goes back"),
    ],
)
def test_what_does_not_fit_is_said(layers: Any, node: str, said: str) -> None:
    found = issues_of(chain((*layers, ("flatten", {}), ("linear", {"out_features": 1}))), node)
    assert len(found) == 1 and said in found[0], found


@pytest.mark.parametrize(
    ("rows", "values", "said"),
    [
        (
            ((0.0, 10.0, 1.0), (1.0, 2.0, 0.0)),
            {},
            "has the rows 0 to 9, but the data hold 10: set num_embeddings to 11 or more.",
        ),
        (((0.0, -1.0, 1.0), (1.0, 2.0, 0.0)), {}, "but the data hold -1: only numbers from 0 on can be looked up."),
        (((0.5, 1.0, 1.0), (1.0, 2.0, 0.0)), {}, "but the data hold 0.5: use data of whole numbers"),
    ],
)
def test_what_cannot_be_looked_up_is_said(rows: Any, values: Any, said: str) -> None:
    layers = (("reshape", {"shape": (2,)}), ("embedding", values), ("flatten", {}), ("linear", {"out_features": 1}))
    project = chain(layers, "points", "mse", rows={"rows": rows}, split=ALL, standardized=False)
    found = issues_of(project, "embedding_1")
    assert len(found) == 1 and said in found[0], found


def test_all_of_the_digits_can_be_looked_up() -> None:
    layers = (("embedding", {"num_embeddings": 17}), ("flatten", {}), ("linear", {"out_features": 10}))
    project = chain(layers, "digits", "cross_entropy", standardized=False)
    assert check(project).ready
    assert not issues_of(
        edits.set_data(project, DataSpec(DATASETS["digits"].choose(), normalization="none")), "embedding_1"
    )


def test_a_linear_layer_on_every_step_is_what_is_meant() -> None:
    steps = (
        ("reshape", {"shape": (2, 1)}),
        ("gru", {"output": "all steps"}),
        ("tanh", {}),
        ("linear", {"out_features": 3}),
    )
    end = (("flatten", {}), ("linear", {"out_features": 1}))
    assert not check(chain((*steps, *end))).issues
    plain = check(chain((steps[0], steps[3], *end))).issues
    assert [issue.node for issue in plain] == ["linear_1"] and "last axis only" in plain[0].text

"""What is said of a project before it is trained: every shape against torch itself, every mistake with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from engine import edits
from engine.examples import EXAMPLES, example
from engine.spec import LinkSpec, ProjectSpec, SplitSpec
from engine.tensors import advice, devices
from engine.tensors import check as checking
from engine.tensors.build import build_network
from engine.tensors.check import check, prepared_or_error
from engine.views import Issue
from tests.engine.tensors.projects import MLP, Layer, chain, graph, prepared_of, s3

CNN: tuple[Layer, ...] = (
    ("conv2d", {"out_channels": 4, "padding": 1, "bias": False}),
    ("batch_norm2d", {}),
    ("relu", {}),
    ("max_pool2d", {}),
    ("flatten", {}),
    ("dropout", {}),
    ("linear", {"out_features": 10}),
)
IMAGES = {"layout": "image"}


def issues(project: ProjectSpec, severity: str = "error") -> list[Issue]:
    return [issue for issue in check(project).issues if issue.severity == severity]


def only(project: ProjectSpec, severity: str = "error") -> Issue:
    found = issues(project, severity)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_ready_and_its_shapes_are_those_of_a_real_pass(name: str) -> None:
    project = replace(example(name), train=replace(example(name).train, device="cpu"))
    report = check(project)
    assert report.ready, report.issues
    network = build_network(project.network, report.settled)
    seen: dict[str, tuple[int, ...]] = {}
    x = torch.tensor(prepared_of(project).features["train"][:2])
    if len(x) < 2:
        x = x.repeat(2, *(1 for _ in x.shape[1:]))
    output = network.run(x, lambda node, _, output: seen.update({node: tuple(output.shape[1:])}))
    ends = {"input": tuple(x.shape[1:]), "output": tuple(output.shape[1:])}
    assert report.shapes == seen | ends
    assert report.total == sum(parameter.numel() for parameter in network.parameters())
    assert report.parameters == {
        node: sum(parameter.numel() for parameter in network.layer(node).parameters())
        for node in network.order
        if list(network.layer(node).parameters())
    }


def test_a_good_network_has_nothing_to_complain_about() -> None:
    report = check(chain(CNN, "digits", "cross_entropy", rows=IMAGES))
    assert report.issues == () and report.ready
    assert report.shapes["conv2d_1"] == (4, 8, 8) and report.shapes["flatten_1"] == (64,)
    assert report.settled["linear_1"] == {"in_features": 64, "out_features": 10, "bias": True}
    assert report.sizes == (1258, 270, 269)


def test_checking_draws_no_random_number_and_allocates_nothing() -> None:
    before = torch.get_rng_state()
    huge = chain((("linear", {"out_features": 1_000_000}), ("linear", {"out_features": 1_000_000})))
    checking.probe_layer.cache_clear()
    report = check(huge)
    assert torch.equal(torch.get_rng_state(), before)
    assert report.parameters["linear_2"] == 1_000_000 * 1_000_001
    assert any("free" in issue.text for issue in report.issues)


CLASSES = {"data": "moons", "loss": "cross_entropy"}
DIGITS = {"data": "digits", "loss": "cross_entropy"}
MISTAKES: list[tuple[str, Sequence[Layer], dict[str, object], str, Sequence[str]]] = [
    (
        "in_features",
        (("linear", {"out_features": 5}), ("linear", {"in_features": 6, "out_features": 2})),
        CLASSES,
        "linear_2",
        ["linear_2 expects 6 features, but 5 arrive: set in_features to 5 or auto."],
    ),
    ("flat conv", CNN, DIGITS, "conv2d_1", ["needs images (N, C, H, W), but (N, 64) arrives", "image layout"]),
    (
        "in_channels",
        (("conv2d", {"in_channels": 3}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "conv2d_1",
        ["expects 3 channels, but 1 arrive", "in_channels to 1"],
    ),
    (
        "groups",
        (("conv2d", {"out_channels": 4, "groups": 2}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "conv2d_1",
        ["1 arriving channels", "2 groups"],
    ),
    (
        "window",
        (("conv2d", {"kernel_size": 9}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "conv2d_1",
        ["9×9", "8×8", "kernel_size"],
    ),
    (
        "pool window",
        (("max_pool2d", {"kernel_size": 10, "padding": 0}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "max_pool2d_1",
        ["10×10", "8×8"],
    ),
    (
        "pool padding",
        (("avg_pool2d", {"padding": 2}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "avg_pool2d_1",
        ["at most half of its window of 2", "padding is 2"],
    ),
    (
        "flat pool",
        (("max_pool2d", {}), ("linear", {"out_features": 2})),
        CLASSES,
        "max_pool2d_1",
        ["needs images", "(N, 2)"],
    ),
    (
        "norm of images",
        (("batch_norm1d", {}), ("flatten", {}), ("linear", {"out_features": 10})),
        DIGITS | {"rows": IMAGES},
        "batch_norm1d_1",
        ["needs (N, features), but (N, 1, 8, 8) arrives", "BatchNorm2d"],
    ),
    (
        "norm of features",
        (("batch_norm2d", {}), ("linear", {"out_features": 2})),
        CLASSES,
        "batch_norm2d_1",
        ["needs images", "BatchNorm1d"],
    ),
    (
        "num_features",
        (("batch_norm1d", {"num_features": 4}), ("linear", {"out_features": 2})),
        CLASSES,
        "batch_norm1d_1",
        ["expects 4 features, but 2 arrive", "num_features to 2 or auto"],
    ),
    (
        "layer norm",
        (("layer_norm", {"normalized_shape": 3}), ("linear", {"out_features": 2})),
        CLASSES,
        "layer_norm_1",
        ["last axis of 3", "(N, 2)", "normalized_shape to 2 or auto"],
    ),
    (
        "softmax axis",
        (("linear", {"out_features": 2}), ("softmax", {"dim": 2})),
        {"data": "moons", "loss": "mse"},
        "softmax_1",
        ["axis 2", "(N, 2)", "axes 0 to 1"],
    ),
    (
        "flatten axis",
        (("flatten", {"start_dim": 2}), ("linear", {"out_features": 2})),
        CLASSES,
        "flatten_1",
        ["axis 2", "start_dim to 1"],
    ),
    (
        "image into the loss",
        (("conv2d", {"out_channels": 10}),),
        DIGITS | {"rows": IMAGES},
        "output",
        ["(N, 10, 6, 6)"],
    ),
    ("classes", (("linear", {"out_features": 3}),), CLASSES, "output", ["3 outputs", "2 classes"]),
    ("nothing to learn", (("tanh", {}),), CLASSES, "output", ["nothing to learn", "Linear"]),
]


@pytest.mark.parametrize(
    ("layers", "rest", "node", "parts"), [case[1:] for case in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_is_told_at_its_layer(
    layers: Sequence[Layer], rest: dict[str, object], node: str, parts: Sequence[str]
) -> None:
    issue = only(chain(layers, **rest))  # type: ignore[arg-type]
    assert issue.node == node
    for part in parts:
        assert part in issue.text
    assert issue.text.endswith(".") and "Error" not in issue.text and "size mismatch" not in issue.text


def test_the_arrow_with_the_wrong_shape_is_named() -> None:
    kinds = {
        "a": ("linear", {"out_features": 4}),
        "b": ("linear", {"out_features": 3}),
        "sum": ("add", {}),
        "end": ("linear", {"out_features": 2}),
    }
    links = [("input", "a"), ("input", "b"), ("a", "sum"), ("b", "sum"), ("sum", "end"), ("end", "output")]
    issue = only(graph(kinds, links, loss="cross_entropy"))
    assert issue.node == "sum" and issue.link == ("b", "sum", 1)
    assert "(N, 4) and (N, 3) arrive" in issue.text


@pytest.mark.parametrize(
    ("dim", "sizes", "parts"),
    [(0, (4, 4), ["the batch itself", "dim to 1"]), (2, (4, 4), ["axis 2"]), (1, (4, 3), None), (-1, (4, 3), None)],
)
def test_concat_joins_any_axis_but_the_batch(dim: int, sizes: tuple[int, int], parts: list[str] | None) -> None:
    kinds = {
        "a": ("linear", {"out_features": sizes[0]}),
        "b": ("linear", {"out_features": sizes[1]}),
        "side": ("concat", {"dim": dim}),
        "end": ("linear", {"out_features": 2}),
    }
    links = [("input", "a"), ("input", "b"), ("a", "side"), ("b", "side"), ("side", "end"), ("end", "output")]
    project = graph(kinds, links, loss="cross_entropy")
    if parts is None:
        assert check(project).ready and check(project).shapes["side"] == (7,)
    else:
        issue = only(project)
        assert issue.node == "side" and all(part in issue.text for part in parts)


def test_concat_of_images_says_which_axis_differs() -> None:
    kinds = {
        "a": ("conv2d", {"kernel_size": 3}),
        "b": ("conv2d", {"kernel_size": 5}),
        "side": ("concat", {"dim": 1}),
        "flat": ("flatten", {}),
        "end": ("linear", {"out_features": 10}),
    }
    links = [
        ("input", "a"),
        ("input", "b"),
        ("a", "side"),
        ("b", "side"),
        ("side", "flat"),
        ("flat", "end"),
        ("end", "output"),
    ]
    issue = only(graph(kinds, links, data="digits", rows=IMAGES, loss="cross_entropy"))
    assert "(N, 8, 6, 6) and (N, 8, 4, 4) differ in axis 2" in issue.text


def test_unconnected_layers_are_told_and_the_rest_is_still_checked() -> None:
    project, lonely = edits.add_node(chain(MLP), "relu", 0, 0)
    assert only(project).node == lonely and "not connected" in only(project).text
    assert check(project).shapes["linear_2"] == (1,)


def test_a_result_that_nobody_uses_is_told() -> None:
    project, extra = edits.add_node(chain(MLP), "relu", 0, 0)
    project = edits.connect(project, "linear_1", extra)
    assert only(project).node == extra and "used nowhere" in only(project).text


def test_a_layer_that_nothing_reaches_is_told() -> None:
    project = edits.disconnect(chain(MLP), LinkSpec("input", "linear_1", 0))
    assert only(project).node == "linear_1" and "Nothing arrives" in only(project).text
    assert "linear_2" not in check(project).shapes


def test_a_loss_without_a_network_is_told() -> None:
    project = edits.disconnect(chain(MLP), LinkSpec("linear_2", "output", 0))
    assert {issue.node for issue in issues(project)} == {"output", "linear_2"}
    assert any("Nothing is connected to the loss" in issue.text for issue in issues(project))


def test_a_join_needs_two_inputs_and_ports_without_a_gap() -> None:
    project, join = edits.add_node(chain(MLP), "add", 0, 0)
    project = edits.put_on_link(project, LinkSpec("tanh_1", "linear_2", 0), join)
    assert only(project).node == join and "one more arrow" in only(project).text
    gap = replace(project.network, links=(*project.network.links, LinkSpec("linear_1", join, 2)))
    assert "leave one out" in only(replace(project, network=gap)).text


def test_a_circle_from_a_file_is_told_not_followed() -> None:
    project = chain(MLP)
    links = (*(link for link in project.network.links if link.target != "tanh_1"), LinkSpec("linear_2", "tanh_1", 0))
    found = issues(replace(project, network=replace(project.network, links=links)))
    assert {issue.node for issue in found if "circle" in issue.text} >= {"tanh_1", "linear_2"}


@pytest.mark.parametrize(
    ("layers", "loss", "node", "part"),
    [
        ((("linear", {"out_features": 2}), ("softmax", {})), "cross_entropy", "softmax_1", "softmax already"),
        ((("linear", {"out_features": 1}), ("sigmoid", {})), "bce_with_logits", "sigmoid_1", "sigmoid already"),
        ((("linear", {"out_features": 2}), ("softmax", {"dim": 0})), "bce", "softmax_1", "samples mix"),
    ],
)
def test_slips_are_warnings_and_training_is_allowed(layers: Sequence[Layer], loss: str, node: str, part: str) -> None:
    project = chain(layers, loss=loss)
    assert check(project).ready
    assert only(project, "warning").node == node and part in only(project, "warning").text


def test_a_linear_on_an_image_is_warned_of() -> None:
    layers = (("linear", {"out_features": 4}), ("flatten", {}), ("linear", {"out_features": 10}))
    project = chain(layers, "digits", "cross_entropy", rows=IMAGES)
    assert only(project, "warning").node == "linear_1" and "Flatten" in only(project, "warning").text


@pytest.mark.parametrize(
    "values", [{"nesterov": True}, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}], ids=["momentum", "dampening"]
)
def test_nesterov_needs_momentum_and_no_dampening(values: dict[str, object]) -> None:
    assert "Nesterov" in only(chain(MLP, optimizer_values=values)).text
    torch_says = {"lr": 0.1} | values
    with pytest.raises(ValueError, match="Nesterov"):
        torch.optim.SGD([torch.zeros(1, requires_grad=True)], **torch_says)  # type: ignore[arg-type]


def test_values_that_torch_would_take_without_a_word_are_refused() -> None:
    project = chain(MLP)
    broken = project.train.optimizer.with_value("lr", float("nan"))
    assert "Learning rate" in only(replace(project, train=replace(project.train, optimizer=broken))).text
    node = project.network.node("tanh_1")
    odd = replace(node, layer=replace(node.layer, values=(("slope", 1.0),)))
    nodes = tuple(odd if other.id == "tanh_1" else other for other in project.network.nodes)
    assert any(
        issue.node == "tanh_1" for issue in issues(replace(project, network=replace(project.network, nodes=nodes)))
    )


def test_weights_set_by_hand_must_fit() -> None:
    project = s3()
    wrong = edits.set_weights(project, "linear_1", {"weight": ((1.0, 2.0),), "scale": (1.0,)})
    texts = [issue.text for issue in issues(wrong) if issue.node == "linear_1"]
    assert any("shape (1, 2), but it has (2, 1)" in text for text in texts)
    assert any("no parameter scale" in text for text in texts)


def test_what_is_wrong_with_the_data_stands_at_the_data() -> None:
    issue = only(chain(MLP, split=SplitSpec(train=0.5, validation=0.4, test=0.4)))
    assert issue.node == "input" and "sum to 1" in issue.text


def test_batch_norm_refuses_batches_of_one() -> None:
    layers = (("linear", {"out_features": 4}), ("batch_norm1d", {}), ("linear", {"out_features": 1}))
    issue = only(chain(layers, batch_size=1))
    assert issue.node == "batch_norm1d_1" and "batch size is 1" in issue.text
    assert check(chain(CNN, "digits", "cross_entropy", rows=IMAGES, batch_size=1)).ready  # 64 pixels have a variance


def test_a_device_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", lambda: ("cpu",))
    assert "no NVIDIA GPU" in only(chain(MLP, device="cuda")).text
    monkeypatch.setattr(devices, "available", lambda: ("mps", "cpu"))
    assert devices.resolve("auto") == "mps" and devices.resolve("cuda") is None


def test_memory_is_estimated_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    project = chain(MLP, optimizer="adam", batch_size=100)
    needed = 4 * (33 * (1 + 1 + 2) + (2 + 8 + 8 + 1) * 100)
    assert check(project).bytes == needed
    monkeypatch.setattr(advice, "free_bytes", lambda _: int(needed / 0.6) + 1)
    assert check(project).ready
    monkeypatch.setattr(advice, "free_bytes", lambda _: int(needed / 0.6) - 1)
    assert "smaller" in only(project).text
    monkeypatch.setattr(advice, "free_bytes", lambda _: None)
    assert check(project).ready


def test_a_refusal_that_no_rule_foresees_still_gets_a_sentence() -> None:
    wrong = checking.probe_layer("dropout", (("p", 2.0),), ((3,),))
    assert wrong.trouble.startswith("cannot take (N, 3). PyTorch says: ") and len(wrong.trouble) < 220


def test_the_data_are_prepared_once() -> None:
    project = chain(MLP)
    assert prepared_or_error(project.data) is prepared_or_error(replace(project, name="other").data)


def test_of_large_data_only_one_preparation_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LARGE", 0)
    checking.forget_prepared()
    data = chain((), "wine", "cross_entropy").data
    first = prepared_or_error(data)
    assert prepared_or_error(data) is first
    prepared_or_error(replace(data, normalization="min-max"))
    assert prepared_or_error(data) is not first
    checking.forget_prepared()

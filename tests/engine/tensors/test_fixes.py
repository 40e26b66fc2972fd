"""Every fix that is offered removes its issue and brings no other error: a table of broken networks, and random ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from engine import edits, fixes
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.examples import EXAMPLES, example
from engine.spec import LinkSpec, ProjectSpec
from engine.tensors.check import check
from engine.tensors.helping import new_errors
from engine.views import Fix, Issue, Step
from tests.engine.tensors.projects import Layer, chain, graph

IMAGES = {"layout": "image"}
LINEAR: Layer = ("linear", {"out_features": 8})
ONE: Layer = ("linear", {"out_features": 1})
TEN: Layer = ("linear", {"out_features": 10})
RELU: Layer = ("relu", {})


def digits(*layers: Layer, flat: bool = False, loss: str = "cross_entropy") -> ProjectSpec:
    return chain(layers, "digits", loss, rows=None if flat else IMAGES)


def moons(*layers: Layer, loss: str = "bce_with_logits", **rest: object) -> ProjectSpec:
    return chain(layers, "moons", loss, **rest)  # type: ignore[arg-type]


def cut(project: ProjectSpec, source: str, target: str) -> ProjectSpec:
    return edits.disconnect(project, LinkSpec(source, target))


def frozen(project: ProjectSpec) -> ProjectSpec:
    for node in project.network.nodes:
        if LAYERS[node.kind].learns:
            project = edits.set_node_value(project, node.id, "frozen", True)
    return project


def equal(project: ProjectSpec) -> ProjectSpec:
    for node in project.network.nodes:
        if LAYERS[node.kind].learns:
            project = edits.choose_initializer(project, node.id, "ones")
            project = edits.choose_initializer(project, node.id, "zeros", bias=True)
    return project


def by_hand(project: ProjectSpec) -> ProjectSpec:
    return edits.set_weights(project, "linear_1", {"weight": ((1.0, 2.0),)})


def loose(project: ProjectSpec, kind: str) -> ProjectSpec:
    return edits.add_node(project, kind, 0.0, 0.0)[0]


def raw(project: ProjectSpec, kind: str = "none") -> ProjectSpec:
    return fixes.apply(project, Fix("", (Step("normalization", "", kind),)))


def skip(**into: object) -> ProjectSpec:
    kinds = {"a": ("linear", {"out_features": 8}), "b": ("linear", {"out_features": 5}), "j": ("add", {}), "z": ONE}
    return graph(kinds, (("input", "a"), ("a", "b"), ("a", "j"), ("b", "j"), ("j", "z"), ("z", "output")), **into)


def skipped_images() -> ProjectSpec:
    kinds: dict[str, Layer] = {
        "a": ("conv2d", {"out_channels": 3, "padding": 1}),
        "b": ("conv2d", {"out_channels": 5, "padding": 1}),
        "j": ("add", {}),
        "f": ("flatten", {}),
        "z": TEN,
    }
    links = (("input", "a"), ("a", "b"), ("a", "j"), ("b", "j"), ("j", "f"), ("f", "z"), ("z", "output"))
    return graph(kinds, links, data="digits", loss="cross_entropy", rows=IMAGES)


def joined() -> ProjectSpec:
    kinds: dict[str, Layer] = {"a": ("conv2d", {}), "b": ("flatten", {}), "j": ("concat", {}), "z": TEN}
    links = (("input", "a"), ("input", "b"), ("a", "j"), ("b", "j"), ("j", "z"), ("z", "output"))
    return graph(kinds, links, data="digits", loss="cross_entropy", rows=IMAGES)


def branch() -> ProjectSpec:
    project = moons(LINEAR, ONE)
    for kind in ("relu", "linear"):
        project = loose(project, kind)
    project = edits.connect(project, "linear_1", "relu_1")
    return edits.connect(project, "relu_1", "linear_3")


def words(rows: int, normalized: bool = False) -> ProjectSpec:
    project = edits.set_value(example("tokens"), _of_kind(example("tokens"), "embedding"), "num_embeddings", rows)
    return raw(project, "standardize" if normalized else "none")


def _of_kind(project: ProjectSpec, kind: str) -> str:
    return next(node.id for node in project.network.nodes if node.kind == kind)


def diabetes(optimizer: str = "sgd") -> ProjectSpec:
    return edits.choose_optimizer(example("diabetes"), optimizer)


# A broken network, the node of its issue, words of the issue, the first fix, and whether the fixed project can be trained.
TABLE: dict[str, tuple[Callable[[], ProjectSpec], str, str, str]] = {
    "flatten": (lambda: digits(RELU, ("linear", {"in_features": 64, "out_features": 10})), "linear_1", "expects 64", "Insert Flatten before linear_1"),
    "flatten and in_features": (lambda: digits(RELU, ("linear", {"in_features": 100, "out_features": 10})), "linear_1", "(N, 1, 8, 8) arrives, 8 on its last", "Insert Flatten before linear_1, with in_features auto (64)"),
    "in_features": (lambda: moons(LINEAR, ("linear", {"in_features": 6, "out_features": 1})), "linear_2", "expects 6 features, but 8", "Set in_features of linear_2 to auto (8)"),
    "in_channels": (lambda: digits(("conv2d", {"in_channels": 3}), ("flatten", {}), TEN), "conv2d_1", "expects 3 channels, but 1", "Set in_channels of conv2d_1 to auto (1)"),
    "num_features": (lambda: moons(("linear", {"out_features": 8, "bias": False}), ("batch_norm1d", {"num_features": 7}), ONE), "batch_norm1d_1", "expects 7 features, but 8", "Set num_features of batch_norm1d_1 to auto (8)"),
    "input_size": (lambda: edits.set_value(example("rnn"), _of_kind(example("rnn"), "rnn"), "input_size", 7), "rnn_1", "expects 7 features", "Set input_size of rnn_1 to auto (1)"),
    "normalized_shape": (lambda: moons(LINEAR, ("layer_norm", {"normalized_shape": 3}), ONE), "layer_norm_1", "last axis of 3", "Set normalized_shape of layer_norm_1 to auto (8)"),
    "groups": (lambda: digits(("conv2d", {"groups": 2}), ("flatten", {}), TEN), "conv2d_1", "groups", "Set groups of conv2d_1 to 1"),
    "kernel": (lambda: digits(("conv2d", {"kernel_size": 11}), ("flatten", {}), TEN), "conv2d_1", "11×11 pixels, larger", "Set kernel_size of conv2d_1 to 8"),
    "pool": (lambda: digits(("max_pool2d", {"kernel_size": 9}), ("flatten", {}), TEN), "max_pool2d_1", "9×9 pixels, larger", "Set kernel_size of max_pool2d_1 to 8"),
    "pool padding": (lambda: digits(("max_pool2d", {"kernel_size": 2, "padding": 2}), ("flatten", {}), TEN), "max_pool2d_1", "at most half", "Set padding of max_pool2d_1 to 1"),
    "reflect": (lambda: digits(("conv2d", {"padding": 9, "padding_mode": "reflect"}), ("flatten", {}), TEN), "conv2d_1", "pads 9 with mode", "Set padding_mode of conv2d_1 to zeros"),
    "rows of pixels": (lambda: digits(("conv2d", {}), ("flatten", {}), TEN, flat=True), "conv2d_1", "needs images", "Use the image layout of the data"),
    "behind the flatten": (lambda: digits(("flatten", {}), ("conv2d", {}), flat=False), "conv2d_1", "needs images", "Move conv2d_1 before flatten_1"),
    "signal": (lambda: moons(LINEAR, ("conv1d", {}), ("flatten", {}), ONE), "conv1d_1", "needs signals", "Insert Reshape to 1×8 before conv1d_1"),
    "sequence": (lambda: moons(LINEAR, ("rnn", {}), ONE), "rnn_1", "needs sequences", "Insert Reshape to 8×1 before rnn_1"),
    "rnn dropout": (lambda: edits.set_value(example("rnn"), "rnn_1", "dropout", 0.5), "rnn_1", "has one layer only", "Set dropout of rnn_1 to 0.0"),
    "norm of images": (lambda: digits(("conv2d", {"bias": False}), ("batch_norm1d", {}), ("flatten", {}), TEN), "batch_norm1d_1", "BatchNorm2d", "Insert Flatten before batch_norm1d_1"),
    "norm of rows": (lambda: moons(("linear", {"bias": False}), ("batch_norm2d", {}), ONE), "batch_norm2d_1", "BatchNorm1d", "Use BatchNorm1d instead of batch_norm2d_1"),
    "start_dim": (lambda: digits(("flatten", {"start_dim": 5}), TEN), "flatten_1", "starts at axis 5", "Set start_dim of flatten_1 to 1"),
    "reshape": (lambda: digits(("reshape", {"shape": (3, 5)}), ("flatten", {}), TEN), "reshape_1", "which has 15", "Set shape of reshape_1 to 1×8×8"),
    "softmax axis": (lambda: moons(LINEAR, ("softmax", {"dim": 3}), ONE), "softmax_1", "works along axis 3", "Set dim of softmax_1 to 1"),
    "add": (skip, "j", "adds value by value", "Insert Linear behind b, to match at j"),
    "add images": (skipped_images, "j", "adds value by value", "Insert Conv2d behind b, to match at j"),
    "concat": (joined, "j", "Flatten", "Insert Flatten behind a"),
    "by hand": (lambda: by_hand(moons(LINEAR, ONE)), "linear_1", "set by hand with shape (1, 2)", "Draw the weights of linear_1 again"),
    "loose": (lambda: loose(moons(LINEAR, ONE), "relu"), "relu_1", "is not connected", "Put relu_1 between linear_2 and the loss"),
    "loose join": (lambda: loose(moons(LINEAR, ONE), "add"), "add_1", "is not connected", "Remove add_1"),
    "dangling": (branch, "linear_3", "used nowhere", "Remove linear_3 and 1 more that lead only to it"),
    "no loss": (lambda: cut(moons(LINEAR, ONE), "linear_2", "output"), "output", "Nothing is connected", "Connect linear_2 to the loss"),
    "unused end": (lambda: cut(moons(LINEAR, ONE), "linear_2", "output"), "linear_2", "used nowhere", "Connect linear_2 to the loss"),
    "gap": (lambda: cut(moons(LINEAR, RELU, ONE), "relu_1", "linear_2"), "linear_2", "Nothing arrives", "Connect relu_1 to linear_2"),
    "no data": (lambda: cut(moons(LINEAR, ONE), "input", "linear_1"), "linear_1", "Nothing arrives", "Connect the data to linear_1"),
    "empty": (lambda: digits(flat=True), "output", "64 outputs", "Add an output layer, Linear to 10"),
    "empty images": (digits, "output", "Flatten and a Linear", "Add a Flatten and an output layer, Linear to 10"),
    "nothing to learn": (lambda: moons(("tanh", {}), loss="cross_entropy"), "output", "nothing to learn", "Add an output layer, Linear to 2"),
    "class count": (lambda: digits(("linear", {"out_features": 9}), flat=True), "output", "9 outputs, but the data has 10", "Set out_features of linear_1 to 10"),
    "one output": (lambda: moons(LINEAR, RELU, ONE, loss="cross_entropy"), "output", "1 output, but the data has 2", "Set out_features of linear_2 to 2"),
    "hidden end": (lambda: digits(("linear", {"out_features": 32}), RELU, flat=True), "output", "32 outputs", "Add an output layer, Linear to 10"),
    "target width": (lambda: chain((LINEAR,), "diabetes", "mse", "adam"), "output", "8 outputs, but the data has 1 target", "Set out_features of linear_1 to 1"),
    "numbers": (lambda: chain((ONE,), "diabetes", "cross_entropy", "adam"), "output", "targets of this data are numbers", "Choose MSE as the loss"),
    "bce of numbers": (lambda: chain((ONE,), "diabetes", "bce_with_logits", "adam"), "output", "between 0 and 1", "Choose MSE as the loss"),
    "no sigmoid": (lambda: moons(LINEAR, ONE, loss="bce"), "output", "takes probabilities", "Choose BCE with logits as the loss"),
    "no log-softmax": (lambda: moons(("linear", {"out_features": 2}), loss="nll"), "output", "takes log-probabilities", "Choose Cross-entropy as the loss"),
    "frozen": (lambda: frozen(moons(LINEAR, ONE)), "output", "frozen", "Unfreeze every layer"),
    "batch of one": (lambda: moons(("linear", {"bias": False}), ("batch_norm1d", {}), ONE, batch_size=1), "batch_norm1d_1", "two samples", "Set the batch size to 2"),
    "nesterov": (lambda: moons(ONE, optimizer_values={"nesterov": True}), "", "Nesterov", "Switch Nesterov off"),
    "table too short": (lambda: words(3), "embedding_1", "set num_embeddings", "Set num_embeddings of embedding_1 to"),
    "normalized words": (lambda: words(50, True), "embedding_1", "are normalized", "Do not normalize the features"),
    "softmax twice": (lambda: digits(TEN, ("softmax", {}), flat=True), "softmax_1", "softmax already", "Remove softmax_1"),
    "log-softmax twice": (lambda: digits(TEN, ("log_softmax", {}), flat=True), "log_softmax_1", "log-softmax already", "Remove log_softmax_1"),
    "softmax behind dropout": (lambda: digits(TEN, ("softmax", {}), ("identity", {}), flat=True), "softmax_1", "softmax already", "Remove softmax_1"),
    "sigmoid twice": (lambda: moons(ONE, ("sigmoid", {})), "sigmoid_1", "sigmoid already", "Remove sigmoid_1"),
    "sigmoid for classes": (lambda: moons(("linear", {"out_features": 2}), ("sigmoid", {}), loss="cross_entropy"), "sigmoid_1", "0 to 1", "Remove sigmoid_1"),
    "mse of classes": (lambda: digits(TEN, flat=True, loss="mse"), "output", "takes classes for numbers", "Choose Cross-entropy as the loss"),
    "mse of two": (lambda: moons(ONE, loss="mse"), "output", "takes classes for numbers", "Choose BCE with logits as the loss"),
    "late dropout": (lambda: moons(LINEAR, ONE, ("dropout", {})), "dropout_1", "after the last layer", "Remove dropout_1"),
    "dropout behind relu": (lambda: moons(ONE, RELU, ("dropout", {})), "dropout_1", "after the last layer", "Remove dropout_1"),
    "idle bias": (lambda: moons(LINEAR, ("batch_norm1d", {}), ONE), "linear_1", "subtracts the mean", "Set bias of linear_1 to False"),
    "idle bias of images": (lambda: digits(("conv2d", {}), ("batch_norm2d", {}), ("flatten", {}), TEN), "conv2d_1", "subtracts the mean", "Set bias of conv2d_1 to False"),
    "batch axis": (lambda: moons(LINEAR, ("softmax", {"dim": 0}), ONE), "softmax_1", "samples mix", "Set dim of softmax_1 to 1"),
    "last axis": (lambda: digits(TEN, ("flatten", {}), TEN), "linear_1", "last axis only", "Insert Flatten before linear_1"),
    "equal units": (lambda: equal(moons(LINEAR, ("tanh", {}), ONE)), "linear_1", "stay equal", "Draw all weights at random, as PyTorch does"),
    "raw features": (lambda: raw(example("wine")), "input", "Standardize the features", "Standardize the features"),
    "raw targets": (diabetes, "output", "targets have the mean", "Choose Huber as the loss"),
}  # fmt: skip


def the_issue(project: ProjectSpec, node: str, words: str) -> Issue:
    found = [issue for issue in check(project).issues if issue.node == node and words in issue.text]
    assert len(found) == 1, check(project).issues
    return found[0]


@pytest.mark.parametrize("name", TABLE)
def test_every_fix_of_the_table_removes_its_issue_and_brings_no_error(name: str) -> None:
    build, node, words, first = TABLE[name]
    project = build()
    issue = the_issue(project, node, words)
    assert issue.fixes and issue.fixes[0].text.startswith(first), issue
    for fix in issue.fixes:
        before = check(project)
        after = check(fixes.apply(project, fix))
        assert (issue.node, issue.text) not in {(other.node, other.text) for other in after.issues}, fix
        assert not new_errors(before, after), fix


READY = sorted(set(TABLE) - {"behind the flatten", "nothing to learn", "unused end", "norm of rows"})


@pytest.mark.parametrize("name", READY)
def test_one_click_is_enough_for_most(name: str) -> None:
    build, node, words, _ = TABLE[name]
    project = build()
    before = [issue for issue in check(project).issues if issue.severity == "error"]
    fixed = check(fixes.apply(project, the_issue(project, node, words).fixes[0]))
    if len(before) <= 1:
        assert fixed.ready, fixed.issues


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_has_a_false_alarm(name: str) -> None:
    assert check(example(name)).issues == ()


def test_adam_and_huber_need_no_scaled_targets() -> None:
    assert check(diabetes("adam")).issues == ()
    assert check(edits.choose_loss(diabetes(), "huber")).issues == ()


def test_what_only_looks_like_a_slip_is_none() -> None:
    some = moons(LINEAR, ("dropout", {}), ONE)
    assert check(some).issues == ()
    zero_last = edits.choose_initializer(moons(LINEAR, ("tanh", {}), ONE), "linear_2", "zeros")
    assert check(zero_last).issues == ()
    through = moons(LINEAR, RELU, ("batch_norm1d", {}), ONE)  # a bias before the bend does matter
    assert check(through).issues == ()
    assert check(moons(ONE, ("sigmoid", {}), loss="bce")).issues == ()


def test_a_fix_of_another_state_of_the_project_is_refused_with_a_sentence() -> None:
    fix = Fix("Set in_features of linear_9 to auto", (Step("set", "linear_9", "in_features", None),))
    with pytest.raises(EditError, match="no longer fits the project"):
        fixes.apply(moons(ONE), fix)
    with pytest.raises(EditError, match="No arrow enters"):
        fixes.apply(cut(moons(ONE), "linear_1", "output"), Fix("x", (fixes.insert("flatten", "output"),)))


def test_a_fix_leaves_the_rest_of_the_project_the_same_objects() -> None:
    project = digits(RELU, ("linear", {"in_features": 64, "out_features": 10}))
    fixed = fixes.apply(project, the_issue(project, "linear_1", "expects 64").fixes[0])
    assert fixed.data is project.data and fixed.train is project.train
    assert [node.kind for node in fixed.network.nodes].count("flatten") == 1


def broken(draw: random.Random) -> ProjectSpec:
    """A chain over any data with any loss, in which values, layers and arrows were changed at random."""
    data = draw.choice(("moons", "digits", "diabetes", "iris", "wine"))
    kinds = [entry.kind for entry in LAYERS if entry.placeable and entry.ports == 1]
    layers: list[Layer] = [(draw.choice(kinds), {}) for _ in range(draw.randint(0, 5))]
    loss = draw.choice(("mse", "huber", "cross_entropy", "bce_with_logits", "bce", "nll", "hinge", "kl_div"))
    rows = {"layout": draw.choice(("flat", "image"))} if data == "digits" else None
    project = chain([*layers, ("linear", {"out_features": draw.randint(1, 12)})], data, loss, rows=rows)
    project = replace(project, data=replace(project.data, normalization=draw.choice(("none", "standardize"))))
    for _ in range(draw.randint(0, 3)):
        project = _hurt(project, draw)
    return project


def _hurt(project: ProjectSpec, draw: random.Random) -> ProjectSpec:
    nodes = [node for node in project.network.nodes if LAYERS[node.kind].placeable]
    node = draw.choice(nodes)
    way = draw.randrange(5)
    if way == 0 and project.network.links:
        return edits.disconnect(project, draw.choice(project.network.links))
    if way == 1:
        return loose(project, draw.choice(("relu", "linear", "add", "concat", "conv2d")))
    if way == 2:
        return edits.set_node_value(project, node.id, "frozen", True)
    numbers = [field for field in LAYERS[node.kind].fields if field.kind == "int"]
    if way == 3 and numbers:
        field = draw.choice(numbers)
        low, high = int(field.low or -2), int(min(field.high or 9, 12))
        return edits.set_value(project, node.id, field.name, draw.randint(low, max(low, high)))
    ends = [other.id for other in project.network.nodes]
    try:
        return edits.connect(project, draw.choice(ends), draw.choice(ends))
    except EditError:
        return project


@pytest.mark.parametrize("seed", range(150))
def test_fixes_of_random_broken_networks_help(seed: int) -> None:
    project = broken(random.Random(seed))
    before = check(project)
    for issue in before.issues:
        for fix in issue.fixes:
            after = check(fixes.apply(project, fix))
            assert (issue.node, issue.text) not in {(other.node, other.text) for other in after.issues}, fix
            assert not new_errors(before, after), (fix, new_errors(before, after))

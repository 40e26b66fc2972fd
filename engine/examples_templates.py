"""Networks to start from: the usual shapes, small, on data that suits them."""

from __future__ import annotations

from collections.abc import Callable

from engine import edits
from engine.arrange import ROW_STEP
from engine.edits import NODE_STEP
from engine.example_parts import Example, Layer, blank, chain, data_of, dense, linear, loss_of, optimizer_of
from engine.spec import ProjectSpec, TrainSpec


def _template(name: str, title: str, text: str, build: Callable[[], ProjectSpec]) -> Example:
    return Example(name, title, text, build, "Networks to start from")


def _linear_regression() -> ProjectSpec:
    train = TrainSpec(loss_of("mse"), optimizer_of("sgd", lr=0.05), 16, 30)
    return chain(blank(data_of("three_feature_linear"), train), linear(1))


def _logistic_regression() -> ProjectSpec:
    train = TrainSpec(loss_of("bce_with_logits"), optimizer_of("sgd", lr=0.5), 32, 30)
    return chain(blank(data_of("breast_cancer"), train), linear(1))


def _mlp() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.003), 16, 40)
    return chain(blank(data_of("wine"), train), *dense(32, 16, 3, activation="relu"))


def _mnist_sized() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=1e-3), 64, 15)
    return chain(blank(data_of("shapes", {"n": 2000}), train), *dense(100, 10, activation="relu"))


def _lenet() -> ProjectSpec:
    """After LeCun et al. 1998, with ReLU and max pooling as it is taught now."""
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=2e-3), 32, 6)
    pool: tuple[Layer, ...] = (("relu", {}), ("max_pool2d", {"kernel_size": 2}))
    first: Layer = ("conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2})
    second: Layer = ("conv2d", {"out_channels": 16, "kernel_size": 5})
    project = blank(data_of("shapes", {"layout": "image"}), train)
    return chain(project, first, *pool, second, *pool, ("flatten", {}), *dense(120, 84, 10, activation="relu"))


def _residual() -> ProjectSpec:
    """Two blocks x + f(x), after He et al. 2016."""
    train = TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.01), 32, 80)
    project = chain(blank(data_of("spiral"), train), linear(24), ("relu", {}))
    end = "relu_1"
    aside: list[str] = []
    for _ in range(2):
        begin = end
        for kind, values in (linear(24), ("relu", {}), linear(24)):
            project, end = edits.append_node(project, kind, end, values)
            aside.append(end)
        project, joint = edits.add_node(project, "add", 0, 0)
        project = edits.put_on_link(project, project.network.links_out_of(end)[0], joint)
        project = edits.connect(project, begin, joint)
        project, end = edits.append_node(project, "relu", joint)
    project, _ = edits.append_node(project, "linear", end, {"out_features": 1})
    columns = {name: column for column, name in enumerate(edits.topological_order(project.network))}
    # The blocks stand one row lower, so that the arrows past them run straight through free space.
    places = {name: (column * NODE_STEP, ROW_STEP if name in aside else 0.0) for name, column in columns.items()}
    return edits.move_nodes(project, places)


def _recurrent() -> ProjectSpec:
    train = TrainSpec(loss_of("mse"), optimizer_of("adam", lr=0.01), 32, 25)
    project = blank(data_of("waves", normalization="none"), train)
    return chain(project, ("rnn", {"hidden_size": 16}), linear(1))


def _tokens() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 32, 30)
    project = blank(data_of("tokens", normalization="none"), train)
    return chain(
        project, ("embedding", {"num_embeddings": 8, "embedding_dim": 8}), ("gru", {"hidden_size": 24}), linear(2)
    )


TEMPLATES = (
    _template(
        "linear-regression", "Linear regression", "One linear layer: a plane through the points.", _linear_regression
    ),
    _template(
        "logistic-regression",
        "Logistic regression",
        "One linear layer and a sigmoid inside the loss.",
        _logistic_regression,
    ),
    _template("mlp", "Multi-layer perceptron", "Two hidden layers with ReLU between them.", _mlp),
    _template("mlp-784", "784-100-10", "The course's network for pictures of MNIST's size.", _mnist_sized),
    _template("lenet", "LeNet", "Convolution and pooling, twice, then three linear layers.", _lenet),
    _template("residual", "Residual network", "Two blocks whose input is added to their output.", _residual),
    _template("rnn", "Recurrent network", "Reads a wave number by number and says what comes next.", _recurrent),
    _template("tokens", "Tokens", "An Embedding and a GRU find out whether token 0 occurs.", _tokens),
)

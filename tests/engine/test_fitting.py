"""The loss and the output width that fit what is asked for."""

import pytest

from engine import edits
from engine.examples import example
from engine.fitting import Offer, fit, last_linear, offer
from engine.spec import ProjectSpec


def with_outputs(count: int) -> ProjectSpec:
    project = example("moons")
    linear = last_linear(project.network)
    assert linear is not None
    return edits.set_value(project, linear.id, "out_features", count)


@pytest.mark.parametrize(
    ("target", "count", "before", "loss", "outputs"),
    [
        ("regression", 3, 2, "mse", 3),
        ("two classes", 2, 2, "cross_entropy", 2),
        ("two classes", 2, 1, "bce_with_logits", 1),
        ("classes", 7, 2, "cross_entropy", 7),
        ("multi-label", 4, 2, "bce_with_logits", 4),
    ],
)
def test_what_is_offered_is_made(target: str, count: int, before: int, loss: str, outputs: int) -> None:
    project = with_outputs(before)
    chosen = offer(project, target, count)  # type: ignore[arg-type]
    assert (chosen.loss, chosen.outputs) == (loss, outputs)
    made = fit(project, chosen)
    linear = last_linear(made.network)
    assert linear is not None
    assert (made.train.loss.kind, linear.layer.get("out_features")) == (loss, outputs)
    assert made.data is project.data


def test_a_softmax_before_cross_entropy_is_taken_out() -> None:
    project, _ = edits.append_node(with_outputs(2), "softmax")
    chosen = offer(project, "classes", 5)
    assert chosen.text.startswith("Use Cross-entropy as the loss, give ")
    assert chosen.text.endswith("5 outputs and take out softmax_1")
    assert not fit(project, chosen).network.has("softmax_1")


def test_a_network_without_a_linear_gets_the_loss_alone() -> None:
    project = example("moons")
    for node in project.network.nodes:
        if node.kind == "linear":
            project = edits.remove_nodes(project, (node.id,))
    chosen = offer(project, "regression", 1)
    assert chosen == Offer("mse", 1)
    assert chosen.text == "Use MSE as the loss"
    assert fit(project, chosen).train.loss.kind == "mse"

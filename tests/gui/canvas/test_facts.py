"""What a card says of the newer layers, and of how a layer is trained."""

import pytest

from engine import edits
from engine.catalog import LAYERS
from engine.examples import example
from gui.canvas.facts import Cards, chief_values
from gui.canvas.quick_add import matching


@pytest.mark.parametrize(
    ("kind", "values", "settled", "said"),
    [
        ("conv1d", {}, {"in_channels": 2}, "2 → 8, window 3"),
        ("conv2d", {"padding_mode": "circular"}, {"in_channels": 1}, "1 → 8, 3×3, padding_mode circular"),
        ("adaptive_avg_pool2d", {"output_size": 4}, {}, "to 4×4"),
        ("adaptive_avg_pool1d", {}, {}, "to 1"),
        ("embedding", {}, {}, "10 → 8"),
        ("lstm", {"num_layers": 2}, {"input_size": 3}, "3 → 16, num_layers 2"),
        ("reshape", {"shape": (1, 28, 28)}, {}, "1×28×28"),
        ("elu", {}, {}, "alpha 1.0"),
        ("identity", {}, {}, "x"),
    ],
)
def test_the_values_that_tell_one_layer_from_another(kind, values, settled, said):
    assert chief_values(LAYERS[kind], LAYERS[kind].choose(values).as_dict(), settled) == said


def test_a_card_says_what_is_frozen_and_which_rate_is_its_own():
    cards, project = Cards(), example("digits")
    before = cards.of(project, None)["linear_1"]
    project = edits.set_node_value(edits.set_node_value(project, "linear_1", "frozen", True), "linear_1", "lr", 0.25)
    after = cards.of(project, None)["linear_1"]
    assert after.values == f"frozen, lr 0.25, {before.values}"
    assert cards.of(project, None)["linear_1"] is after
    assert (
        "Xavier normal"
        in cards.of(edits.choose_initializer(project, "linear_1", "xavier_normal"), None)["linear_1"].tip
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("swish", "silu"),
        ("dense", "linear"),
        ("skip", "add"),
        ("unflatten", "reshape"),
        ("word", "embedding"),
        ("bn", "batch_norm1d"),
    ],
)
def test_layers_are_found_by_their_other_names(text, kind):
    assert kind in [entry.kind for entry in matching(text)]

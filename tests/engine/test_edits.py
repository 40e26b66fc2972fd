"""Every edit by itself: what it changes, what it leaves, what it refuses."""

import math

import pytest

from engine import edits
from engine.catalog import LOSSES
from engine.edits import NODE_STEP, EditError
from engine.examples import example
from engine.fields import FieldError
from engine.spec import OUTPUT_ID, DataSpec, LinkSpec, ProjectSpec
from tests.engine.projects import arrows, chain, empty, link


def joined() -> ProjectSpec:
    """input → linear_1 → add_1 (0), input → tanh_1 → add_1 (1), input → relu_1 → add_1 (2), add_1 → output."""
    project = empty()
    for kind in ("linear", "tanh", "relu", "add"):
        project, _ = edits.add_node(project, kind, 0, 0)
    for text in ("input>linear_1", "input>tanh_1", "input>relu_1", "linear_1>add_1", "tanh_1>add_1", "relu_1>add_1"):
        source, _, target = text.partition(">")
        project = edits.connect(project, source, target)
    return edits.connect(project, "add_1", OUTPUT_ID)


JOINED = {
    *("input>linear_1.0", "input>tanh_1.0", "input>relu_1.0"),
    *("linear_1>add_1.0", "tanh_1>add_1.1", "relu_1>add_1.2", "add_1>output.0"),
}


class TestAdding:
    def test_a_new_layer_is_unconnected_and_has_its_defaults(self) -> None:
        project, new = edits.add_node(empty(), "linear", 3, 4)
        node = project.network.node(new)
        assert (new, node.x, node.y, node.layer.get("out_features")) == ("linear_1", 3, 4, 8)
        assert project.network.links == ()

    def test_ids_fill_gaps(self) -> None:
        project = edits.remove_nodes(chain("relu", "relu", "relu"), ["relu_2"])
        assert edits.fresh_id(project.network, "relu") == "relu_2"

    def test_values_are_checked(self) -> None:
        with pytest.raises(FieldError, match="out_features must be a whole number at least 1"):
            edits.add_node(empty(), "linear", 0, 0, {"out_features": 0})

    @pytest.mark.parametrize("kind", ["input", "output"])
    def test_the_ends_cannot_be_added_again(self, kind: str) -> None:
        with pytest.raises(EditError, match="is always there"):
            edits.add_node(empty(), kind, 0, 0)

    def test_the_old_project_is_untouched(self) -> None:
        before = chain("linear")
        copy = example("moons")
        edits.add_node(before, "relu", 0, 0)
        assert before == chain("linear")
        assert copy == example("moons")


class TestAppending:
    def test_appended_layers_form_a_chain_on_a_grid(self) -> None:
        network = chain("linear", "tanh").network
        assert arrows(network) == {"input>linear_1.0", "linear_1>tanh_1.0", "tanh_1>output.0"}
        assert [network.node(i).x / NODE_STEP for i in ("input", "linear_1", "tanh_1", "output")] == [0, 1, 2, 3]

    def test_in_the_middle_what_follows_moves_on(self) -> None:
        project, new = edits.append_node(chain("linear", "tanh"), "dropout", after="linear_1")
        network = project.network
        assert arrows(network) == {
            *("input>linear_1.0", "linear_1>dropout_1.0", "dropout_1>tanh_1.0", "tanh_1>output.0"),
        }
        assert [network.node(i).x / NODE_STEP for i in ("linear_1", new, "tanh_1", "output")] == [1, 2, 3, 4]

    def test_with_free_space_nothing_moves(self) -> None:
        project = edits.move_nodes(chain("linear"), {"output": (1000.0, 0.0)})
        project, _ = edits.append_node(project, "relu")
        assert project.network.node("output").x == 1000

    def test_behind_the_loss_means_before_it(self) -> None:
        project, _ = edits.append_node(chain("linear"), "relu", after=OUTPUT_ID)
        assert arrows(project.network) == {"input>linear_1.0", "linear_1>relu_1.0", "relu_1>output.0"}

    def test_behind_an_unfinished_network_stands_the_rightmost(self) -> None:
        project, _ = edits.add_node(empty(), "linear", 500, 0)
        project, _ = edits.append_node(project, "relu")
        assert arrows(project.network) == {"linear_1>relu_1.0", "relu_1>output.0"}

    def test_before_a_join_the_port_is_kept(self) -> None:
        project, _ = edits.append_node(joined(), "gelu", after="tanh_1")
        assert arrows(project.network) == (JOINED - {"tanh_1>add_1.1"}) | {"tanh_1>gelu_1.0", "gelu_1>add_1.1"}

    def test_a_join_cannot_be_appended(self) -> None:
        with pytest.raises(EditError, match="Add needs two inputs"):
            edits.append_node(empty(), "add")


class TestRemoving:
    def test_neighbours_are_joined(self) -> None:
        project = edits.remove_nodes(chain("linear", "tanh", "relu"), ["linear_1", "tanh_1"])
        assert arrows(project.network) == {"input>relu_1.0", "relu_1>output.0"}
        assert [node.id for node in project.network.nodes] == ["input", "output", "relu_1"]

    def test_the_ends_and_strangers_are_passed_over(self) -> None:
        project = chain("linear")
        assert edits.remove_nodes(project, ["input", "output", "nobody"]) == project

    def test_a_removed_branch_hands_its_port_to_its_source(self) -> None:
        project = edits.remove_nodes(joined(), ["tanh_1"])
        assert arrows(project.network) == (JOINED - {"input>tanh_1.0", "tanh_1>add_1.1"}) | {"input>add_1.1"}

    def test_without_a_source_the_ports_close_up(self) -> None:
        project = edits.disconnect(joined(), link("input>linear_1"))
        project = edits.remove_nodes(project, ["linear_1"])
        assert arrows(project.network) == {
            *("input>tanh_1.0", "input>relu_1.0", "tanh_1>add_1.0", "relu_1>add_1.1", "add_1>output.0"),
        }

    def test_a_join_leaves_a_gap_to_be_seen(self) -> None:
        """Which of its inputs should go on is for the learner to say."""
        project = edits.remove_nodes(joined(), ["add_1"])
        assert arrows(project.network) == {"input>linear_1.0", "input>tanh_1.0", "input>relu_1.0"}


class TestConnecting:
    def test_a_new_arrow_into_one_input_replaces_the_old(self) -> None:
        project = edits.connect(chain("linear", "tanh"), "input", "tanh_1")
        assert arrows(project.network) == {"input>linear_1.0", "input>tanh_1.0", "tanh_1>output.0"}

    def test_a_join_takes_the_next_port_or_replaces_the_asked_one(self) -> None:
        assert arrows(joined().network) == JOINED
        project = edits.connect(joined(), "input", "add_1", 1)
        assert arrows(project.network) == (JOINED - {"tanh_1>add_1.1"}) | {"input>add_1.1"}

    @pytest.mark.parametrize(("asked", "got"), [(-1, 0), (3, 3), (99, 3)])
    def test_a_port_that_is_not_there_becomes_the_nearest(self, asked: int, got: int) -> None:
        project = edits.connect(joined(), "input", "add_1", asked)
        assert f"input>add_1.{got}" in arrows(project.network)
        assert sorted(link.port for link in project.network.links_into("add_1")) == list(range(max(got + 1, 3)))

    def test_a_layer_with_one_input_knows_only_port_zero(self) -> None:
        project = edits.connect(chain("linear", "tanh"), "input", "tanh_1", 5)
        assert "input>tanh_1.0" in arrows(project.network)

    def test_one_source_may_enter_a_join_twice_when_asked_to(self) -> None:
        project = edits.connect(joined(), "tanh_1", "add_1", 3)
        assert {"tanh_1>add_1.1", "tanh_1>add_1.3"} <= arrows(project.network)

    @pytest.mark.parametrize(
        ("source", "target", "port", "text"),
        [
            ("output", "linear_1", None, "The loss is the end"),
            ("linear_1", "input", None, "The data is the start"),
            ("tanh_1", "linear_1", None, "from tanh_1 to linear_1 would close a cycle"),
            ("tanh_1", "tanh_1", None, "would close a cycle"),
            ("linear_1", "tanh_1", None, "linear_1 is already connected to tanh_1"),
            ("linear_1", "tanh_1", 0, "already connected"),
        ],
    )
    def test_what_makes_no_network_is_refused(self, source: str, target: str, port: int | None, text: str) -> None:
        with pytest.raises(EditError, match=text):
            edits.connect(chain("linear", "tanh"), source, target, port)

    def test_an_arrow_into_a_join_is_not_repeated_by_accident(self) -> None:
        for port in (None, 1):
            with pytest.raises(EditError, match="already connected"):
                edits.connect(joined(), "tanh_1", "add_1", port)

    def test_disconnecting_closes_ports(self) -> None:
        project = edits.disconnect(joined(), link("linear_1>add_1.0"))
        assert arrows(project.network) == {
            *("input>linear_1.0", "input>tanh_1.0", "input>relu_1.0"),
            *("tanh_1>add_1.0", "relu_1>add_1.1", "add_1>output.0"),
        }

    def test_disconnecting_what_is_not_there_changes_nothing(self) -> None:
        project = joined()
        assert edits.disconnect(project, LinkSpec("input", "add_1", 0)) == project


class TestReordering:
    def test_a_layer_moves_into_another_arrow(self) -> None:
        project = edits.put_on_link(chain("linear", "tanh", "relu"), link("relu_1>output"), "linear_1")
        assert arrows(project.network) == {
            *("input>tanh_1.0", "tanh_1>relu_1.0", "relu_1>linear_1.0", "linear_1>output.0"),
        }
        assert [node.id for node in project.network.nodes] == ["input", "output", "linear_1", "tanh_1", "relu_1"]

    def test_a_branch_of_a_join_moves_into_another_one(self) -> None:
        project = edits.put_on_link(joined(), link("relu_1>add_1.2"), "tanh_1")
        assert arrows(project.network) == {
            *("input>linear_1.0", "input>relu_1.0", "relu_1>tanh_1.0", "add_1>output.0"),
            *("linear_1>add_1.0", "input>add_1.1", "tanh_1>add_1.2"),
        }

    def test_a_loose_input_of_a_join_moves_into_the_arrow_beside_it(self) -> None:
        project = edits.disconnect(joined(), link("input>linear_1"))
        project = edits.put_on_link(project, link("tanh_1>add_1.1"), "linear_1")
        assert arrows(project.network) == {
            *("input>tanh_1.0", "input>relu_1.0", "tanh_1>linear_1.0", "add_1>output.0"),
            *("linear_1>add_1.0", "relu_1>add_1.1"),
        }

    def test_a_new_layer_goes_into_an_arrow(self) -> None:
        project, new = edits.insert_on_link(joined(), link("tanh_1>add_1.1"), "gelu", 5, 6)
        assert arrows(project.network) == (JOINED - {"tanh_1>add_1.1"}) | {"tanh_1>gelu_1.0", "gelu_1>add_1.1"}
        assert (project.network.node(new).x, project.network.node(new).y) == (5, 6)

    def test_what_cannot_be_reordered_is_told(self) -> None:
        project = chain("linear", "tanh")
        with pytest.raises(EditError, match="already stands at this arrow"):
            edits.put_on_link(project, link("linear_1>tanh_1"), "tanh_1")
        with pytest.raises(EditError, match="no longer there"):
            edits.put_on_link(project, link("input>output"), "tanh_1")
        for end in ("input", "output"):
            with pytest.raises(EditError, match="two ends"):
                edits.put_on_link(project, link("linear_1>tanh_1"), end)
            with pytest.raises(EditError, match="two ends"):
                edits.detach(project, end)

    def test_a_detached_layer_stays_on_the_canvas(self) -> None:
        project = edits.detach(chain("linear", "tanh"), "linear_1")
        assert arrows(project.network) == {"input>tanh_1.0", "tanh_1>output.0"}
        assert project.network.nodes == chain("linear", "tanh").network.nodes


class TestDuplicating:
    def test_copies_keep_values_weights_and_links(self) -> None:
        project = edits.set_weights(joined(), "linear_1", {"bias": (1.0,)})
        project, new = edits.duplicate_nodes(project, ["linear_1", "tanh_1", "add_1", "input"])
        assert new == ("linear_2", "tanh_2", "add_2")
        assert project.network.node("linear_2").weights == (("bias", (1.0,)),)
        assert arrows(project.network) == JOINED | {"linear_2>add_2.0", "tanh_2>add_2.1"}

    def test_ports_of_a_copied_join_close_up(self) -> None:
        project, _ = edits.duplicate_nodes(joined(), ["relu_1", "add_1"])
        assert arrows(project.network) == JOINED | {"relu_2>add_2.0"}

    def test_a_layer_named_twice_is_copied_once(self) -> None:
        _, new = edits.duplicate_nodes(chain("linear"), ["linear_1", "linear_1"])
        assert new == ("linear_2",)


class TestNaming:
    def test_links_follow_the_new_name(self) -> None:
        project = edits.rename_node(chain("linear", "tanh"), "linear_1", "hidden")
        assert arrows(project.network) == {"input>hidden.0", "hidden>tanh_1.0", "tanh_1>output.0"}
        assert edits.rename_node(project, "hidden", "hidden") is project

    @pytest.mark.parametrize("name", ["", "1a", "a b", "class", "é", "a" * 41, "x.y"])
    def test_what_is_no_identifier_is_refused(self, name: str) -> None:
        with pytest.raises(EditError, match="cannot be a name"):
            edits.rename_node(chain("linear"), "linear_1", name)

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            *((taken, "already taken") for taken in ("input", "output", "tanh_1")),
            *((used, "uses it itself") for used in ("forward", "torch", "type", "half", "_modules", "__init__")),
        ],
    )
    def test_taken_names_are_refused(self, name: str, why: str) -> None:
        with pytest.raises(EditError, match=why):
            edits.rename_node(chain("linear", "tanh"), "linear_1", name)

    def test_the_ends_keep_their_names(self) -> None:
        with pytest.raises(EditError, match="keep their names"):
            edits.rename_node(empty(), "input", "data")

    def test_a_project_has_a_name(self) -> None:
        assert edits.rename_project(empty(), "  My   net ").name == "My net"
        for name in ("", "   ", "a" * 81):
            with pytest.raises(EditError, match="1 to 80 characters"):
                edits.rename_project(empty(), name)


class TestValues:
    def test_a_changed_size_drops_hand_set_weights(self) -> None:
        project = example("s3")
        assert edits.set_value(project, "linear_1", "out_features", 2) == project
        changed = edits.set_value(project, "linear_1", "out_features", 3)
        assert changed.network.node("linear_1").weights == ()
        assert changed.network.node("linear_2").weights == project.network.node("linear_2").weights

    def test_a_refused_value_is_quoted(self) -> None:
        with pytest.raises(FieldError, match="but is 0"):
            edits.set_value(chain("linear"), "linear_1", "out_features", 0)

    def test_one_knob_sets_every_dropout(self) -> None:
        project = edits.set_dropout(chain("dropout", "linear", "dropout"), 0.25)
        assert [node.layer.get("p") for node in project.network.nodes if node.kind == "dropout"] == [0.25, 0.25]
        with pytest.raises(FieldError, match="below 1, but is 1"):
            edits.set_dropout(project, 1)

    def test_another_loss_keeps_what_both_share(self) -> None:
        project = edits.set_loss_value(empty(), "reduction", "sum")
        project = edits.choose_loss(project, "huber")
        assert project.train.loss == LOSSES["huber"].choose({"reduction": "sum"})
        assert edits.set_loss_value(project, "delta", 2).train.loss.get("delta") == 2.0

    def test_another_optimizer_starts_from_its_defaults(self) -> None:
        project = edits.set_optimizer_value(empty(), "lr", 0.5)
        assert project.train.optimizer.get("lr") == 0.5
        assert edits.choose_optimizer(project, "sgd").train.optimizer.get("lr") == 0.1

    @pytest.mark.parametrize("value", [math.nan, math.inf, 0, -1, "1"])
    def test_a_learning_rate_that_is_none_is_refused(self, value: object) -> None:
        with pytest.raises(FieldError, match="Learning rate must be a number above 0"):
            edits.set_optimizer_value(empty(), "lr", value)

    def test_training_values(self) -> None:
        project = edits.set_train_value(empty(), "batch_size", 7)
        assert project.train.batch_size == 7
        assert edits.set_train_value(project, "device", "cpu").train.device == "cpu"
        with pytest.raises(FieldError, match="no training parameter “speed”"):
            edits.set_train_value(project, "speed", 1)
        with pytest.raises(FieldError, match="Epochs must be"):
            edits.set_train_value(project, "epochs", 0)

    def test_data(self) -> None:
        data = DataSpec(example("iris").data.source, normalization="none")
        assert edits.set_data(empty(), data).data is data


def test_topological_order_keeps_the_order_of_the_nodes_among_equals() -> None:
    assert edits.topological_order(joined().network) == ("input", "linear_1", "tanh_1", "relu_1", "add_1", "output")
    assert edits.descendants(joined().network, "tanh_1") == {"add_1", "output"}

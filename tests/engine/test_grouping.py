"""Blocks: what is put together stays together, folding closes up and unfolding brings everything back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine import blocks, clip, edits, grouping, placing
from engine.edits import NODE_STEP, EditError
from engine.spec import GroupSpec, LinkSpec, ProjectSpec
from tests.engine.projects import chain


def columns(project: ProjectSpec) -> dict[str, float]:
    return {node.id: node.x for node in project.network.nodes}


@pytest.fixture
def net() -> ProjectSpec:
    """input → linear_1 → relu_1 → linear_2 → relu_2 → linear_3 → output, tidy."""
    return placing.tidy(chain("linear", "relu", "linear", "relu", "linear"))


def test_a_block_is_folded_and_what_follows_closes_up(net: ProjectSpec) -> None:
    grown, name = grouping.group_nodes(net, ("relu_1", "linear_2", "relu_2"))
    assert grown.network.groups == (GroupSpec("block_1", ("relu_1", "linear_2", "relu_2"), folded=True),)
    assert grown.network.links == net.network.links
    before, after = columns(net), columns(grown)
    assert after["linear_3"] == before["linear_3"] - 2 * NODE_STEP == after["relu_1"] + NODE_STEP
    assert {name: after[name] for name in ("linear_1", "relu_1", "linear_2", "relu_2")} == {
        name: before[name] for name in ("linear_1", "relu_1", "linear_2", "relu_2")
    }
    assert columns(grouping.fold_group(grown, name, False)) == before
    assert grouping.ungroup(grown, name) == net


def test_unfolding_makes_room_after_layers_were_moved(net: ProjectSpec) -> None:
    grown, name = grouping.group_nodes(net, ("relu_1", "linear_2", "relu_2"))
    near = edits.move_nodes(grown, {"linear_3": (columns(grown)["relu_1"] + 120.0, 0.0)})
    open_again = columns(grouping.fold_group(near, name, False))
    assert open_again["linear_3"] == open_again["relu_2"] + NODE_STEP


def test_a_branch_beside_the_block_is_not_run_over(net: ProjectSpec) -> None:
    """linear_1 also feeds linear_4 in another row, which stands under relu_2 and enters an Add with the block."""
    project, join = edits.insert_on_link(net, LinkSpec("relu_2", "linear_3"), "add", 0, 0)
    project, side = edits.add_node(project, "linear", 0, 200)
    project = edits.connect(edits.connect(project, "linear_1", side), side, join)
    project = placing.tidy(project)
    folded, _ = grouping.group_nodes(project, ("relu_1", "linear_2", "relu_2"))
    after = columns(folded)
    assert after[join] >= after[side] + NODE_STEP
    assert after[join] >= after["relu_1"] + NODE_STEP


def test_what_cannot_be_a_block_is_refused_with_a_sentence(net: ProjectSpec) -> None:
    with pytest.raises(EditError, match="at least two"):
        grouping.group_nodes(net, ("linear_1", "input"))
    with pytest.raises(EditError, match="relu_1 lies between layers of the block"):
        grouping.group_nodes(net, ("linear_1", "linear_2"))
    grown, _ = grouping.group_nodes(net, ("linear_1", "relu_1"))
    with pytest.raises(EditError, match="in the block “block_1” already"):
        grouping.group_nodes(grown, ("relu_1", "linear_2"))


def test_whole_blocks_become_part_of_a_larger_one(net: ProjectSpec) -> None:
    grown, _ = grouping.group_nodes(net, ("linear_1", "relu_1"))
    larger, name = grouping.group_nodes(grown, ("linear_1", "relu_1", "linear_2"))
    assert [(group.name, group.members) for group in larger.network.groups] == [
        (name, ("linear_1", "relu_1", "linear_2"))
    ]


@pytest.mark.parametrize(
    ("new", "text"), [("", "needs a name"), ("  ", "needs a name"), ("x" * 81, "at most 80"), ("second", "already")]
)
def test_a_name_that_cannot_be_is_refused(net: ProjectSpec, new: str, text: str) -> None:
    grown, first = grouping.group_nodes(net, ("linear_1", "relu_1"))
    grown, other = grouping.group_nodes(grown, ("linear_2", "relu_2"))
    grown = grouping.rename_group(grown, other, "second")
    with pytest.raises(EditError, match=text):
        grouping.rename_group(grown, first, new)
    assert blocks.named(grouping.rename_group(grown, first, " the  front ").network, "the front").members


def test_a_layer_put_into_an_arrow_of_the_block_belongs_to_it(net: ProjectSpec) -> None:
    grown, name = grouping.group_nodes(net, ("linear_1", "relu_1"))
    inside, new = edits.insert_on_link(grown, LinkSpec("linear_1", "relu_1"), "dropout", 0, 0)
    assert blocks.named(inside.network, name).members == ("linear_1", "relu_1", new)
    outside = edits.put_on_link(inside, LinkSpec("linear_2", "relu_2"), new)
    assert blocks.named(outside.network, name).members == ("linear_1", "relu_1")
    at_the_edge, _ = edits.insert_on_link(grown, LinkSpec("relu_1", "linear_2"), "dropout", 0, 0)
    assert blocks.named(at_the_edge.network, name).members == ("linear_1", "relu_1")


def test_copies_of_a_whole_block_are_a_block(net: ProjectSpec) -> None:
    grown, _ = grouping.group_nodes(net, ("linear_1", "relu_1"))
    twice, new = edits.duplicate_nodes(grown, ("linear_1", "relu_1", "linear_3"))
    assert twice.network.groups[1] == GroupSpec("block_2", new[:2], folded=True)
    part, _ = edits.duplicate_nodes(grown, ("linear_1",))
    assert part.network.groups == grown.network.groups
    pasted, new = clip.paste(net, clip.copy_text(grown.network, ("linear_1", "relu_1")), 0, 300)
    assert pasted.network.groups == (GroupSpec("block_1", new, folded=True),)


@pytest.mark.parametrize(
    "groups",
    [
        [["a", ["linear_9"], True]],
        [["", ["linear_1"], True]],
        [["a", ["linear_1"], True], ["b", ["linear_1"], True]],
        [["a", "linear_1"]],
        [[7, ["linear_1"], True]],
    ],
)
def test_a_damaged_block_on_the_clipboard_is_refused(net: ProjectSpec, groups: list[object]) -> None:
    text = json.loads(clip.copy_text(net.network, ("linear_1", "relu_1")))
    with pytest.raises(EditError, match="damaged"):
        clip.paste(net, json.dumps({**text, "groups": groups}), 0, 0)


def test_arrange_gives_a_folded_block_one_column(net: ProjectSpec) -> None:
    grown, _ = grouping.group_nodes(net, ("relu_1", "linear_2", "relu_2"))
    assert columns(placing.tidy(grown)) == columns(grown)


def test_a_new_layer_behind_a_folded_block_stands_beside_its_card(net: ProjectSpec) -> None:
    grown, name = grouping.group_nodes(net, ("relu_1", "linear_2", "relu_2"))
    card, _ = blocks.place(grown.network, blocks.named(grown.network, name))
    longer, new = placing.append(grown, "dropout", ("relu_2",))
    assert columns(longer)[new] == card + NODE_STEP
    assert columns(longer)["linear_3"] == card + 2 * NODE_STEP
    middle, new = placing.insert(grown, "dropout", LinkSpec("relu_2", "linear_3"), card + NODE_STEP / 2, 0)
    assert columns(middle)[new] == card + NODE_STEP


def test_who_is_hidden_and_selected_with_whom(net: ProjectSpec) -> None:
    grown, name = grouping.group_nodes(net, ("linear_1", "relu_1"))
    assert blocks.hidden(grown.network) == {"linear_1": name, "relu_1": name}
    assert blocks.whole(grown.network, ("relu_1", "linear_2")) == ("linear_1", "relu_1", "linear_2")
    unfolded = replace(grown.network, groups=(replace(grown.network.groups[0], folded=False),))
    assert blocks.hidden(unfolded) == {}
    assert blocks.whole(unfolded, ("relu_1",)) == ("relu_1",)

"""Random sequences of edits: the network stays sound after each, and undo and redo bring back equal projects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import clip, edits, grouping, placing
from engine.catalog import INITIALIZERS, LAYERS
from engine.edits import EditError
from engine.fields import FieldError
from engine.history import History
from engine.project_json import from_json, to_json
from engine.spec import INPUT_ID, OUTPUT_ID, GroupSpec, LinkSpec, NodeSpec, ProjectSpec
from tests.engine.projects import chain

SEQUENCES, LENGTH = 1000, 50
KINDS = [entry.kind for entry in LAYERS]


@dataclass(frozen=True)
class Dice:
    """Numbers that pick from whatever the project holds when an edit's turn comes."""

    a: int
    b: int
    c: int

    def node(self, project: ProjectSpec, number: int) -> NodeSpec:
        return project.network.nodes[number % len(project.network.nodes)]

    def link(self, project: ProjectSpec) -> LinkSpec:
        links = project.network.links or (LinkSpec(INPUT_ID, OUTPUT_ID),)
        return links[self.a % len(links)]

    @property
    def kind(self) -> str:
        return KINDS[self.c % len(KINDS)]


def _some_ids(project: ProjectSpec, dice: Dice) -> list[str]:
    return [node.id for index, node in enumerate(project.network.nodes) if dice.a >> index & 1]


def _set_value(project: ProjectSpec, dice: Dice) -> ProjectSpec:
    node = dice.node(project, dice.a)
    fields = LAYERS[node.kind].fields
    if not fields:
        return project
    field = fields[dice.b % len(fields)]
    return edits.set_value(project, node.id, field.name, [field.default, dice.c, dice.c / 8, True, None][dice.c % 5])


def _block(project: ProjectSpec, dice: Dice) -> str:
    return project.network.groups[dice.a % len(project.network.groups)].name


def _rule(dice: Dice) -> str:
    return INITIALIZERS.kinds[dice.c % len(INITIALIZERS.kinds)]


EDITS: dict[str, Callable[[ProjectSpec, Dice], ProjectSpec]] = {
    "add": lambda p, d: edits.add_node(p, d.kind, d.a, d.b)[0],
    "append": lambda p, d: edits.append_node(p, d.kind, d.node(p, d.a).id if d.b % 3 else None)[0],
    "remove": lambda p, d: edits.remove_nodes(p, _some_ids(p, d)),
    "duplicate": lambda p, d: edits.duplicate_nodes(p, _some_ids(p, d))[0],
    "move": lambda p, d: edits.move_nodes(p, {d.node(p, d.a).id: (d.b, d.c)}),
    "connect": lambda p, d: edits.connect(p, d.node(p, d.a).id, d.node(p, d.b).id, [None, *range(-1, 6)][d.c % 8]),
    "disconnect": lambda p, d: edits.disconnect(p, d.link(p)),
    "insert": lambda p, d: edits.insert_on_link(p, d.link(p), d.kind, d.a, d.b)[0],
    "reorder": lambda p, d: edits.put_on_link(p, d.link(p), d.node(p, d.b).id),
    "detach": lambda p, d: edits.detach(p, d.node(p, d.a).id),
    "rename": lambda p, d: edits.rename_node(p, d.node(p, d.a).id, f"{d.kind}_{d.b % 4}"),
    "value": _set_value,
    "initializer": lambda p, d: edits.choose_initializer(p, d.node(p, d.a).id, _rule(d), bias=d.b % 2 == 1),
    "initialize all": lambda p, d: edits.initialize_all(p, INITIALIZERS[_rule(d)].choose()),
    "setting": lambda p, d: edits.set_node_value(
        p, d.node(p, d.a).id, ["frozen", "lr", "weight_decay"][d.b % 3], [True, False, None, d.c / 8][d.c % 4]
    ),
    "dropout": lambda p, d: edits.set_dropout(p, d.a / 400),
    "lr": lambda p, d: edits.set_optimizer_value(p, "lr", d.a / 100),
    "group": lambda p, d: grouping.group_nodes(p, _some_ids(p, d))[0],
    "ungroup": lambda p, d: grouping.ungroup(p, _block(p, d)) if p.network.groups else p,
    "fold": lambda p, d: grouping.fold_group(p, _block(p, d), d.b % 2 == 1) if p.network.groups else p,
    "rename block": lambda p, d: (
        grouping.rename_group(p, _block(p, d), ["", "front", f"part {d.c % 5}"][d.b % 3]) if p.network.groups else p
    ),
    "paste": lambda p, d: clip.paste(p, clip.copy_text(p.network, _some_ids(p, d)), d.b, d.c)[0],
    "tidy": lambda p, d: placing.tidy(p),
    "grow": lambda p, d: placing.append(p, d.kind, (d.node(p, d.a).id,) if d.b % 4 else tuple(_some_ids(p, d)))[0],
    "shift": lambda p, d: placing.shift(p, d.node(p, d.a).id, [-1, 1][d.b % 2]),
    "loss": lambda p, d: edits.choose_loss(p, ["mse", "huber", "cross_entropy"][d.a % 3]),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(EDITS)), st.builds(Dice, *[st.integers(0, 2**12)] * 3), st.sampled_from(["", "drag"])
    ),
    min_size=LENGTH,
    max_size=LENGTH,
)


def check_sound(project: ProjectSpec) -> None:
    network = project.network
    ids = [node.id for node in network.nodes]
    assert len(set(ids)) == len(ids)
    assert all(name.isidentifier() for name in ids)
    assert ids.count(INPUT_ID) == ids.count(OUTPUT_ID) == 1
    assert not any(link.source == OUTPUT_ID or link.target == INPUT_ID for link in network.links)
    assert all(link.source in ids and link.target in ids for link in network.links)
    assert len(edits.topological_order(network)) == len(ids), "there is a cycle"
    members = [name for group in network.groups for name in group.members]
    assert set(members) <= set(ids) and len(set(members)) == len(members)
    assert all(group.members for group in network.groups), "a block of nothing"
    assert len({group.name for group in network.groups}) == len(network.groups)
    for node in network.nodes:
        ports = sorted(link.port for link in network.links_into(node.id))
        assert ports == list(range(len(ports))), f"ports of {node.id}: {ports}"
        assert LAYERS[node.kind].ports is None or len(ports) <= 1


def start() -> ProjectSpec:
    project, join = edits.add_node(chain("linear", "relu", "linear", "dropout"), "concat", 0, 100)
    for source in ("linear_1", "relu_1", "input"):
        project = edits.connect(project, source, join)
    blocks = (GroupSpec("front", ("linear_1", "relu_1")), GroupSpec("end", ("dropout_1",), folded=False))
    return edits.with_network(project, replace(project.network, groups=blocks))


@settings(max_examples=SEQUENCES, deadline=None)
@given(STEPS)
def test_edits_keep_the_network_sound_and_undo_brings_everything_back(
    steps: list[tuple[str, Dice, str]],
) -> None:
    history = History(start())
    line = [history.project]
    done: Counter[str] = Counter()
    for name, dice, key in steps:
        before = history.project
        try:
            after = EDITS[name](before, dice)
        except (EditError, FieldError) as refusal:
            assert str(refusal).endswith(".")
            continue
        check_sound(after)
        done[name] += 1
        if history.commit(after, name, key):
            line.append(history.project)
    newest = history.project
    assert from_json(to_json(newest)) == newest, "an edited project survives its file"
    seen = [newest]
    while history.undo():
        seen.append(history.project)
    assert history.project == line[0] == start()
    assert all(project in line for project in seen)
    back = [history.project]
    while history.redo():
        back.append(history.project)
    assert back == seen[::-1]
    assert history.project == newest


@pytest.mark.parametrize("name", sorted(EDITS))
def test_every_edit_of_the_table_can_succeed(name: str) -> None:
    """The property above would be empty for an edit that is always refused."""
    project = start()
    for a in range(40):
        for b in range(6):
            try:
                if EDITS[name](project, Dice(a, b, a + b)) != project:
                    return
            except (EditError, FieldError):
                continue
    pytest.fail(f"{name} never changes anything")

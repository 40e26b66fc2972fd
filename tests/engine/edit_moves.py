"""Every edit of a project as a table, each with numbers that say what it is done to: for tests that edit at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine import clip, edits, grouping, placing
from engine.catalog import INITIALIZERS, LAYERS
from engine.spec import INPUT_ID, OUTPUT_ID, GroupSpec, LinkSpec, NodeSpec, ProjectSpec
from engine.weight_edits import change_weights
from tests.engine.projects import chain

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


def _set_weight(project: ProjectSpec, dice: Dice) -> ProjectSpec:
    """One of a parameter of any layer, by hand or drawn again; torch alone knows the true shapes."""
    node = dice.node(project, dice.a)
    if not LAYERS[node.kind].learns:
        return project
    value = [dice.c / 8, -1.0, None][dice.c % 3]
    place = [(dice.b % 3, dice.c % 2), (dice.b % 3,), ()][dice.b % 7 % 3]
    return change_weights(project, f"{node.id}.weight", (3, 2), {place: value})


def _rule(dice: Dice) -> str:
    return INITIALIZERS.kinds[dice.c % len(INITIALIZERS.kinds)]


EDITS: dict[str, Callable[[ProjectSpec, Dice], ProjectSpec]] = {
    "add": lambda p, d: edits.add_node(p, d.kind, d.a, d.b)[0],
    "set_weight": _set_weight,
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


def start() -> ProjectSpec:
    project, join = edits.add_node(chain("linear", "relu", "linear", "dropout"), "concat", 0, 100)
    for source in ("linear_1", "relu_1", "input"):
        project = edits.connect(project, source, join)
    blocks = (GroupSpec("front", ("linear_1", "relu_1")), GroupSpec("end", ("dropout_1",), folded=False))
    return edits.with_network(project, replace(project.network, groups=blocks))

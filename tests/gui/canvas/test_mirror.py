"""After every edit, undo and redo the canvas shows exactly the project."""

from __future__ import annotations

import random

import pytest

from engine import blocks
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.fields import FieldError
from engine.spec import ProjectSpec
from gui.canvas.scene import NetworkScene
from tests.engine.edit_moves import EDITS, Dice, start
from tests.gui.canvas.conftest import Make

SEQUENCES, LENGTH = 20, 50


def check_mirror(scene: NetworkScene, project: ProjectSpec) -> None:
    """Nodes, places, arrows with their ends, blocks, and what stands on the cards."""
    network = project.network
    hidden = blocks.hidden(network)
    assert set(scene.nodes) == {node.id for node in network.nodes}
    for node in network.nodes:
        item = scene.nodes[node.id]
        assert (item.x(), item.y()) == (node.x, node.y)
        assert item.isVisible() == (node.id not in hidden)
        assert (item.card.id, item.card.kind, item.card.title) == (node.id, node.kind, LAYERS[node.kind].title)
        assert item.card.used == {link.port for link in network.links_into(node.id)}
        assert item.card.feeds == bool(network.links_out_of(node.id))
    shown = {link for link in network.links if hidden.get(link.source, "") != hidden.get(link.target, " ")}
    assert set(scene.links) == shown
    for link, arrow in scene.links.items():
        assert arrow.scene() is scene
        start, end = scene.groups.item_of(link.source), scene.groups.item_of(link.target)
        assert arrow.route.start == start.output_point().toTuple()
        assert arrow.route.end == end.input_point(0 if link.target in hidden else link.port).toTuple()
    assert set(scene.groups.cards) == {group.name for group in network.groups if group.folded}
    assert set(scene.groups.frames) == {group.name for group in network.groups if not group.folded}
    for group in network.groups:
        if group.folded:
            card = scene.groups.cards[group.name]
            assert (card.x(), card.y()) == blocks.place(network, group)
            assert card.card.line == f"{len(group.members)} layers"
        else:
            frame = scene.groups.frames[group.name]
            assert all(frame.rect.contains(scene.nodes[member].pos()) for member in group.members)
    items = len(scene.nodes) + len(scene.links) + len(network.groups)
    assert len(scene.items()) == items, "nothing of an earlier project stays behind"


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_the_canvas_is_the_project_after_every_edit(make: Make, number: int) -> None:
    draw = random.Random(number)
    bench = make(start())
    store, scene = bench.store, bench.canvas.scene
    done = 0
    for _ in range(LENGTH):
        name = draw.choice(sorted(EDITS))
        before = store.project
        try:
            edited = EDITS[name](before, Dice(*(draw.randrange(2**12) for _ in range(3))))
        except (EditError, FieldError):
            assert store.project is before
            continue
        store.commit(edited, name)
        done += 1
        if draw.random() < 0.2:
            store.select(tuple(node.id for node in edited.network.nodes if draw.random() < 0.3))
        check_mirror(scene, store.project)
    assert done > LENGTH / 4
    newest = store.project
    while store.undo_name:
        store.undo()
        check_mirror(scene, store.project)
    assert store.project == start()
    while store.redo_name:
        store.redo()
        check_mirror(scene, store.project)
    assert store.project == newest

"""Random sequences of edits: the network stays sound after each, and undo and redo bring back equal projects."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import edits
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.fields import FieldError
from engine.history import History
from engine.project_json import from_json, to_json
from engine.spec import INPUT_ID, OUTPUT_ID, ProjectSpec
from tests.engine.edit_moves import EDITS, Dice, start

SEQUENCES, LENGTH = 1000, 50
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

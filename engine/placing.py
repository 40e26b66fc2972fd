"""Edits that also find the place: what a wish on the canvas means, for the network and for where its layers stand.

Like every edit they are pure functions, and raise `engine.edits.EditError` with a sentence where something cannot be done.
"""

from __future__ import annotations

from engine import edits
from engine.arrange import arrange, make_room, middle
from engine.blocks import seen
from engine.catalog import LAYERS
from engine.edits import ENDS, NODE_STEP, EditError
from engine.grouping import fold_group
from engine.spec import OUTPUT_ID, LinkSpec, NodeSpec, ProjectSpec

Grown = tuple[ProjectSpec, str]
ALMOST = 40.0
"""Scene units from the line of an arrow within which a layer dropped into it is put exactly on it."""
BESIDE = 0.75 * NODE_STEP


def tidy(project: ProjectSpec) -> ProjectSpec:
    """Every layer in the column and row of `engine.arrange`; folded blocks take up one column."""
    folded = [group.name for group in project.network.groups if group.folded]
    for name in folded:
        project = fold_group(project, name, False)
    project = edits.move_nodes(project, arrange(project.network))
    for name in folded:
        project = fold_group(project, name, True)
    return project


def insert(project: ProjectSpec, kind: str, link: LinkSpec, x: float, y: float) -> Grown:
    """A new layer into an arrow; what follows makes room. Returns the project and the new id."""
    _, line = middle(project.network, link)
    grown, new = edits.insert_on_link(project, link, kind, x, line if abs(y - line) <= ALMOST else y)
    return _with_room(grown, new), new


def grow(project: ProjectSpec, kind: str, source: str, x: float, y: float) -> Grown:
    """A new layer at (x, y) with an arrow from `source`. Returns the project and the new id."""
    grown, new = edits.add_node(project, kind, x, y)
    return _with_room(edits.connect(grown, source, new), new), new


def append(project: ProjectSpec, kind: str, selection: tuple[str, ...]) -> Grown:
    """A new layer where a newcomer expects it: behind the one selected layer, else before the loss.

    A layer with several inputs joins the selected ones when there are at least two. Returns the project and the new id.
    """
    network = project.network
    if LAYERS[kind].ports is None:
        return join(project, kind, selection)
    after = selection[0] if len(selection) == 1 and selection[0] != OUTPUT_ID else None
    if after is None or OUTPUT_ID in edits.descendants(network, after) or not network.links_into(OUTPUT_ID):
        return edits.append_node(project, kind, after)
    if network.links_out_of(after):  # a branch that does not reach the loss: into its own next arrow
        link = network.links_out_of(after)[0]
        return insert(project, kind, link, *middle(network, link))
    x, y = seen(network, after)  # a loose end grows; the arrow that enters the loss stays where it is
    return grow(project, kind, after, x + NODE_STEP, y)


def join(project: ProjectSpec, kind: str, selection: tuple[str, ...]) -> Grown:
    """Add or Concat: behind the selected layers and connected to them, or loose beside what is there.

    When the selected layers lead on to one place only, the new layer takes over the way to it.
    """
    network = project.network
    nodes = [network.node(node_id) for node_id in selection if node_id != OUTPUT_ID]
    if len(nodes) < 2:
        near = nodes[0] if nodes else _rightmost(project)
        return edits.add_node(project, kind, near.x + NODE_STEP, near.y + BESIDE)
    x, y = max(node.x for node in nodes) + NODE_STEP, sum(node.y for node in nodes) / len(nodes)
    grown, new = edits.add_node(project, kind, x, y)
    for node in sorted(nodes, key=_height):
        grown = edits.connect(grown, node.id, new)
    onward = _way_on(project, tuple(node.id for node in nodes))
    for link in onward:
        grown = edits.disconnect(grown, link)
    if onward:
        grown = edits.connect(grown, new, onward[0].target)
    return _with_room(grown, new), new


def reconnect(project: ProjectSpec, link: LinkSpec, target: str, port: int | None = None) -> ProjectSpec:
    """Lead the end of an arrow to another layer."""
    return edits.connect(edits.disconnect(project, link), link.source, target, port)


def isolate(project: ProjectSpec, ids: tuple[str, ...]) -> ProjectSpec:
    """Remove every arrow of these layers."""
    while True:
        touched = [link for link in project.network.links if link.source in ids or link.target in ids]
        if not touched:
            return project
        project = edits.disconnect(project, touched[0])


def reorder(project: ProjectSpec, link: LinkSpec, node_id: str) -> ProjectSpec:
    """Cut a layer from where it is and put it into an arrow."""
    x, y = middle(project.network, link)
    return _with_room(edits.move_nodes(edits.put_on_link(project, link, node_id), {node_id: (x, y)}), node_id)


def shift(project: ProjectSpec, node_id: str, step: int) -> ProjectSpec:
    """One place earlier (−1) or later (1) in its chain: two neighbours change places."""
    network = project.network
    near = network.links_into(node_id) if step < 0 else network.links_out_of(node_id)
    where, end = ("before", "start") if step < 0 else ("behind", "end")
    if len(near) != 1:
        raise EditError(
            f"{node_id} has not exactly one neighbour {where} it: drag it onto the arrow where it should go."
        )
    other = near[0].source if step < 0 else near[0].target
    beyond = network.links_into(other) if step < 0 else network.links_out_of(other)
    if other in ENDS or not beyond:
        raise EditError(f"{node_id} stands at the {end} of its chain already.")
    shared = step < 0 and len(network.links_out_of(other)) > 1
    if shared or len(beyond) != 1 or LAYERS[network.node(other).kind].ports is None:
        raise EditError(f"{other} joins or feeds several layers: drag {node_id} onto the arrow where it should go.")
    here, there = network.node(node_id), network.node(other)
    put = edits.put_on_link(project, beyond[0], node_id)
    return edits.move_nodes(put, {node_id: (there.x, there.y), other: (here.x, here.y)})


def _with_room(project: ProjectSpec, node_id: str) -> ProjectSpec:
    return edits.move_nodes(project, make_room(project.network, node_id))


def _height(node: NodeSpec) -> float:
    return node.y


def _rightmost(project: ProjectSpec) -> NodeSpec:
    """The layer farthest right that is not the loss."""
    return max((node for node in project.network.nodes if node.id != OUTPUT_ID), key=lambda node: node.x)


def _way_on(project: ProjectSpec, ids: tuple[str, ...]) -> tuple[LinkSpec, ...]:
    """The arrows by which the layers lead on past one another, if all of them enter one and the same layer."""
    network = project.network
    before = {node.id for node in network.nodes if node.id in ids or edits.descendants(network, node.id) & set(ids)}
    onward = tuple(link for link in network.links if link.source in ids and link.target not in before)
    return onward if len({link.target for link in onward}) == 1 else ()

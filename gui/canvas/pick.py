"""Which gesture begins with a press at a place, and what a hovering mouse would take hold of."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from engine.spec import LinkSpec
from gui.canvas.desk import Desk, Pointer
from gui.canvas.draw_arrow import DrawArrow, DrawBack, PullArrow
from gui.canvas.fixing import fix_at
from gui.canvas.gestures import Gesture, RubberBand
from gui.canvas.move_nodes import MoveNodes
from gui.canvas.scene import Port

HEAD_REACH = 14.0
"""Scene units around the tip of an arrow in which it can be taken."""


def begin(desk: Desk, pointer: Pointer) -> Gesture | None:
    """The gesture of a press with the left button; None where a click alone does something."""
    fix = fix_at(desk, pointer.scene)
    if fix is not None:
        desk.intents.fixRequested.emit(fix)
        return None
    grip = _grip(desk, pointer.scene)
    if isinstance(grip, Port):
        free = DrawBack(desk, pointer, grip.node, grip.index) if grip.index >= 0 else None
        return free or DrawArrow(desk, pointer, grip.node)
    if isinstance(grip, LinkSpec):
        return PullArrow(desk, pointer, grip)
    held = _held(desk, pointer.scene)
    if held:
        return MoveNodes(desk, pointer, held)
    link = desk.scene.link_at(pointer.scene)
    if link is not None:
        desk.select_link(link)
        return None
    return RubberBand(desk, pointer)


def hover(desk: Desk, pointer: Pointer) -> None:
    """Light up the port or the arrow that a press would take."""
    grip = _grip(desk, pointer.scene)
    if grip is None and not desk.scene.node_at(pointer.scene):
        grip = desk.scene.link_at(pointer.scene)
    desk.scene.show_hover(grip)


def _held(desk: Desk, point: QPointF) -> tuple[str, ...]:
    """The layers under the card at this place, or in the frame whose tab is here."""
    node, group = desk.scene.node_at(point), desk.scene.groups.at(point)
    return desk.scene.groups.unit(node) if node else group.members if group is not None else ()


def _grip(desk: Desk, point: QPointF) -> Port | LinkSpec | None:
    """An output port, a free input port, or the arrow whose head is here."""
    port = desk.scene.port_at(point)
    if port is not None and port.index < 0:
        return port
    if port is not None:
        into = (link for link in desk.network.links if (link.target, link.port) == (port.node, port.index))
        return next(into, port)
    link = desk.scene.link_at(point)
    if link is None:
        return None
    x, y = desk.scene.links[link].route.end
    near = abs(point.x() - x) <= HEAD_REACH and abs(point.y() - y) <= HEAD_REACH
    return link if near else None

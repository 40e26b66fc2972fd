"""What people want of the canvas, as signals with plain values. A controller turns them into edits."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Intents(QObject):
    """One signal per wish. Links are `engine.spec.LinkSpec`, ids are tuples of node ids, places are scene units."""

    addRequested = Signal(str, float, float)
    """(kind, x, y): a new unconnected layer."""
    growRequested = Signal(str, str, float, float)
    """(kind, source, x, y): a new layer with an arrow from `source`."""
    appendRequested = Signal(str)
    """(kind): a new layer behind the selected one, or before the loss."""
    insertRequested = Signal(str, object, float, float)
    """(kind, link, x, y): a new layer into an arrow."""
    connectRequested = Signal(str, str, object)
    """(source, target, port or None)"""
    reconnectRequested = Signal(object, str, object)
    """(link, target, port or None): the end of an arrow goes to another place."""
    disconnectRequested = Signal(object)
    """(link)"""
    isolateRequested = Signal(object)
    """(ids): remove every arrow of these layers."""
    moveRequested = Signal(object)
    """({id: (x, y)}), once per drag."""
    removeRequested = Signal(object)
    """(ids)"""
    reorderRequested = Signal(object, str)
    """(link, id): an existing layer into an arrow."""
    shiftRequested = Signal(str, int)
    """(id, −1 or 1): one place earlier or later in its chain."""
    duplicateRequested = Signal(object)
    """(ids)"""
    renameRequested = Signal(str, str)
    """(id, name)"""
    valueRequested = Signal(str, str, object)
    """(id, field, value)"""
    panelRequested = Signal(str)
    """(dock): bring that panel of the window forward."""
    copyRequested = Signal(object)
    """(ids)"""
    pasteRequested = Signal(float, float)
    """(x, y): the clipboard's layers around this place."""
    selectionRequested = Signal(object)
    """(ids)"""
    groupRequested = Signal(object)
    """(ids): put these layers into a new block."""
    ungroupRequested = Signal(str)
    """(name)"""
    foldRequested = Signal(str, bool)
    """(name, folded)"""
    renameGroupRequested = Signal(str, str)
    """(name, new name)"""
    fixRequested = Signal(object)
    """(Fix): one edit that removes an issue."""
    weightsRequested = Signal(str)
    """(id): the layer's weights are to be edited by hand."""
    arrangeRequested = Signal()

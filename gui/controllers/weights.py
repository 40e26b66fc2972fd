"""Weights by hand: edits of the project or of the run, and the panels' wishes for values, joined into one question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.commands import ChangeWeights, Command, LookAtWeights, WatchWeights
from engine.fields import FieldError
from engine.hand_weights import Changes, Shape
from engine.spec import ProjectSpec
from engine.weight_edits import change_weights, edit_name
from gui.neurons.panel import NeuronsPanel
from gui.store import Store
from gui.weights.panel import WeightsPanel


class WeightsController(QObject):
    """Joins the weights' panels to store and engine."""

    wanted = Signal(str)
    """(dock) is to come to the front."""
    layerWanted = Signal(str)
    """(kind): nothing has weights yet."""

    def __init__(self, store: Store, send: Callable[[Command], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._send = send
        self._table: WeightsPanel | None = None
        self._neurons: NeuronsPanel | None = None
        self._initial: dict[str, tuple[str, ...]] = {}
        self._watched: dict[str, tuple[str, ...]] = {}
        self._asked: tuple[object, tuple[str, ...]] = (None, ())
        self._watching: tuple[str, ...] = ()

    def attach(self, table: WeightsPanel) -> None:
        """The table's intents."""
        self._table = table
        table.weightsEdited.connect(self._edit_in_table)
        table.wished.connect(self._wish)
        table.layerPicked.connect(self._select)
        table.layerWanted.connect(self._want_layer)

    def attach_neurons(self, neurons: NeuronsPanel) -> None:
        """The neuron view's intents."""
        self._neurons = neurons
        neurons.weightsEdited.connect(self._edit_in_neurons)
        neurons.wished.connect(self._wish)
        neurons.layerPicked.connect(self._select)

    def edit_weights(self, node_id: str) -> None:
        """Show the weights of a layer, ready to be edited."""
        self._select(node_id)
        self.wanted.emit("weights")
        if self._table is not None:
            self._table.grid.setFocus()

    def edit_selected(self) -> None:
        """Show the weights of the selected layer."""
        if len(self._store.selection) == 1:
            self.edit_weights(self._store.selection[0])

    def edit(self, parameter: str, shape: Shape, changes: Changes, now: bool) -> str:
        """Make an edit, of the run's present values with `now`. Returns why not, "" when it was made."""
        try:
            if now:
                numbers = tuple((place, value) for place, value in changes.items() if value is not None)
                self._send(ChangeWeights(parameter, numbers))
            else:
                project = change_weights(self._store.project, parameter, shape, changes)
                self._store.commit(project, edit_name(parameter, changes))
        except (FieldError, KeyError, IndexError) as error:
            return str(error) if isinstance(error, FieldError) else f"{parameter} has no such element any more."
        return ""

    def _edit_in_table(self, parameter: str, shape: Shape, changes: Changes, now: bool) -> None:
        assert self._table is not None
        if trouble := self.edit(parameter, shape, changes, now):
            self._table.show_refusal(trouble)

    def _edit_in_neurons(self, parameter: str, shape: Shape, changes: Changes, now: bool) -> None:
        assert self._neurons is not None
        if trouble := self.edit(parameter, shape, changes, now):
            self._neurons.show_refusal(trouble)

    def _wish(self, who: str, initial: tuple[str, ...], watched: tuple[str, ...]) -> None:
        self._initial[who], self._watched[who] = initial, watched
        names, project = _joined(self._initial), self._store.project
        asked = (_drawn_from(project), names)
        if names and not _same(asked, self._asked):
            self._asked = asked
            self._send(LookAtWeights(project, names))
        if (watching := _joined(self._watched)) != self._watching:
            self._watching = watching
            self._send(WatchWeights(watching))

    def _want_layer(self) -> None:
        self.layerWanted.emit("linear")

    def _select(self, node_id: str) -> None:
        if self._store.project.network.has(node_id):
            self._store.select((node_id,))


def _joined(wishes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in wishes.values() for name in names))


def _drawn_from(project: ProjectSpec) -> tuple[object, ...]:
    """All of a project that initial weights depend on."""
    return project.network, project.data, project.train.seed


def _same(one: tuple[object, tuple[str, ...]], other: tuple[object, tuple[str, ...]]) -> bool:
    """Equal names, and the very same objects to draw from: comparing whole networks would take longer than asking."""
    if one[1] != other[1] or not isinstance(one[0], tuple) or not isinstance(other[0], tuple):
        return False
    return all(a is b or (isinstance(a, int) and a == b) for a, b in zip(one[0], other[0], strict=True))

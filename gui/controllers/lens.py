"""The optimizer's panels: their questions go to the engine, and what is chosen in one place is chosen in the others."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, Signal

from engine.commands import Command, LookAtDropout, LookAtSpread, OpenLens, Survey
from gui.optimizer.dropout import DropoutPanel
from gui.optimizer.landscape import LandscapePanel
from gui.optimizer.lens import LensPanel
from gui.optimizer.spread import SpreadPanel
from gui.stepper.ledger import LedgerPanel


class LensController(QObject):
    """Joins lens, loss surface and dropout to the engine, and the lens to the ledger's rows."""

    layerPicked = Signal(str)
    """The layer of a parameter that was chosen in the lens."""
    exampleRequested = Signal(str)

    def __init__(self, send: Callable[[Command], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._send = send
        self._lens: LensPanel | None = None
        self._ledger: LedgerPanel | None = None

    def attach(
        self,
        lens: LensPanel,
        landscape: LandscapePanel,
        dropout: DropoutPanel,
        spread: SpreadPanel,
        ledger: LedgerPanel,
    ) -> None:
        """Intents up; a row that is chosen in the ledger is the lens's parameter."""
        self._lens, self._ledger = lens, ledger
        lens.lensRequested.connect(self._open_lens)
        lens.parameterPicked.connect(self._parameter_picked)
        landscape.surveyRequested.connect(self._survey)
        dropout.lookRequested.connect(self._look)
        landscape.exampleRequested.connect(self.exampleRequested)
        dropout.exampleRequested.connect(self.exampleRequested)
        ledger.table.selectionModel().currentRowChanged.connect(self._row_changed)
        spread.spreadRequested.connect(self._spread)

    def _open_lens(self, parameter: str, index: tuple[int, ...]) -> None:
        self._send(OpenLens(parameter, index))

    def _survey(self, steps: int, span: float, seed: int) -> None:
        self._send(Survey(steps=steps, span=span, seed=seed))

    def _look(self, layer: str, draws: int) -> None:
        self._send(LookAtDropout(layer, draws))

    def _spread(self, activation: str, depth: int, width: int, seed: int) -> None:
        self._send(LookAtSpread(activation, depth, width, seed))

    def _parameter_picked(self, name: str) -> None:
        self.layerPicked.emit(name.rsplit(".", maxsplit=1)[0])

    def _row_changed(self, row: QModelIndex, _: QModelIndex) -> None:
        assert self._lens is not None and self._ledger is not None
        if self._ledger.table.hasFocus() and row.isValid():
            self._lens.choose_parameter(self._ledger.rows.rows[row.row()].name)

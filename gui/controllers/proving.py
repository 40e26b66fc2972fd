"""Proofs and Jacobians: wishes of the panels become questions for the engine thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.commands import Command, Prove, TakeJacobian
from engine.spec import INPUT_ID, ProjectSpec
from gui.proof.jacobian import JacobianPanel
from gui.proof.panel import ProofPanel
from gui.stepper.ledger import LedgerPanel
from gui.stepper.panel import TapePanel
from gui.store import Store


class ProvingController(QObject):
    """Joins whoever shows gradients to the two panels that prove them. The answers reach the panels by the pump."""

    wanted = Signal(str)
    """The dock in which the answer will appear: "proof" or "jacobian"."""

    def __init__(
        self,
        store: Store,
        send: Callable[[Command], object],
        proof: ProofPanel,
        jacobian: JacobianPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._send = send
        self._proof = proof
        self._jacobian = jacobian
        proof.proveRequested.connect(self.prove_element)
        jacobian.jacobianRequested.connect(self.take)
        store.changed.connect(self._project_changed)

    def attach(self, *panels: TapePanel | LedgerPanel) -> None:
        """Panels that show gradients: their wish to prove one brings the proof forward."""
        for panel in panels:
            panel.proveAsked.connect(self.prove_element)

    def prove_element(self, parameter: str, index: tuple[int, ...] | None) -> None:
        """Prove one element; "" and None mean the greatest gradient."""
        self._send(Prove(parameter, index))
        self.wanted.emit("proof")

    def prove(self) -> None:
        """Prove what was proved last in the coming step, or the greatest gradient of all."""
        last = self._proof.proof
        self.prove_element("" if last is None else last.parameter, None if last is None else last.index)

    def take(self, of: str, sample: int) -> None:
        """Take the Jacobian with respect to the input or a layer."""
        self._send(TakeJacobian(of, sample))

    def jacobian(self) -> None:
        """Take the Jacobian again, or the first one."""
        last = self._jacobian.view
        self.take(INPUT_ID if last is None else last.of, 0 if last is None else last.sample)
        self.wanted.emit("jacobian")

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        if not self._store.undo_name and not self._store.redo_name:  # not an edit: another project was opened
            self._proof.show_proof(None)
            self._jacobian.show_jacobian(None)

"""Puts proof and Jacobian into the window: their docks, their controller, the ways that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui.controllers.proving import ProvingController
from gui.proof.jacobian import JacobianPanel
from gui.proof.panel import ProofPanel
from gui.stepper.ledger import LedgerPanel
from gui.stepper.panel import TapePanel

if TYPE_CHECKING:
    from gui.workbench import Workbench


def join_proofs(bench: Workbench, tape: TapePanel, ledger: LedgerPanel) -> tuple[ProvingController, dict[str, QWidget]]:
    """Build panels and controller, join both to the workbench. Returns the controller, and the panels by their docks."""
    proof, jacobian = ProofPanel(), JacobianPanel()
    controller = ProvingController(bench.store, bench.session.send, proof, jacobian, bench)
    controller.attach(tape, ledger)
    controller.wanted.connect(bench.modes.reveal)
    bench.actions.connect({"proving": controller})
    bench.audience.add(proof, jacobian)
    return controller, {"proof": proof, "jacobian": jacobian}

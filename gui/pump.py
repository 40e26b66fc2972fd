"""The one timer. Thirty times a second it looks into the engine's mailbox and hands on what is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from PySide6.QtCore import QObject, QTimer, Signal

from engine.datasets.importing import Preview, Refusal
from engine.diagnosis import DiagnosisView
from engine.inspection import (
    CodeView,
    DropoutView,
    InitialWeights,
    JacobianView,
    LabView,
    Landscape,
    PresentWeights,
    Proof,
    SpreadView,
    TrainingView,
    UpdateLens,
    WorkbenchView,
)
from engine.mailbox import Mailbox, Slot
from engine.metrics import MetricLog
from engine.views import DataView, GraphPicture, GraphView, NetworkReport, PredictionView, Progress, RunStatus, Tape

PERIOD_MS = 33
SLOTS: tuple[Slot, ...] = get_args(Slot)


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """Everything the engine last said; `changed` names the slots that are new since the tick before.

    `metrics` is the log itself: whoever draws it keeps a cursor of their own and reads what was appended. While a run goes on
    an Update comes every tick, also when no slot changed.
    """

    changed: frozenset[Slot]
    status: RunStatus
    report: NetworkReport | None = None
    data: DataView | None = None
    metrics: MetricLog | None = None
    tape: Tape | None = None
    graph: GraphView | None = None
    picture: GraphPicture | None = None
    prediction: PredictionView | None = None
    lab: LabView | None = None
    workbench: WorkbenchView | None = None
    proof: Proof | None = None
    jacobian: JacobianView | None = None
    lens: UpdateLens | None = None
    landscape: Landscape | None = None
    dropout: DropoutView | None = None
    code: CodeView | None = None
    spread: SpreadView | None = None
    preview: Preview | Refusal | None = None
    progress: Progress | None = None
    diagnosis: DiagnosisView | None = None
    weights: InitialWeights | None = None
    present: PresentWeights | None = None
    training: TrainingView | None = None


class Pump(QObject):
    """Delivers updates and events (Failure, Notice, Opened, Saved) in the window's thread."""

    updated = Signal(object)
    happened = Signal(object)

    def __init__(self, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = mailbox
        self._versions: dict[Slot, int] = dict.fromkeys(SLOTS, 0)
        self._values: dict[Slot, object] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def tick(self) -> None:
        """Look once; the timer calls this, and so may a test."""
        changed = frozenset(slot for slot in SLOTS if self._refresh(slot))
        status = self._values.get("status")
        assert status is None or isinstance(status, RunStatus)
        if changed or (status is not None and status.state == "running"):
            values = {slot: value for slot, value in self._values.items() if slot != "status"}
            self.updated.emit(Update(changed, status or RunStatus(), **values))  # type: ignore[arg-type]
        for event in self._mailbox.take():
            self.happened.emit(event)

    def _refresh(self, slot: Slot) -> bool:
        version, value = self._mailbox.read(slot)
        if version == self._versions[slot]:
            return False
        self._versions[slot] = version
        self._values[slot] = value
        return True

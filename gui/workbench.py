"""Builds every object of the window once, top to bottom, and joins them. What belongs together is seen here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from engine.commands import Watch
from engine.grain import GRAINS
from engine.session import Session
from engine.spec import ProjectSpec
from engine.views import Failure, PictureKind
from gui.actions import Actions
from gui.audience import Audience
from gui.canvas.palette import PalettePanel
from gui.canvas.panel import CanvasPanel
from gui.cards import CardStack
from gui.closing import Closer
from gui.controllers.beginning import BeginningController
from gui.controllers.editing import EditingController
from gui.controllers.exporting import ExportingController
from gui.controllers.files import FilesController
from gui.controllers.fixing import FixingController
from gui.controllers.grouping import GroupingController
from gui.controllers.running import RunningController
from gui.forms.layer_panel import LayerPanel
from gui.forms.problems_panel import ProblemsPanel
from gui.forms.training_panel import TrainingPanel
from gui.garbage import Collector
from gui.help import Help
from gui.main_window import MainWindow
from gui.modes import Modes
from gui.pump import Pump
from gui.settings import Settings
from gui.start_page import StartPage
from gui.store import Store
from gui.theme.switch import ThemeSwitch

if TYPE_CHECKING:
    from gui.stepper.ledger import LedgerPanel


class Workbench(QObject):
    """The window with everything behind it. `finish` builds what the first picture does not need and starts the engine."""

    def __init__(self, app: QApplication, project: ProjectSpec, settings: Settings, theme: str = "") -> None:
        super().__init__()
        self.settings = settings
        self.collector = Collector(self)
        self.session = Session()
        send = self.session.send
        self.store = Store(project, self)
        self.pump = Pump(self.session.mailbox, self)
        self.themes = ThemeSwitch(app, settings, theme, self)
        self.audience = Audience(self.store, self.pump, self.themes, self)
        self.actions = Actions(self)
        self.start = StartPage()
        self.canvas = CanvasPanel()
        self._palette, self._problems = PalettePanel(), ProblemsPanel()
        self._layer, self._training = LayerPanel(), TrainingPanel()
        self.panels: dict[str, QWidget] = {
            "palette": self._palette,
            "layer": self._layer,
            "training": self._training,
            "problems": self._problems,
        }
        self.window = MainWindow(self.actions, self.start, self.canvas)
        self.window.put(self.panels)
        self.cards = CardStack(self.window)
        self.modes = Modes(self.window, self.window.docks, settings)
        self.running = RunningController(self.store, send, self.actions, self.window.run_bar, self)
        self.editing = EditingController(self.store, self.canvas, self._palette, self)
        self.grouping = GroupingController(self.store, self.canvas, self)
        self.beginning = BeginningController(self.store, self.canvas, self)
        self.fixing = FixingController(self.store, self.canvas, self._layer, self._problems, self)
        self.files = FilesController(self.store, send, settings, self.cards, self.window)
        self.help = Help(self.store, self.window)
        self.closer = Closer(self.window, send, self._alive, self._engine_ended)
        self.exporting = ExportingController(self.store, send, settings, self.window.menus["Export"], self.window)
        self._finished = False
        self._join()
        self.audience.add(self.actions, self.cards, self.start, self.canvas, *self.panels.values())
        self.audience.add(self.window.status, self.running, self.exporting)
        self._retitle()

    def show(self, mode: str) -> None:
        """Put the window on the screen."""
        geometry = self.settings.blob("geometry")
        if not geometry.isEmpty():
            self.window.restoreGeometry(geometry)
        self.modes.show(mode)
        self.window.show()
        self.canvas.setFocus()

    def finish(self) -> None:
        """The rest, after the first picture: panels with charts, then the engine thread, which loads torch."""
        if self._finished:
            return
        self._finished = True
        from gui.code.panel import CodePanel  # pyqtgraph comes with these: a third of a second
        from gui.controllers.code import CodeController
        from gui.controllers.stepping import SteppingController
        from gui.controllers.training import TrainingController
        from gui.curves.panel import CurvesPanel
        from gui.curves.predictions import PredictionsPanel
        from gui.diagnosis.join import join_diagnosis
        from gui.graph.panel import GraphPanel
        from gui.importing.join import join_data
        from gui.lab.join import join_lab
        from gui.proof.join import join_proofs
        from gui.stepper.ledger import LedgerPanel
        from gui.stepper.panel import TapePanel
        from gui.weights.join import join_weights

        data, self.importing = join_data(self, self._layer, self._training)
        curves, predictions = CurvesPanel(), PredictionsPanel()
        tape, graph, ledger = TapePanel(), GraphPanel(), LedgerPanel()
        late: dict[str, QWidget] = {"data": data, "curves": curves, "predictions": predictions}
        by_hand = self._step_by_hand()
        late |= {"tape": tape, "graph": graph, "ledger": ledger, "workbench": by_hand}
        code = CodePanel()
        self.proving, proofs = join_proofs(self, tape, ledger)
        late |= {"code": code} | self._optimizer_panels(ledger) | join_weights(self) | proofs
        late |= join_diagnosis(self)
        self.panels |= late
        self.window.put(late)
        self.training = TrainingController(self.store, self.session.send, self._training, self)
        curves.playRequested.connect(self.running.play_or_pause)
        predictions.watchRequested.connect(self._watch)
        for panel in (curves, predictions):
            panel.save.told.connect(self.cards.tell)
        self.stepping = SteppingController(self.store, self.session.send, self)
        self.stepping.attach(tape, graph, ledger)
        self.stepping.highlighted.connect(self.canvas.highlight)
        self.stepping.highlighted.connect(code.show_current)
        self.coding = CodeController(self.store, self.session.send, code, self)
        code.saveRequested.connect(self.exporting.actions["script"].trigger)
        remembered = self.settings.text("grain")
        self.stepping.show_grain(next((grain for grain in GRAINS if grain == remembered), "node"))
        self.stepping.grainChanged.connect(self._keep_grain)
        self.lens.layerPicked.connect(self.stepping.select_layer)
        self.actions.connect({"stepping": self.stepping})
        self.audience.add_charts(curves, predictions)
        self.audience.add(code, data, tape, graph, ledger, by_hand, self.stepping)
        self.lab_panel, self.lab = join_lab(self)
        self.session.start()
        self.pump.start()

    def _optimizer_panels(self, ledger: LedgerPanel) -> dict[str, QWidget]:
        from gui.controllers.lens import LensController
        from gui.optimizer.dropout import DropoutPanel
        from gui.optimizer.landscape import LandscapePanel
        from gui.optimizer.lens import LensPanel
        from gui.optimizer.spread import SpreadPanel

        self.lens = LensController(self.session.send, self)
        self.lens.exampleRequested.connect(self.files.use_example)
        lens, landscape, dropout, spread = LensPanel(), LandscapePanel(), DropoutPanel(), SpreadPanel()
        self.lens.attach(lens, landscape, dropout, spread, ledger)
        self.audience.add(lens, landscape, dropout, spread)
        return {"lens": lens, "landscape": landscape, "dropout": dropout, "spread": spread}

    def _step_by_hand(self) -> QWidget:
        from gui.controllers.workbench import WorkbenchController
        from gui.stepper.workbench import WorkbenchPanel

        panel = WorkbenchPanel()
        self.by_hand = WorkbenchController(self.store, self.session.send, panel, self)
        self.by_hand.wanted.connect(self.modes.step)
        self.actions.connect({"by_hand": self.by_hand})
        return panel

    def _keep_grain(self, grain: str) -> None:
        self.settings.set("grain", grain)

    def close(self) -> None:
        """Ask about unsaved work, then end the engine thread, then the window."""
        if not self.closer.closing:
            self.files.guard(self._close_now)

    def end(self) -> None:
        """Close without a question: the system or the terminal asks for it."""
        if not self.closer.closing:
            self._close_now()

    def dispose(self) -> None:
        """Delete every Qt object now, in Qt's order; left to Python's collector they would go in any."""
        self.collector.stop()
        for one in (self.window, self):
            one.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _close_now(self) -> None:
        self.modes.remember()
        self.settings.set("geometry", self.window.saveGeometry())
        self.settings.sync()
        self.closer.close()

    def _engine_ended(self) -> None:
        self.pump.tick()
        self.pump.stop()
        self.window.let_close()

    def _alive(self) -> bool:
        return self.session.alive

    def _join(self) -> None:
        window, files = self.window, self.files
        self.actions.connect(
            {
                "files": files,
                "window": window,
                "store": self.store,
                "modes": self.modes,
                "themes": self.themes,
                "cards": self.cards,
                "running": self.running,
                "help": self.help,
                "canvas": self.canvas,
            }
        )
        self.canvas.addActions(self.actions.of_canvas())
        self.editing.refused.connect(self._refused)
        self.grouping.refused.connect(self._refused)
        self.canvas.intents.panelRequested.connect(self.modes.reveal)
        self.fixing.refused.connect(self._refused)
        window.closeAsked.connect(self.close)
        window.fileDropped.connect(files.open_path)
        window.playToggled.connect(self.running.play_or_pause)
        self.start.openRequested.connect(files.open)
        self.start.examplePicked.connect(files.use_example)
        self.start.recentPicked.connect(files.open_path)
        files.recentChanged.connect(self.start.show_recent)
        files.opened.connect(self.project_opened)
        files.startWanted.connect(self.modes.start)
        files.announce_recent()
        self._problems.issueActivated.connect(self.running.go_to)
        self.modes.changed.connect(self._mode_changed)
        self.running.playing.connect(self._come_forward)
        self.running.ready.connect(self.collector.settle)
        self.store.historyChanged.connect(self._retitle)
        self.pump.happened.connect(files.handle)
        self.pump.happened.connect(self.running.handle)
        recent = window.menus["Open recent"]
        recent.aboutToShow.connect(self._fill_recent)
        recent.triggered.connect(files.recent_picked)
        self.themes.chosen.connect(self.actions.show_choice)
        self.actions.show_choice(self.themes.choice)

    def _retitle(self) -> None:
        store = self.store
        self.window.show_title(store.project.name, store.path, store.dirty)
        self.actions.show_history(store.undo_name, store.redo_name)

    def _mode_changed(self, mode: str) -> None:
        self.window.show_mode(mode)
        self.actions[f"mode.{mode}"].setChecked(True)

    def _fill_recent(self) -> None:
        self.files.fill_recent(self.window.menus["Open recent"])

    def _watch(self, kinds: tuple[PictureKind, ...]) -> None:
        self.session.send(Watch(kinds))

    def _refused(self, text: str) -> None:
        self.cards.tell(Failure(text))

    def project_opened(self) -> None:
        """Another project: the start page has done its work."""
        if self.modes.mode == "start":
            self.modes.build()

    def _come_forward(self) -> None:
        """Who presses Play wants to see the curves move."""
        if self.modes.mode in ("start", "build"):
            self.modes.train()

"""When a run is looked at, and what is said of it then (slot "diagnosis").

Looks come at the steps 0, 1, 2, 4, 8, …, so that short runs are seen the same every time, and beside that a few times a second
while it trains, for at most a hundredth of its time. The step after a look is taken alone, to measure its update.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.diagnosis import DiagnosisView, Evidence, ProbeView, Verdict, diagnose
from engine.mailbox import Mailbox
from engine.tensors.bench import Bench
from engine.tensors.evidence import Case, standing_evidence
from engine.tensors.probes import Prober
from engine.tensors.train import Run
from engine.tensors.trials import Trials
from engine.views import Issue

PERIOD = 0.5
"""Seconds from one timed look to the next, at least."""
SILENCE = 1.0
"""Seconds between two times that looks and verdicts are told while the run goes on."""
SHARE = 0.01
"""The part of the time that timed looks and verdicts may take."""

logger = logging.getLogger(__name__)


class Doctor:
    """Looks at the run on the bench. Whatever goes wrong in looking is told once and never stops the training.

    So many seconds (`silence`) pass between two times that something is said while the run goes on.
    """

    def __init__(self, mailbox: Mailbox, bench: Bench, silence: float = SILENCE) -> None:
        self._mailbox, self._bench, self._silence = mailbox, bench, silence
        self._prober: Prober | None = None
        self._case: Case | None = None
        self._trials = Trials()
        self._generation = -1
        self._next_step = 0
        self._next_clock = self._next_words = 0.0
        self._trouble = ""

    @contextmanager
    def watching(self, run: Run, most: int | None) -> Iterator[int | None]:
        """Around a piece of training: yields how many steps it may take at most, None for any number."""
        self._take_over(run)
        if not self._trouble and self._due(run):
            self._look(run)
        prober = self._prober
        if prober is None or self._trouble:
            yield most
            return
        room = 1 if prober.waits == run.step else max(1, self._next_step - run.step)
        # Without a number a run ends with its planned epochs; with one it would go on beyond them.
        left = max(1, (run.epochs - run.epoch) * run.steps_per_epoch - run.batches.cursor) if most is None else most
        yield min(room, left)
        if prober.waits is not None and run.step == prober.waits + 1:
            self._guarded(prober.took_step, run)

    def conclude(self, look: bool = True) -> None:
        """The run stopped, was taken up or was rewound: look once more, and say what is to be said.

        Without `look` only what was seen before is said, and nothing is held: memory may be short, or a layer broken.
        """
        run = self._bench.run
        if run is None:
            self._forget()
            self._say_standing()
            return
        self._take_over(run)
        if self._prober is not None and not look:
            self._prober.let_go()
            self._trouble = self._prober.log.trouble = ""  # it was the run's own, which may be mended
        elif not self._trouble and self._unseen(run) and run.step:
            self._look(run, speak=False)
        self._guarded(self._say, run)

    def review(self) -> None:
        """The project was edited: what is wrong with it already, or what is now wrong with the run."""
        if self._bench.run is None:
            self._say_standing()

    def _take_over(self, run: Run) -> None:
        if self._generation == run.generation and self._prober is not None:
            return
        self._forget()
        self._generation = run.generation
        self._guarded(self._begin, run)

    def _begin(self, run: Run) -> None:
        self._case, self._prober = Case(run), Prober(run)

    def _forget(self) -> None:
        self._prober, self._case, self._generation, self._trouble = None, None, -1, ""
        self._next_step, self._next_clock, self._next_words = 0, 0.0, 0.0

    def _unseen(self, run: Run) -> bool:
        return self._prober is not None and self._prober.log.last != run.step

    def _due(self, run: Run) -> bool:
        return self._unseen(run) and (run.step >= self._next_step or time.perf_counter() >= self._next_clock)

    def _look(self, run: Run, speak: bool = True) -> None:
        prober, start = self._prober, time.perf_counter()
        assert prober is not None
        self._guarded(prober.look, run)
        while self._next_step <= run.step:
            self._next_step = max(1, 2 * self._next_step)
        if speak and start >= self._next_words:
            self._guarded(self._say, run)
            self._next_words = time.perf_counter() + self._silence
        end = time.perf_counter()
        self._next_clock = end + max(PERIOD, (end - start) / SHARE)

    def _say(self, run: Run) -> None:
        prober, case = self._prober, self._case
        view = ProbeView(trouble=self._trouble) if prober is None else prober.log.view()
        verdicts = () if case is None else self._verdicts(case.evidence(run, view, prober, self._issues(run)))
        self._mailbox.put("diagnosis", DiagnosisView(run.generation, run.step, view, verdicts))

    def _issues(self, run: Run) -> tuple[Issue, ...]:
        """What was found in the project that the run follows now."""
        report = self._bench.report
        return report.issues if report is not None and report.project is run.project else run.report.issues

    def _say_standing(self) -> None:
        """Without a run: what the project alone shows. Its fixes are those of the report, which were tried there."""
        bench, view = self._bench, ProbeView()
        found: tuple[Verdict, ...] = ()
        if bench.project is not None and bench.report is not None:
            found = diagnose(standing_evidence(bench.project, bench.report))
        self._mailbox.put("diagnosis", DiagnosisView(bench.generation, 0, view, found))

    def _verdicts(self, evidence: Evidence) -> tuple[Verdict, ...]:
        project = evidence.project
        return tuple(self._trials.with_helping_fixes(verdict, project) for verdict in diagnose(evidence))

    def _guarded(self, work: object, run: Run) -> None:
        """Training itself tells what is wrong with a layer or with the memory; looking only stops."""
        assert callable(work)
        try:
            work(run)
        except Exception as error:  # a look that fails must not end the training
            logger.info("Looking at the run failed", exc_info=True)
            self._trouble = str(error).partition("\n")[0] or "No reason was given."
            if self._prober is not None:
                self._prober.log.trouble = self._trouble

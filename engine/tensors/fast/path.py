"""Which way a run goes: the textbook's steps, or the same steps traced once and taken many at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from engine.spec import ProjectSpec
from engine.tensors.devices import random_state, set_random_state
from engine.tensors.evaluate import slices_of
from engine.tensors.fast.program import Bound, Chunk, Program, Unfit, make_program
from engine.tensors.fast.shadow import agrees
from engine.tensors.fast.trace import Traced, reached, trace, trace_evaluation
from engine.tensors.fast.unfit import LIVE, why_not
from engine.tensors.recording import record_chunk
from engine.tensors.schedule import reschedule
from engine.tensors.steps import textbook_step

if TYPE_CHECKING:
    from engine.tensors.train import Run

FIRST = 8
"""Steps of the first call, by which the coming ones are measured."""

SMALL, MANY_BATCHES = 512, 16
"""A validation part of so many rows, or as large as so many batches, is evaluated inside a call of traced steps; a larger one takes
long, and is evaluated in pieces between two calls."""

NOT_YET = "PyTorch's textbook loop takes the first steps; beside it they are being traced, to run faster."
TRACED = (
    "Forward, loss and backward were traced once; now many steps run in one call of the same torch operations. "
    "All numbers are those of PyTorch's textbook loop, bit for bit: that was checked on copies before."
)
TOO_LONG = "PyTorch's textbook loop takes the steps, because one of them has too much in it:"
MOST_OPERATIONS = 1500
"""A longer step, as of a recurrent layer over a long sequence, takes more than about half a second to compile, in one piece."""
DIFFERENT = "PyTorch's textbook loop takes the steps, because traced ones did not give its numbers bit for bit."


class FastPath:
    """The traced steps of one run: made piece by piece while it trains, made anew when they do not fit any more."""

    def __init__(self) -> None:
        self.why = NOT_YET
        """Why the path is taken that is taken, in a plain sentence or two."""
        self.steps = 0
        """Steps that were taken by the traced path."""
        self._bound: Bound | None = None
        self._making: Iterator[Program | None] | None = None
        self._barred = False
        self._made_for: tuple[object, ...] = ()
        self._project: ProjectSpec | None = None
        self._seconds = 0.0

    @property
    def kind(self) -> Literal["textbook", "traced"]:
        """Which path takes the coming steps."""
        return "traced" if self._bound is not None else "textbook"

    def ready(self, run: Run) -> bool:
        """Whether the coming steps can be traced ones."""
        if run.project is not self._project:
            self._project = run.project
            if (wanted := _depends_on(run)) != self._made_for:
                self._made_for = wanted
                self._start_over()
        if self._bound is not None and not self._bound.ground.same(run.optimizer):
            self._start_over()
        return self._bound is not None

    def prepare(self, run: Run) -> None:
        """Do one piece of the preparation: some tens of milliseconds for a small network."""
        if self._barred or self._bound is not None or run.step == 0:
            return
        try:
            self._making = self._making or _pieces(run)
            program = next(self._making)
            if program is not None:
                self._bound, self._making = program.bind(run.network, run.optimizer), None
                self.why, self._seconds = TRACED, 0.0
        except Unfit as reason:
            self._bar(str(reason))
        except Exception as problem:  # noqa: BLE001 - what torch cannot trace, the textbook loop can train
            self._bar(f"PyTorch's textbook loop takes the steps, because they cannot be traced: {_short(problem)}")

    def take(self, run: Run, most: int, seconds: float) -> None:
        """Take as many of the coming steps as fill about so much time, `most` at most, and record them.

        Raises:
            LossNotFinite: as the textbook's step does; the run stands before that step.
        """
        assert self._bound is not None
        start = time.perf_counter()
        count = max(1, min(most, math.ceil(seconds / self._seconds) if self._seconds else FIRST))
        ahead = range(run.batches.cursor + 1, run.batches.cursor + count + 1)
        slices = slices_of(run) if self._bound.program.slice_sizes and not run.waits_at_epochs else ()
        if len(run.rows["validation"]) and not slices:
            count = min(count, run.steps_per_epoch - run.batches.cursor)
        back = run.batches.mark()
        rows, sizes = run.batches.take(count)
        train, keep = run.rows["train"], run.tally.correct is not None
        try:
            features, targets = train.features.index_select(0, rows), train.targets.index_select(0, rows)
        except BaseException:  # the rows are not trained on: their batches come again
            back()
            raise
        rates, ends = self._bound.rates(count, run.schedule), [at % run.steps_per_epoch == 0 for at in ahead[:count]]
        keepsake = None if self._bound.program.waits else self._bound.keepsake()
        taken = self._bound.take(Chunk(features, targets, sizes, rates, keep, ends, slices))
        done = len(taken.losses)
        if keepsake is not None and (done < count or not all(map(math.isfinite, taken.losses))):
            self._bound.put_back(keepsake)
            back()
            self._step_by_step(run, count)
            return
        self.steps += done
        if done < count:
            back()
            run.batches.take(done)
            _redraw(run, torch.split(features, sizes)[:done])
        record_chunk(run, taken, sizes[:done], targets, slices)
        if done < count:
            reschedule(run)
            textbook_step(run)
        else:
            self._bound.set_gradients(taken.gradients)
        self._seconds = (time.perf_counter() - start) / count

    def _step_by_step(self, run: Run, count: int) -> None:
        """Take the steps of a call that failed once more, from where it began: the textbook's step comes to what went wrong as well."""
        reschedule(run)
        if run.random:
            set_random_state(run.rng, run.device)
        for _ in range(count):
            textbook_step(run)
            run.settle()

    def _start_over(self) -> None:
        self._bound = self._making = None
        self._barred, self.why = False, NOT_YET

    def _bar(self, reason: str) -> None:
        self._bound = self._making = None
        self._barred, self.why = True, reason


def _pieces(run: Run) -> Iterator[Program | None]:
    """The preparation; between two pieces the run goes on. The last one gives the program.

    Raises:
        Unfit: the reason for the textbook path.
    """
    if reason := why_not(run):
        raise Unfit(reason)
    trained = reached(run)
    yield None
    train, steps, evaluations = run.rows["train"], dict[int, Traced](), dict[int, Traced]()
    for size in run.batches.sizes:
        steps[size] = trace(run, train.features[:size], train.targets[:size], trained)
        if (count := len(steps[size].graph.nodes)) > MOST_OPERATIONS:
            raise Unfit(f"{TOO_LONG} {count:,} operations are too many to be compiled while it trains.")
        yield None
    if len(run.rows["validation"]) <= max(SMALL, MANY_BATCHES * run.project.train.batch_size):
        for x, y in slices_of(run):
            if len(y) not in evaluations:
                evaluations[len(y)] = trace_evaluation(run, x, y)
                yield None
    program = make_program(steps, evaluations, run.network, run.optimizer, waits=_looks_at_losses(run))
    yield None
    if not agrees(run, program):
        raise Unfit(DIFFERENT)
    yield program


def _looks_at_losses(run: Run) -> bool:
    """Whether every loss is looked at in its step, which a GPU would have to be waited for."""
    return run.device.type == "cpu"


def _depends_on(run: Run) -> tuple[object, ...]:
    """All of the project that is written into a program."""
    train, nodes = run.project.train, run.project.network.nodes
    fixed = tuple(pair for pair in train.optimizer.values if pair[0] not in LIVE)
    train = replace(train, optimizer=replace(train.optimizer, values=fixed), epochs=1)
    return train, tuple((node.layer, node.frozen) for node in nodes)


def _redraw(run: Run, batches: Sequence[Tensor]) -> None:
    """Bring the random numbers to where steps on these batches leave them: forward passes draw by shapes alone."""
    if not run.random:
        return
    kept = [buffer.clone() for buffer in run.buffers]
    run.network.train()
    set_random_state(run.rng, run.device)
    with torch.no_grad():
        for x in batches:
            run.network(x)
        for buffer, before in zip(run.buffers, kept, strict=True):
            buffer.copy_(before)
    run.rng = random_state(run.device)


def _short(problem: Exception) -> str:
    line = next((part.strip() for part in str(problem).splitlines() if part.strip()), type(problem).__name__)
    return line if len(line) <= 120 else line[:119] + "…"

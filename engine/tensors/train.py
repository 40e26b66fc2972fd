"""One training run: the textbook loop with a name for every moment, repeatable bit for bit from its seed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from engine.catalog import is_random
from engine.datasets import Part, Prepared
from engine.datasets.class_weights import loss_weights
from engine.live import live_changes, same_run
from engine.metrics import TRAIN_LOSS, MetricLog
from engine.project_file import RunState
from engine.spec import OUTPUT_ID, ProjectSpec
from engine.tensors.build import build_loss, build_network, build_optimizer
from engine.tensors.data import Batches, has_batch_norm, load_rows
from engine.tensors.devices import make_repeatable, missing_text, random_state, resolve, set_random_state, threads_for
from engine.tensors.evaluate import EVALUATION_ROWS, Pieces, at_start, evaluation
from engine.tensors.fast.path import FastPath
from engine.tensors.measure import Evaluation, Tally, correctness, reduces_to_mean, row_weights
from engine.tensors.rates import freeze, parameter_groups
from engine.tensors.recording import count_answers, record
from engine.tensors.run_state import capture, put_back
from engine.tensors.schedule import Schedule, rates_of, reschedule
from engine.tensors.steps import LossNotFinite, queued_steps, steps_without_waiting, textbook_step
from engine.tensors.stopping import Stopper
from engine.views import NetworkReport

__all__ = ["EVALUATION_ROWS", "Evaluation", "LossNotFinite", "Run", "RunState"]


class Run:
    """A network in training. Engine thread only.

    `step` counts the optimizer steps done, `epoch` the finished passes over the training part, `epochs` the planned ones.
    Between two steps torch's global generators hold the run's own random state, so dropout continues as if nothing had
    looked in between; whatever else draws random numbers does no harm, because every step puts that state back first.
    """

    def __init__(self, project: ProjectSpec, report: NetworkReport, prepared: Prepared, generation: int = 1) -> None:
        """Build the run at step 0.

        `report` must be ready (no issue with severity "error") and belong to `project`, as must `prepared`.

        Raises:
            ValueError: the report is not ready, or the device of the project is not there.
        """
        if not report.ready:
            raise ValueError("a project with errors cannot be trained")
        device = resolve(project.train.device)
        if device is None:
            raise ValueError(missing_text(project.train.device))
        self.project, self.report, self.prepared = project, report, prepared
        self.device = torch.device(device)
        outputs = report.shapes[OUTPUT_ID][0]
        self.rows = load_rows(prepared, project.train, outputs, self.device)
        self._correct = correctness(project.train.loss, prepared.dataset.task, outputs)
        self._mean = reduces_to_mean(project.train.loss)
        targets = prepared.targets["train"]
        self._weights = loss_weights(project.train.loss, prepared.dataset, targets, outputs)
        self._row_weights = row_weights(project.train.loss, self._weights, self.device)
        self.random = any(is_random(node.layer) for node in project.network.nodes)
        self._begin(generation)

    def _begin(self, generation: int) -> None:
        """Initial weights, optimizer, order of the batches and metrics, all from the seed."""
        train = self.project.train
        make_repeatable(self.device)
        self.threads = threads_for(self.project.network)
        torch.set_num_threads(self.threads)
        torch.manual_seed(train.seed)
        self.network = build_network(self.project.network, self.report.settled).to(self.device)
        self.loss_fn: nn.Module = build_loss(train.loss, self._weights).to(self.device)
        groups = parameter_groups(self.network, self.project.network)
        self.optimizer = build_optimizer(train.optimizer, groups, self.device)
        self.rng = random_state(self.device)
        merge = has_batch_norm(self.project.network)
        rows = len(self.rows["train"])
        self.batches = Batches(rows, train.batch_size, train.seed, self.device, merge, shuffle=train.shuffle)
        self.schedule = Schedule(train, self.optimizer, len(self.batches))
        self.stopper = Stopper(train.stopping)
        self.watched: list[float] = []
        """The loss at the end of every epoch that schedules watch: the validation part's, or the training part's without one."""
        self.generation = generation
        self.step, self.epoch = 0, 0
        self.log = MetricLog(generation, self.steps_per_epoch)
        self.buffers = tuple(self.network.buffers())
        self.tally = self.new_tally()
        self.answers: list[tuple[Tensor, Tensor]] = []
        """Outputs and targets of batches whose right answers are not counted yet."""
        self.due: Pieces | None = at_start(self)
        """The evaluation that is due: its pieces that are left."""
        self._step_seconds = 0.0
        self.fast = FastPath()

    @property
    def steps_per_epoch(self) -> int:
        return len(self.batches)

    @property
    def epochs(self) -> int:
        """Planned passes over the training part."""
        return self.project.train.epochs

    @property
    def finished(self) -> bool:
        """Whether all planned epochs are done, or training was stopped early."""
        return self.epoch >= self.epochs or bool(self.stopper.told)

    @property
    def settled(self) -> bool:
        """Whether no evaluation is due."""
        return self.due is None

    # ------------------------------------------------------------------------------------------------ batches

    def peek_batch(self, ahead: int = 0) -> tuple[Tensor, Tensor]:
        """Features and targets of the coming batch, or of the one `ahead` of it in this epoch; the run does not move."""
        rows, train = self.batches.peek(ahead), self.rows["train"]
        return train.features.index_select(0, rows), train.targets.index_select(0, rows)

    def next_batch(self) -> tuple[Tensor, Tensor]:
        """Take the coming batch: the one after it comes next. An own loop around the run counts its steps itself."""
        batch = self.peek_batch()
        self.batches.advance()
        return batch

    # ------------------------------------------------------------------------------------------------ training

    def take_step(self) -> float:
        """Train on one batch and return its loss, as it was before the update. Evaluations that are due come first.

        Raises:
            LossNotFinite: nothing was updated; the run stands before that step.
        """
        self.settle()
        with self.randomness():
            loss = textbook_step(self)
        self.settle()
        return loss

    def train_for(self, seconds: float, most: int | None = None) -> int:
        """Train for about so long, at most `most` steps. Returns the steps taken.

        It ends with the epoch where something is done between two epochs: a validation, a move of the schedule, a look
        whether to stop early.

        An evaluation that is due is worked on first, so that no call lasts much longer than `seconds`; its numbers are
        the same however often it is interrupted. The evaluation at the end of the epoch is left to the next call.

        Raises:
            LossNotFinite: the steps before it are done and recorded.
        """
        stopped = self.stopper.told
        if not self.settle(seconds) or self.stopper.told != stopped:
            return 0
        most = _furthest(self, most)
        before, start = self.step, time.perf_counter()
        with self.randomness():
            if self.fast.ready(self):
                self.fast.take(self, most, seconds)
            elif steps_without_waiting(self):
                most = min(most, self.steps_per_epoch - self.batches.cursor)
                affordable = int(seconds / self._step_seconds) if self._step_seconds else 1
                queued_steps(self, max(1, min(most, affordable)))
            else:
                for _ in range(min(most, self.steps_per_epoch - self.batches.cursor)):
                    textbook_step(self)
                    if time.perf_counter() - start >= seconds:
                        break
        self._step_seconds = (time.perf_counter() - start) / max(1, self.step - before)
        self.fast.prepare(self)
        return self.step - before

    @property
    def waits_at_epochs(self) -> bool:
        """Whether something is done at an epoch's end that the coming step depends on."""
        return bool(self.schedule.pace) or self.stopper.watches

    def moved(self, loss: float, output: Tensor, target: Tensor) -> None:
        """A step was done on the coming batch: count it. Called by the steps themselves (steps.py)."""
        self.batches.advance()
        record(self, loss, output, target)

    @contextmanager
    def randomness(self) -> Iterator[None]:
        """Inside, torch's global generators continue the run's own random stream; what is drawn belongs to the run."""
        torch.set_num_threads(self.threads)
        if self.random:
            set_random_state(self.rng, self.device)
        yield
        if self.random:
            self.rng = random_state(self.device)

    def new_tally(self) -> Tally:
        """Sums at zero, for the loss and the kind of answers of this run."""
        return Tally(self._mean, self._correct, self._row_weights)

    # ------------------------------------------------------------------------------------------------ evaluation

    def evaluate(self, part: Part) -> Evaluation | None:
        """Loss and accuracy of a part in eval mode, without gradients; None when the part has no rows."""
        pieces = evaluation(self, part)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def settle(self, seconds: float = float("inf")) -> bool:
        """Work on the evaluation that is due, for about so long. Returns whether none is left."""
        start = time.perf_counter()
        while self.due is not None:
            if next(self.due, self) is self:
                self.due = None
            elif time.perf_counter() - start >= seconds:
                return False
        return True

    # ------------------------------------------------------------------------------------------------ edits and state

    def apply_live(self, project: ProjectSpec) -> tuple[str, ...]:
        """Follow an edit of live fields; each becomes a sentence in `log.changes`. Returns those sentences.

        Raises:
            ValueError: the projects differ in more than live fields, so that a new run is needed.
        """
        if not same_run(self.project, project):
            raise ValueError("the edit goes beyond what a run can follow")
        sentences = live_changes(self.project, project)
        before, self.project = self.project, project
        if rates_of(before) != rates_of(project):  # a moved layer on the canvas is an edit too
            reschedule(self)
        freeze(self.network, project.network)
        for node in project.network.nodes:
            if node.kind == "dropout":
                cast(nn.Dropout, self.network.layer(node.id)).p = node.layer.number("p")
        self.log.changes.extend((self.step, sentence) for sentence in sentences)
        return sentences

    def rewind(self, generation: int | None = None) -> None:
        """Back to step 0: the same initial weights, the same order of batches, a new log."""
        self._begin(self.generation + 1 if generation is None else generation)

    def state(self) -> RunState:
        """All that is needed to go on exactly here, copied; evaluations that are due are finished first."""
        self.settle()
        count_answers(self)
        return capture(self)

    def restore(self, state: RunState) -> None:
        """Go on exactly where `state` was taken.

        Raises:
            ValueError: the state is of another network, optimizer or data; the run is then at step 0 again.
        """
        try:
            put_back(self, state)
        except (KeyError, TypeError, RuntimeError, IndexError, ValueError) as problem:
            self.rewind(self.generation)
            raise ValueError(f"the saved training does not fit this project: {problem}") from problem
        if self.step or self.log.last(TRAIN_LOSS) is not None:
            self.due = None


def _furthest(run: Run, most: int | None) -> int:
    """How many steps may be taken in one go: to the end of the epoch, beyond it where nothing waits for it."""
    left = run.steps_per_epoch - run.batches.cursor
    if run.waits_at_epochs:
        return left if most is None else min(left, most)
    return left + run.steps_per_epoch * max(0, run.epochs - run.epoch - 1) if most is None else most

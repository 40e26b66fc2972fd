"""One step on a copy: same weights, same memory of the optimizer, same batch, same random numbers; the run stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.spec import OUTPUT_ID, TrainSpec
from engine.tensors.build import Network, Observer
from engine.tensors.devices import random_state, set_random_state
from engine.tensors.graph_walk import Nodes, Owners, examine
from engine.tensors.lbfgs import copied, takes_closure
from engine.tensors.objective import clip, penalty_of

if TYPE_CHECKING:
    from engine.tensors.train import Run

Randomness = dict[str, Tensor]


@contextmanager
def undisturbed(run: Run) -> Iterator[None]:
    """Inside, torch's generators hold what the run's next step would draw; afterwards they are as they were before."""
    with drawing_from(run.rng, run.device):
        yield


@contextmanager
def drawing_from(random: Randomness, device: torch.device) -> Iterator[Callable[[], Randomness]]:
    """Inside, torch's generators go on from `random`; afterwards they are as they were before.

    Yields a function that tells how far they have got.
    """
    before = random_state(device)
    set_random_state(random, device)
    try:
        yield lambda: random_state(device)
    finally:
        set_random_state(before, device)


@dataclass(slots=True, eq=False)
class StepCopy:
    """The coming step of a run, ready to be taken on copies. To be used inside `undisturbed`."""

    network: Network
    optimizer: torch.optim.Optimizer
    loss_fn: nn.Module
    train: TrainSpec
    x: Tensor
    y: Tensor
    owners: Owners = field(default_factory=Owners)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    """What each layer gave in the last forward pass."""
    prediction: Tensor | None = None
    data_loss: Tensor | None = None
    penalty: Tensor | None = None
    """What the weights add to the loss; None where nothing is penalized."""
    loss: Tensor | None = None
    """What backward starts from: the loss of the data, with the penalty where there is one."""

    @classmethod
    def of(cls, run: Run) -> StepCopy:
        network, optimizer = copied(run.network, run.optimizer)
        network.train()
        optimizer.zero_grad(set_to_none=True)
        x, y = run.peek_batch()
        return cls(network, optimizer, run.loss_fn, run.project.train, x.detach().clone(), y.detach().clone())

    def forward(self, observe: Observer | None = None, computed: Callable[[], None] | None = None) -> None:
        """Compute prediction and loss, and add the penalty where there is one.

        `observe` sees every layer after its nodes were given to it, `computed` is called between the data's loss and the penalty.
        """
        self.owners, self.outputs, self.prediction = Owners(), {}, None
        self.data_loss = self.penalty = self.loss = None

        def observed(layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self.owners.observe(layer, inputs, output)
            self.outputs[layer] = output
            if observe is not None:
                observe(layer, inputs, output)

        self.prediction = self.network.run(self.x, observed)
        self.data_loss = self.loss = self.loss_fn(self.prediction, self.y)
        if computed is not None:
            computed()
        self.penalty = penalty_of(self.network, self.train)
        if self.penalty is not None:
            self.loss = self.data_loss + self.penalty

    def clip(self) -> Tensor | None:
        """Clip the gradients as the step does it. Returns their total norm before, where they are clipped by norm."""
        return clip(self.train.clipping, self.network.parameters())

    def update(self) -> int:
        """optimizer.step(). Needs a loss and its gradients, already clipped. Returns how often the loss was evaluated.

        An optimizer that asks for them itself is told these first; what it asks for further is computed on this copy.
        """
        if not takes_closure(self.optimizer):
            self.optimizer.step()
            return 1
        asked = 0

        def closure() -> Tensor:
            nonlocal asked
            asked += 1
            if asked > 1:
                self.optimizer.zero_grad(set_to_none=True)
                self.forward()
                assert self.loss is not None
                self.loss.backward()  # type: ignore[no-untyped-call]
                self.clip()
            assert self.loss is not None
            return self.loss

        self.optimizer.step(closure)  # type: ignore[arg-type]
        return asked

    def nodes(self) -> Nodes:
        """The walk over the loss's graph. Needs `forward`."""
        assert self.loss is not None
        return examine(self.loss, self.network, self.owners, last=self.network.sources[OUTPUT_ID][0])

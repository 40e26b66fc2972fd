"""The prepared rows as tensors on the device, and the order in which an epoch visits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.catalog import LOSSES
from engine.datasets import PARTS, Part, Prepared, targets_for
from engine.datasets.dataset import Floats
from engine.spec import NetworkSpec, TrainSpec

SHARED = 16 * 2**20
"""Bytes from which features on the CPU are not copied."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One part of the data on the device: features (n, …) float32, targets as the loss takes them."""

    features: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.features)


def load_rows(prepared: Prepared, train: TrainSpec, outputs: int, device: torch.device) -> dict[Part, Rows]:
    """Copy every part to the device once; a step then only gathers rows there. `outputs`: numbers the network gives."""
    data, wanted = prepared.dataset, LOSSES[train.loss.kind].target
    rows = {}
    for part in PARTS:
        targets = targets_for(wanted, data.task, prepared.targets[part], outputs, len(data.class_names))
        rows[part] = Rows(_on(device, prepared.features[part]), torch.tensor(targets, device=device))
    return rows


def _on(device: torch.device, features: Floats) -> Tensor:
    """Copied; of large features on the CPU it is the very memory of the array, which nobody writes to."""
    shared = device.type == "cpu" and features.nbytes > SHARED
    return torch.from_numpy(features) if shared else torch.tensor(features, device=device)


class Batches:
    """The order of the batches: a fresh permutation per epoch from a generator of its own, cut into slices.

    Without `shuffle` every epoch takes the rows in their own order.

    A last slice of one single row joins the one before it when `merge_single` is set, for BatchNorm refuses one row.
    """

    def __init__(
        self, rows: int, size: int, seed: int, device: torch.device, merge_single: bool, *, shuffle: bool = True
    ) -> None:
        self._rows, self._device, self._shuffle = rows, device, shuffle
        self._generator = torch.Generator().manual_seed(seed)
        starts = _starts(rows, size, merge_single)
        self._bounds = list(zip(starts, [*starts[1:], rows], strict=True))
        self._sizes = [last - first for first, last in self._bounds]
        self.cursor = 0
        """Batches of the present epoch that were taken."""
        self._draw()

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._bounds)

    def peek(self, ahead: int = 0) -> Tensor:
        """Row numbers of the coming batch, or of the one `ahead` of it in this epoch, on the device."""
        first, last = self._bounds[self.cursor + ahead]
        return self._order_here[first:last]

    def advance(self) -> bool:
        """The coming batch was taken. Returns whether it was the last of its epoch; the next order is then drawn."""
        self.cursor += 1
        if self.cursor < len(self._bounds):
            return False
        self.cursor = 0
        self._draw()
        return True

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows in the batches of an epoch, every number once, the usual one first."""
        return tuple(dict.fromkeys(self._sizes))

    def take(self, count: int) -> tuple[Tensor, list[int]]:
        """Row numbers of the coming `count` batches, one after the other, and how many each has; they are taken by it."""
        parts, sizes = [], list[int]()
        while count:
            until = min(self.cursor + count, len(self._bounds))
            rows = slice(self._bounds[self.cursor][0], self._bounds[until - 1][1])
            parts.append(self._order_here if rows == slice(0, self._rows) else self._order_here[rows])
            sizes += self._sizes[self.cursor : until]
            count -= until - self.cursor
            self.cursor = until
            if self.cursor == len(self._bounds):
                self.cursor = 0
                self._draw()
        return (parts[0] if len(parts) == 1 else torch.cat(parts)) if parts else self._order_here[:0], sizes

    def mark(self) -> Callable[[], None]:
        """What brings the batches back to where they stand now."""
        state, order, cursor = self._generator.get_state(), self._order, self.cursor

        def back() -> None:
            self._generator.set_state(state)
            self.cursor = cursor
            self._use(order)

        return back

    def state(self) -> dict[str, Tensor]:
        """The order of this epoch and the generator of the coming ones; `cursor` is the third part of the state."""
        return {"order": self._order.clone(), "generator": self._generator.get_state()}

    def restore(self, state: dict[str, Tensor], cursor: int) -> None:
        """Go on exactly where `state` was taken.

        Raises:
            ValueError: the state belongs to other data or another batch size.
        """
        order = state["order"].cpu()
        if not 0 <= cursor < len(self._bounds) or not torch.equal(order.sort().values, torch.arange(self._rows)):
            raise ValueError("the order of the batches does not belong to this data")
        self._generator.set_state(state["generator"].cpu())
        self.cursor = cursor
        self._use(order)

    def use_own_generator(self) -> None:
        """Of a copy of these batches: later epochs are drawn as they would be here, without moving the original's generator."""
        state = self._generator.get_state()
        self._generator = torch.Generator()
        self._generator.set_state(state)

    def _draw(self) -> None:
        drawn = torch.randperm(self._rows, generator=self._generator) if self._shuffle else torch.arange(self._rows)
        self._use(drawn)

    def _use(self, order: Tensor) -> None:
        self._order = order
        self._order_here = order.to(self._device)


def _starts(rows: int, size: int, merge_single: bool) -> list[int]:
    starts = list(range(0, rows, size))
    if merge_single and len(starts) > 1 and rows - starts[-1] == 1 and size > 1:
        starts.pop()
    return starts


def batches_in_epoch(rows: int, size: int, network: NetworkSpec) -> int:
    """Optimizer steps of one pass over so many rows."""
    return len(_starts(rows, size, has_batch_norm(network)))


def has_batch_norm(network: NetworkSpec) -> bool:
    return any(node.kind.startswith("batch_norm") for node in network.nodes)

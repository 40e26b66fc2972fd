"""The modules that torch.nn has not, or not with one input and one output. Parameters keep torch.nn's names."""

from __future__ import annotations

import warnings
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.catalog.layers.sequences import LAST

# Said once per process by torch itself; there is nothing that a learner could do, and the numbers are right.
warnings.filterwarnings("ignore", message="LSTM with projections is not supported with oneDNN")


class Add(nn.Module):
    """Adds its inputs value by value, in the order of the ports. All have the same shape."""

    def forward(self, *inputs: Tensor) -> Tensor:
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total


class Concat(nn.Module):
    """Puts its inputs side by side along axis `dim`, in the order of the ports."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, self.dim)


class Reshape(nn.Module):
    """Gives every sample the shape `shape`; one size may be -1."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)


class RowMissing(IndexError):  # noqa: N818 - it is told to the learner, not to a developer
    """A number arrived at an Embedding that has no row for it."""

    def __init__(self, value: float, rows: int) -> None:
        super().__init__(
            f"The number {value:g} arrives, but num_embeddings is {rows}, so that only 0 to {rows - 1} can be looked up."
        )
        self.value = value
        self.rows = rows


class Embedding(nn.Embedding):
    """torch.nn.Embedding of whole numbers that arrive as float32, as all features do.

    The data are checked as a whole before a run begins (advice.py); a number that has no row all the same is told when torch
    refuses it, so that no step has to look first.
    """

    def forward(self, x: Tensor) -> Tensor:
        try:
            return super().forward(x.long())
        except IndexError:  # on a GPU torch cannot say it here
            low, high = x.min().item(), x.max().item()
            raise RowMissing(low if not low >= 0 else high, self.num_embeddings) from None


def last_step(steps: Tensor, bidirectional: bool) -> Tensor:
    """(N, L, H) → (N, H): what stands after the last step; with two directions, after the last one of each."""
    if not bidirectional:
        return steps[:, -1]
    half = steps.shape[2] // 2
    return torch.cat((steps[:, -1, :half], steps[:, 0, half:]), 1)


class _OneResult:
    """Of a recurrent layer's result only the steps, or the last one; its final memory can be read off them."""

    def __init__(self, output: str, **arguments: Any) -> None:
        super().__init__(batch_first=True, **arguments)  # type: ignore[call-arg]
        self.output = output

    def forward(self, x: Tensor) -> Tensor:
        steps = cast(Tensor, super().forward(x)[0])  # type: ignore[misc]
        return last_step(steps, bool(self.bidirectional)) if self.output == LAST else steps  # type: ignore[attr-defined]


class RNN(_OneResult, nn.RNN):  # type: ignore[misc]
    """torch.nn.RNN with one result."""


class LSTM(_OneResult, nn.LSTM):  # type: ignore[misc]
    """torch.nn.LSTM with one result."""


class GRU(_OneResult, nn.GRU):  # type: ignore[misc]
    """torch.nn.GRU with one result."""


OWN_MODULES: dict[str, type[nn.Module]] = {
    "add": Add,
    "concat": Concat,
    "reshape": Reshape,
    "embedding": Embedding,
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
}
"""Kind of a layer → its module, where it is not the catalog's class of torch.nn itself."""

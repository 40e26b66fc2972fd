"""A look at a run between two steps: gradients of the coming batch, outputs of a sample. It leaves no trace in the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.diagnosis import Look, ProbeLog
from engine.diagnosis.values import Floats
from engine.spec import INPUT_ID, OUTPUT_ID, NetworkSpec
from engine.tensors.build import Network
from engine.tensors.copies import undisturbed
from engine.tensors.layer_facts import layer_facts

if TYPE_CHECKING:
    from engine.tensors.train import Run

SAMPLE = 256
"""Rows of the training part, evenly spread over it, whose outputs are looked at."""

FEWEST, MOST_NUMBERS = 32, 2_000_000
"""Fewer rows, down to 32, where all layers' outputs together would be more numbers than this."""

NaN = float("nan")


class Prober:
    """Looks at one run. Engine thread only.

    The gradient is that of the loss on the coming batch as the step itself will compute it, in train mode, with the
    random numbers that the step will draw; before clipping and penalties. BatchNorm's buffers and torch's random state
    are put back, and `.grad` is not touched.
    """

    def __init__(self, run: Run) -> None:
        self._names = tuple(name for name, _ in run.network.named_parameters())
        self._kinds = {node.id: node.kind for node in run.project.network.nodes}
        self._axes = {layer: unit_axis(run.project.network, layer) for layer in run.network.order}
        rows = run.rows["train"]
        count = min(len(rows), max(FEWEST, min(SAMPLE, MOST_NUMBERS // _numbers_of_a_row(run))))
        picked = torch.linspace(0, len(rows) - 1, count).round().long().to(run.device)
        self._sample = rows.features.index_select(0, picked)
        self.targets = rows.targets.index_select(0, picked)
        self.output: Tensor | None = None
        """What the network gave for the sample at the last look."""
        self._before: list[Tensor] = []
        units = {layer: _units(run.network, layer, self._kinds[layer]) for layer in run.network.order}
        self._alike: Floats = np.array([1.0 if count > 1 else NaN for count in units.values()])
        """Whether the units of a layer may still be equal; NaN where it has one unit or none."""
        layers = run.network.order
        sizes = tuple(parameter.numel() for parameter in run.network.parameters())
        self.log = ProbeLog(self._names, sizes, layers, tuple(self._kinds[layer] for layer in layers), count)

    def look(self, run: Run) -> None:
        """Take one look and keep it. Call `took_step` when the step after it was done."""
        torch.set_num_threads(run.threads)
        parameters = list(run.network.parameters())
        loss, gradients = _gradients(run, parameters)
        self._before = [parameter.detach().clone() for parameter in parameters]
        outputs = self._outputs(run)
        found = layer_facts(outputs, self._kinds, self._axes)
        self.log.append(
            Look(
                run.step,
                float(loss),
                gradients=norms(gradients),
                weights=norms(self._before),
                means=found[:, 0],
                stds=found[:, 1],
                dead=found[:, 2],
                saturated=found[:, 3],
                equal=self._equal(run.network, gradients),
            )
        )

    @property
    def waits(self) -> int | None:
        """The step whose update is to be measured next: the run must take exactly one before `took_step`."""
        return self.log.last if self._before else None

    def took_step(self, run: Run) -> None:
        """The step after the last look was done: how far it moved every parameter."""
        moved = torch._foreach_sub([parameter.detach() for parameter in run.network.parameters()], self._before)
        learning = [parameter.requires_grad for parameter in run.network.parameters()]
        self.log.fill(norms([change if learns else None for change, learns in zip(moved, learning, strict=True)]))
        self._before = []

    def let_go(self) -> None:
        """Hold no tensors of the last look; its update will not be measured."""
        self._before, self.output = [], None

    def _outputs(self, run: Run) -> dict[str, Tensor]:
        """Every layer's output for the sample, in eval mode."""
        outputs: dict[str, Tensor] = {}

        def keep(layer: str, _: tuple[Tensor, ...], output: Tensor) -> None:
            outputs[layer] = output

        run.network.eval()
        try:
            with torch.no_grad():
                self.output = run.network.run(self._sample, keep)
        finally:
            run.network.train()
        return outputs

    def _equal(self, network: Network, gradients: list[Tensor | None]) -> Floats:
        """(L,) as Look.equal. Units that once differed never become equal again: after the first look only the others are asked."""
        of_parameter = dict(zip(self._names, gradients, strict=True))
        for index, layer in enumerate(network.order):
            if self._alike[index] == 1.0:
                self._alike[index] = _equal_units(layer, dict(network.layer(layer).named_parameters()), of_parameter)
        return self._alike.copy()


def _units(network: Network, layer: str, kind: str) -> int:
    """Units of a layer that could be mixed up; 0 for kinds without."""
    return len(network.layer(layer).get_parameter("weight")) if kind in ("linear", "conv1d", "conv2d") else 0


def _equal_units(layer: str, parameters: dict[str, Tensor], gradients: dict[str, Tensor | None]) -> float:
    """1 where all units have the same weights, biases and gradients, 0 where not."""
    tables: list[Tensor | None] = [parameter.detach() for parameter in parameters.values()]
    tables += [gradients[f"{layer}.{name}"] for name in parameters]
    return float(torch.stack([_all_alike(table) for table in tables if table is not None]).all())


def _numbers_of_a_row(run: Run) -> int:
    return max(1, sum(math.prod(shape) for shape in run.report.shapes.values()))


def _gradients(run: Run, parameters: Sequence[Tensor]) -> tuple[Tensor, list[Tensor | None]]:
    """Loss of the coming batch and every parameter's gradient, None where it is frozen."""
    kept = [buffer.clone() for buffer in run.buffers]
    try:
        with undisturbed(run), torch.enable_grad():
            x, y = run.peek_batch()
            loss: Tensor = run.loss_fn(run.network(x), y)
            learning = [parameter for parameter in parameters if parameter.requires_grad]
            found = iter(torch.autograd.grad(loss, learning, allow_unused=True, materialize_grads=True))
            return loss.detach(), [next(found) if parameter.requires_grad else None for parameter in parameters]
    finally:
        for buffer, before in zip(run.buffers, kept, strict=True):
            buffer.copy_(before)


def norms(tensors: Sequence[Tensor | None]) -> Floats:
    """L2 norms in one go, NaN for None; where the squares leave float32, in float64. Of numbers that are not all finite: infinite."""
    known = [tensor for tensor in tensors if tensor is not None]
    found = torch.stack(torch._foreach_norm(known)).cpu().numpy().astype(np.float64) if known else np.empty(0)
    for index in np.flatnonzero(~np.isfinite(found)):
        norm = float(known[index].cpu().double().norm())
        found[index] = norm if np.isfinite(norm) else np.inf
    values = np.full(len(tensors), NaN)
    values[[tensor is not None for tensor in tensors]] = found
    return values


def _all_alike(table: Tensor) -> Tensor:
    """Whether all rows are the first one again, up to the order of summation in float32."""
    return (table - table[:1]).abs().max() <= 1e-6 * table.abs().max()


def unit_axis(network: NetworkSpec, layer: str) -> int:
    """The axis of a layer's output along which its units lie: channels behind a convolution, else the last."""
    sources = {link.target: link.source for link in reversed(network.links)}
    kinds = {node.id: node.kind for node in network.nodes}
    while layer in sources and layer not in (INPUT_ID, OUTPUT_ID):
        kind = kinds[layer]
        if kind.startswith("conv") or kind in ("max_pool2d", "avg_pool2d", "max_pool1d", "avg_pool1d"):
            return 1
        if kind in ("linear", "rnn", "lstm", "gru", "embedding", "flatten", "reshape"):
            return -1
        layer = sources[layer]
    return -1

"""The Jacobian: how every output of the network for one sample moves with every number of its input, or of a layer's output."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from engine.commands import TakeJacobian
from engine.errors import AppError
from engine.inspection import JacobianView
from engine.spec import INPUT_ID, ProjectSpec
from engine.tensors.build import Network
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.passages import numbers
from engine.views import Failure, frozen

if TYPE_CHECKING:
    from engine.tensors.train import Run

_DROPS = ("dropout", "batch_norm1d", "batch_norm2d")


def jacobian(command: TakeJacobian, run: Run) -> Generator[None, None, JacobianView]:
    """∂ŷ/∂x of one sample of the coming batch, shape (outputs, inputs), or ∂ŷ/∂(output of the layer `of`).

    The network is a copy in train mode, as the run's next step will have it, with that step's dropout mask; with BatchNorm the
    other samples of the batch stay as they are. A sample beyond the last is the last one. The run is not moved,
    and may move between two pieces: it yields after every row.

    Raises:
        AppError: there is no such layer.
    """
    at, project = (run.step, run.generation), run.project
    with undisturbed(run):
        step = StepCopy.of(run)
        sample = max(0, min(command.sample, len(step.x) - 1))
        seen: dict[str, Tensor] = {INPUT_ID: step.x.requires_grad_()}

        def observe(layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen[layer] = output

        prediction = step.network.run(step.x, observe)
    if command.of not in seen:
        raise AppError(Failure(f"There is no layer {command.of} in the network any more.", todo="Choose another."))
    source = seen[command.of]
    values = np.zeros((prediction[sample].numel(), source[sample].numel()), dtype=np.float32)
    for number, output in enumerate(prediction[sample].flatten()):
        (gradient,) = torch.autograd.grad(output, source, retain_graph=True, allow_unused=True)
        if gradient is None:
            why = "An Embedding stands between: it looks rows up by whole numbers, and those have no derivative."
            raise AppError(
                Failure(f"There is no ∂ŷ/∂{name_of(command.of)}.", why, "Choose a layer behind the Embedding.")
            )
        values[number] = numbers(gradient[sample]).ravel()
        yield
    name = name_of(command.of)
    return JacobianView(
        command.of,
        _names("ŷ", prediction[sample].shape),
        _names(name, source[sample].shape),
        frozen(values),
        _note(project, step.network, seen, command.of, sample, values),
        sample,
        len(step.x),
        (INPUT_ID, *step.network.order),
        *at,
    )


def name_of(layer: str) -> str:
    """How the output of a layer is called."""
    return "x" if layer == INPUT_ID else layer


def _names(name: str, shape: torch.Size) -> tuple[str, ...]:
    return tuple(f"{name}[{', '.join(map(str, index))}]" if index else name for index in np.ndindex(*shape))


def _note(  # noqa: PLR0917
    project: ProjectSpec, network: Network, seen: dict[str, Tensor], of: str, sample: int, values: np.ndarray
) -> str:
    kinds = {node.kind for node in project.network.nodes}
    mode = "In train mode, as the coming step has the network"
    if "dropout" in kinds:
        mode += ", with that step's dropout mask"
    if kinds & set(_DROPS[1:]):
        mode += "; BatchNorm's mean and variance are those of the batch, whose other samples stay as they are"
    return " ".join(part for part in (f"{mode}.", _zeros(network, seen, of, sample, values)) if part)


def _zeros(network: Network, seen: dict[str, Tensor], of: str, sample: int, values: np.ndarray) -> str:
    """Why all is zero, or how many ReLU units are dead."""
    dead, units = _dead(network, seen, _behind(network, of), sample)
    if values.size and not values.any():
        every = [layer for layer in dead if dead[layer] == units[layer]]
        if every:
            layer = every[0]
            return (
                f"Everything is 0: all {units[layer]} ReLU units of {layer} are dead for this sample (their input is not above "
                "0), and the slope of a dead unit is 0, so no change of the input comes through."
            )
        return "Everything is 0: each way to the output goes through a slope of exactly 0."
    found = [f"{dead[layer]} of {units[layer]} units of {layer}" for layer in dead if dead[layer]]
    return f"Dead for this sample, with slope 0: {', '.join(found)}." if found else ""


def _behind(network: Network, of: str) -> tuple[str, ...]:
    """The layers that the value `of` flows into, in the order of computation."""
    reached = {of}
    for layer in network.order:
        if reached & set(network.sources[layer]):
            reached.add(layer)
    return tuple(layer for layer in network.order if layer in reached and layer != of)


def _dead(
    network: Network, seen: dict[str, Tensor], layers: tuple[str, ...], sample: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Of every ReLU among the layers: how many of its units give 0 for this sample, and how many there are."""
    rectified = [layer for layer in layers if isinstance(network.layer(layer), nn.ReLU)]
    dead = {layer: int((seen[layer][sample] == 0).sum()) for layer in rectified}
    return dead, {layer: seen[layer][sample].numel() for layer in rectified}

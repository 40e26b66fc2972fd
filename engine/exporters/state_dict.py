"""The weights as a .pt file that plain PyTorch reads safely."""

from __future__ import annotations

import io

from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.views import Failure


def render(context: ExportContext, suffix: str) -> bytes:
    """The state_dict on the CPU, as torch.save writes it, read back with weights_only=True and compared bit for bit.

    Raises engine.errors.ExportError when there is no run, or when the check fails.
    """
    import torch

    if context.state_dict is None:
        raise ExportError(Failure("There are no weights yet.", todo="Start the training, then export the weights."))
    weights = {name: tensor.detach().cpu().clone() for name, tensor in context.state_dict().items()}
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    again = torch.load(io.BytesIO(buffer.getvalue()), map_location="cpu", weights_only=True)
    same = list(again) == list(weights) and all(_same(again[name], weights[name]) for name in weights)
    if not same:
        raise ExportError(Failure("The weights were not exported: the file does not read back equal."))
    return buffer.getvalue()


def _same(left: object, right: object) -> bool:
    """Equal dtype, shape and bits; NaN equals NaN."""
    import torch

    assert isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    return torch.equal(left.contiguous().view(-1).view(torch.uint8), right.contiguous().view(-1).view(torch.uint8))

"""Sentences of the workbench: where PyTorch lets something pass that a learner would not expect, and why it does."""

from __future__ import annotations

import math

from torch import nn

NOT_YET = {
    "backward": "There is no loss yet that backward could start from: run Forward first.",
    "step": "No parameter has a .grad, and the optimizer skips those without: run Backward first.",
    "zero_grad": "Every .grad is None already: there is nothing to clear.",
}
FULL = "The tape of this copy is full."
FULL_WHY = "It holds 256 MiB of tensors. Reset starts a new one on a fresh copy of the run."
TAKEN_ANEW = "The optimizer stopped half way, so the copy was taken anew."
SAME_GRADIENTS = (
    "PyTorch lets this pass: step() does not ask whether the gradients are new. It used the same .grad again, which belongs to the "
    "weights before the last step."
)
ZEROS = (
    "The .grads are zeros, not None. The next backward adds to 0, which gives the same; but a step() now would not skip the "
    "parameters: momentum, weight decay and Adam's averages still move them."
)
NONE_STAYS = "A .grad that is None stays None, also with set_to_none=False: there is no tensor to fill with zeros."
ONLY_BATCH = "The whole training part is one batch, so the next batch has the same rows, in a new order."
EPOCH_ENDED = "That was the epoch's last batch: the next epoch begins, with a new order of the rows."
HALF = (
    "Some gradients had been added before backward broke off. Half of a pass is no gradient at all, so every .grad was set "
    "to None."
)


def forward(network: nn.Module, loss: float) -> str:
    """After a forward pass."""
    if not math.isfinite(loss):
        return "The loss is not finite: no gradient of it will be a useful number."
    if network.training:
        return ""
    parts = []
    if any(isinstance(module, nn.Dropout) for module in network.modules()):
        parts.append("Dropout lets every value pass")
    if any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in network.modules()):
        parts.append("BatchNorm uses its running mean and variance")
    return f"Eval mode: {' and '.join(parts)}. Backward works here too." if parts else ""


def backward(passes: int, kept: bool, updates: int, had_grads: bool) -> str:
    """After a backward pass that went through. `kept`: the one before it was told retain_graph=True."""
    parts = []
    if passes > 1 and kept:
        parts.append(
            "PyTorch lets another pass through this graph, because the one before retained it: every node still has its saved tensors."
        )
    elif passes > 1:
        parts.append("PyTorch lets this pass, because no node on the way needs a saved tensor that was freed.")
    if updates:
        parts.append(
            "The weights were changed since the forward pass, and still nothing was refused: either no node needs their old values, or "
            "the fused optimizer wrote into them without telling autograd's version counters. Such gradients mix old activations "
            "with new weights: run Forward first."
        )
    if had_grads:
        parts.append(
            "There were gradients already: the new ones were added to them. zero_grad() would have cleared them."
        )
    return " ".join(parts)


def no_gradient(layers: tuple[str, ...]) -> str:
    """retain_grad() on what requires no gradient."""
    names = " and ".join(layers)
    return f"retain_grad() has no effect on {names}: no parameter lies before it, so its output requires no gradient."

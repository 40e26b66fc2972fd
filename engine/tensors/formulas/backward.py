"""One entry per kind of autograd node: its rule, a sentence, and its numbers. A new kind is one entry here.

The rules are those of torch's derivatives (tools/autograd/derivatives.yaml, torch 2.13), checked by a test against
what autograd really sends on.
"""

from __future__ import annotations

from engine.tensors.formulas import (
    elementwise,
    matrices,
    normalizing,
    probabilities,
    reductions,
    sequences,
    shapes,
    windows,
)
from engine.tensors.formulas.moment import BackwardKind, Moment, Worked, lines, worked_gradients
from engine.tensors.formulas.tensor_kinds import TENSOR_KINDS

_SAME = "The numbers were only put into another shape, so their gradients get the old shape back."
_JOINED = "A sum hands the upstream gradient unchanged to each of its operands."
_BATCH_NORM = BackwardKind(
    "∂L/∂x = γ/√(var + eps)·(g − mean(g) − x̂·mean(g·x̂));  ∂L/∂γ = Σ g·x̂;  ∂L/∂β = Σ g",
    "Mean and variance come from the batch itself, so every value of a feature moves all others of it: what would only "
    "shift or stretch the whole feature is taken out of the gradient. In evaluation the stored statistics are constants.",
    normalizing.batch_norm,
)
_CONTINUED = "The padding repeats numbers of the image, so each of them collects the gradients of all its copies."
_REFLECTED = BackwardKind("∂L/∂x = Σ g over all copies of x", _CONTINUED, sequences.reflected)
_REPLICATED = BackwardKind("∂L/∂x = Σ g over all copies of x", _CONTINUED, sequences.replicated)
_RESHAPE = BackwardKind("∂L/∂x = g in the shape of x", _SAME, elementwise.reshaped)

BACKWARD: dict[str, BackwardKind] = {
    "AddmmBackward0": BackwardKind(
        "∂L/∂b = Σ over the batch of g;  ∂L/∂x = g·W;  ∂L/∂Wᵀ = xᵀ·g",
        "The linear layer x·Wᵀ + b passes on three gradients: the bias was added to every row, so it gets the sum over "
        "the batch; the input gets g weighted by W; the weights get g weighted by the input they met.",
        matrices.addmm,
    ),
    "MmBackward0": BackwardKind(
        "∂L/∂x = g·W;  ∂L/∂Wᵀ = xᵀ·g",
        "A product of matrices: each factor gets the upstream gradient times the transpose of the other factor.",
        matrices.mm,
    ),
    "LinearBackward0": BackwardKind(
        "∂L/∂x = g·W;  ∂L/∂W = gᵀ·x;  ∂L/∂b = Σ over the batch of g",
        "The linear layer in one piece: the input gets g weighted by W, the weights get g weighted by the input they "
        "met, the bias gets the sum over the batch.",
        matrices.linear,
    ),
    "TBackward0": BackwardKind(
        "∂L/∂W = (∂L/∂Wᵀ)ᵀ",
        "The layer multiplied by the transpose of W, so the transpose goes back: its gradient is transposed.",
        matrices.transposed,
    ),
    "ConvolutionBackward0": BackwardKind(
        "∂L/∂x = Σ g·w over every window that saw the pixel;  ∂L/∂w = Σ g·x over the batch and all places;  ∂L/∂b = Σ g",
        "The same small filter was used at every place, so its gradient is the sum over all of them; a pixel collects "
        "from every window that it was part of.",
        windows.convolution,
    ),
    "MaxPool2DWithIndicesBackward0": BackwardKind(
        "∂L/∂x = g where x was the greatest of its window, else 0",
        "Only the greatest value of a window reached the result, so it alone gets the gradient; the others get 0.",
        windows.max_pool,
    ),
    "AvgPool2DBackward0": BackwardKind(
        "∂L/∂x = Σ g/k² over every window that saw the pixel",
        "Every value of a window had the same share in the mean, so the gradient is divided evenly among them.",
        windows.avg_pool,
    ),
    "AdaptiveAvgPool2DBackward0": BackwardKind(
        "∂L/∂x = Σ g/(size of the part) over every part that x was in",
        "Every value of a part had the same share in its mean; parts that overlap both send a gradient.",
        windows.adaptive_avg_pool,
    ),
    "ReflectionPad1DBackward0": _REFLECTED,
    "ReflectionPad2DBackward0": _REFLECTED,
    "ReplicationPad1DBackward0": _REPLICATED,
    "ReplicationPad2DBackward0": _REPLICATED,
    "EmbeddingBackward0": BackwardKind(
        "∂L/∂W[r] = Σ g over every place where r was looked up",
        "Only the rows that were looked up reached the result: each collects the gradients of all its places, the others get 0.",
        sequences.embedding,
    ),
    "UnbindBackward0": BackwardKind(
        "∂L/∂x[t] = g of step t",
        "The sequence was taken apart into its steps; their gradients are put together again.",
        sequences.unbound,
    ),
    "MkldnnRnnLayerBackward0": BackwardKind(
        "c ← f∘c + i∘g, backwards through all steps",
        "The whole LSTM layer in one piece: the gradient walks back from the last step to the first, and every weight "
        "collects a share at each of them. The numbers are torch's own.",
        sequences.in_one_piece,
    ),
    "UnsafeSplitBackward0": BackwardKind(
        "∂L/∂x = the gradients of the gates side by side",
        "One product gave the numbers of all gates, cut apart; their gradients are put together again.",
        sequences.split,
    ),
    "ReluBackward0": BackwardKind(
        "∂L/∂x = g × (1 if x > 0 else 0)",
        "Where the input was positive, ReLU passed it on and the gradient passes too; where it was cut off, nothing "
        "comes back (at exactly 0 torch uses 0).",
        elementwise.relu,
    ),
    "LeakyReluBackward0": BackwardKind(
        "∂L/∂x = g × (1 if x > 0 else negative_slope)",
        "Positive inputs let the whole gradient through, the others only the small share negative_slope.",
        elementwise.leaky_relu,
    ),
    "GeluBackward0": BackwardKind(
        "∂L/∂x = g × (Φ(x) + x·φ(x))",
        "The slope of x·Φ(x): by the product rule Φ(x) plus x times the bell curve φ(x).",
        elementwise.gelu,
    ),
    "TanhBackward0": BackwardKind(
        "∂L/∂x = g × (1 − y²)",
        "tanh's slope is 1 − y², at most 1. Near −1 and 1 it is almost 0: the unit is saturated and learns slowly.",
        elementwise.tanh,
    ),
    "SigmoidBackward0": BackwardKind(
        "∂L/∂x = g × y·(1 − y)",
        "The sigmoid's slope is y·(1 − y), at most ¼. Each sigmoid on the way back therefore shrinks the gradient.",
        elementwise.sigmoid,
    ),
    "SoftmaxBackward0": BackwardKind(
        "∂L/∂xᵢ = pᵢ·(gᵢ − Σⱼ gⱼ·pⱼ)",
        "The probabilities share one whole: raising one logit lowers the others, so the weighted mean of all upstream "
        "gradients is subtracted.",
        probabilities.softmax,
    ),
    "LogSoftmaxBackward0": BackwardKind(
        "∂L/∂xᵢ = gᵢ − pᵢ·Σⱼ gⱼ",
        "Together with the negative log-likelihood this comes to p − y: the probability given, minus 1 at the true class.",
        probabilities.log_softmax,
    ),
    "NllLossBackward0": BackwardKind(
        "∂L/∂(log p)ᵢ = −g/N for the true class, else 0",
        "The loss reads only the log-probability of the true class of every sample, so only that one gets a gradient.",
        probabilities.nll_loss,
    ),
    "MseLossBackward0": BackwardKind(
        "∂L/∂ŷ = g × 2·(ŷ − y)/N",
        "Here the way back begins: dL/dL = 1. The square's slope is twice the error, so large errors pull hardest.",
        reductions.mse_loss,
    ),
    "HuberLossBackward0": BackwardKind(
        "∂L/∂ŷ = g × (ŷ − y)/N for |ŷ − y| ≤ δ, else g × ±δ/N",
        "Within δ the gradient is the error itself; beyond it, its size stays δ, so outliers pull no harder.",
        reductions.huber_loss,
    ),
    "BinaryCrossEntropyWithLogitsBackward0": BackwardKind(
        "∂L/∂ŷ = g × (σ(ŷ) − y)/N",
        "Sigmoid and cross-entropy together have the simplest slope: the probability given minus the truth.",
        reductions.bce_with_logits,
    ),
    "MeanBackward0": BackwardKind(
        "∂L/∂xᵢ = g/N",
        "Every one of the N numbers had the share 1/N in the mean, so each gets that share of the gradient.",
        reductions.mean,
    ),
    "SumBackward0": BackwardKind(
        "∂L/∂xᵢ = g", "Every number entered the sum once, so each gets the whole gradient.", reductions.whole_sum
    ),
    "SumBackward1": BackwardKind(
        "∂L/∂xᵢ = g of the sum that xᵢ entered",
        "Every number entered one sum, so each gets that sum's gradient.",
        reductions.sum_along,
    ),
    "AbsBackward0": BackwardKind(
        "∂L/∂x = g × sign(x)",
        "The slope of |x| is 1 or −1, whatever the size of the error; torch uses 0 at 0.",
        elementwise.absolute,
    ),
    "SubBackward0": BackwardKind(
        "∂L/∂a = g;  ∂L/∂b = −g",
        "In a − b the first operand gets the gradient as it is, the second with its sign turned.",
        elementwise.difference,
    ),
    "AddBackward0": BackwardKind("∂L/∂a = g;  ∂L/∂b = g", _JOINED, elementwise.same),
    "MulBackward0": BackwardKind(
        "∂L/∂a = g × b;  ∂L/∂b = g × a",
        "Each factor gets the gradient times the other factor. In dropout the other factor is the mask: 0 for what was "
        "dropped, 1/(1 − p) for what survived, and so the same values get no gradient.",
        elementwise.product,
    ),
    "MulBackward1": BackwardKind(
        "∂L/∂a = g × c", "Multiplied by a constant, so the gradient is too.", elementwise.scaled
    ),
    "NativeDropoutBackward0": BackwardKind(
        "∂L/∂x = g × mask/(1 − p)",
        "What dropout set to zero gets no gradient; what survived was scaled by 1/(1 − p), and so is its gradient.",
        elementwise.dropout,
    ),
    "DivBackward0": BackwardKind(
        "∂L/∂a = g/b;  ∂L/∂b = −g·a/b²",
        "In a/b the gradient of a is divided by b too; a greater b makes the quotient smaller, by a/b².",
        elementwise.quotient,
    ),
    "NegBackward0": BackwardKind("∂L/∂x = −g", "The sign was turned, so it is turned again.", elementwise.negated),
    "MaskedFillBackward0": BackwardKind(
        "∂L/∂x = 0 where the mask is set, else g",
        "Values that were overwritten by a constant have no say in the loss: their gradient is 0.",
        elementwise.masked_fill,
    ),
    "CatBackward0": BackwardKind(
        "∂L/∂a, ∂L/∂b = the parts of g that came from a and from b",
        "The inputs lie side by side in the result, so the gradient is cut apart again, each input gets its part.",
        matrices.cat,
    ),
    "NativeBatchNormBackward0": _BATCH_NORM,
    "CudnnBatchNormBackward0": _BATCH_NORM,
    "MiopenBatchNormBackward0": _BATCH_NORM,
    "NativeLayerNormBackward0": BackwardKind(
        "∂L/∂x = 1/√(var + eps)·(γ·g − mean(γ·g) − x̂·mean(γ·g·x̂));  ∂L/∂γ = Σ g·x̂;  ∂L/∂β = Σ g",
        "Each sample is standardized by its own mean and variance, so what would only shift or stretch the whole sample "
        "is taken out of its gradient.",
        normalizing.layer_norm,
    ),
    "ViewBackward0": _RESHAPE,
    "UnsafeViewBackward0": _RESHAPE,
    "ReshapeAliasBackward0": _RESHAPE,
    "SqueezeBackward0": _RESHAPE,
    "SqueezeBackward1": _RESHAPE,
    "UnsqueezeBackward0": _RESHAPE,
    "CloneBackward0": BackwardKind("∂L/∂x = g", "A copy: the gradient passes unchanged.", elementwise.same),
    "TransposeBackward1": BackwardKind(  # inside recurrent layers; the lab's own is TransposeBackward0
        "∂L/∂x = gᵀ", "The numbers only changed places, so their gradients go back to the old places.", shapes.swapped
    ),
    **TENSOR_KINDS,
}


def work_out(moment: Moment, names: tuple[str, ...]) -> list[Worked]:
    """The elements of the outgoing gradients with their numbers put in; none for a kind without an entry."""
    entry = BACKWARD.get(moment.kind)
    return worked_gradients(entry.work, moment, names) if entry else []


def explain(moment: Moment, names: tuple[str, ...]) -> tuple[str, str]:
    """Formula and sentence for one autograd node. `names` are those of its operands, one per outgoing gradient."""
    entry = BACKWARD.get(moment.kind)
    if entry is None:
        kept = ", ".join(name for name, value in moment.saved.items() if value is not None)
        return (
            "outgoing = upstream × local derivative",
            f"Chainrule has no formula for {moment.kind}; the tensors are torch's own. "
            + (
                f"For this it kept from the forward pass: {kept}." if kept else "It kept nothing from the forward pass."
            ),
        )
    return lines(work_out(moment, names), entry.rule), entry.text

"""The kinds of autograd nodes that single tensor operations make, beyond those of layers and losses (see backward.py)."""

from __future__ import annotations

from engine.tensors.formulas import choices, elementwise, matrices, reductions, shapes, smooth
from engine.tensors.formulas.moment import BackwardKind

_PICKED = "What was picked gets the gradient; what was left out has no say in the result and gets 0."
_SHARED = "Only the element that was found reached the result; the others get 0. Equal ones share the gradient."
_MOVED = "The numbers only changed places, so their gradients go back to the old places."
_RESHAPE = BackwardKind(
    "∂L/∂x = g in the shape of x",
    "The numbers were only put into another shape, so their gradients get the old shape back.",
    elementwise.reshaped,
)
_GREATEST = BackwardKind("∂L/∂x = g where x was found, else 0", _SHARED, choices.greatest_along)
_AMONG = BackwardKind("∂L/∂x = g/(how many are equal) where x was found, else 0", _SHARED, choices.greatest_of_all)
_EXTREME = BackwardKind("∂L/∂x = g/(how many are equal) where x was found, else 0", _SHARED, choices.extreme_along)
_LOST = BackwardKind("∂L/∂x = 0", "The numbers before were overwritten: they have no say any more.", choices.nothing)

TENSOR_KINDS: dict[str, BackwardKind] = {
    "PowBackward0": BackwardKind(
        "∂L/∂x = g × n·x^(n−1)", "The slope of xⁿ is n·x^(n−1): for a square, twice x.", smooth.power
    ),
    "PowBackward1": BackwardKind(
        "∂L/∂a = g × b·a^(b−1);  ∂L/∂b = g × a^b·log(a)",
        "Both base and exponent are tensors: the base has the slope of a power, the exponent that of an exponential.",
        smooth.power_of_tensors,
    ),
    "PowBackward2": BackwardKind(
        "∂L/∂x = g × c^x·log(c)",
        "An exponential grows by itself times the logarithm of its base.",
        smooth.exponent_of_number,
    ),
    "ExpBackward0": BackwardKind("∂L/∂x = g × e^x", "The exponential is its own slope.", smooth.exponential),
    "Expm1Backward0": BackwardKind(
        "∂L/∂x = g × (y + 1)", "The slope is e^x, which is y + 1.", smooth.exponential_minus_one
    ),
    "LogBackward0": BackwardKind(
        "∂L/∂x = g/x", "The slope of log x is 1/x: steep near 0, flat far out.", smooth.logarithm
    ),
    "Log1PBackward0": BackwardKind("∂L/∂x = g/(1 + x)", "The slope of log(1 + x).", smooth.logarithm_of_one_more),
    "SqrtBackward0": BackwardKind(
        "∂L/∂x = g × 1/(2·y)", "The slope of √x is 1/(2√x); at 0 it is infinite.", smooth.square_root
    ),
    "RsqrtBackward0": BackwardKind("∂L/∂x = −g × ½·y³", "The slope of 1/√x.", smooth.inverse_root),
    "ReciprocalBackward0": BackwardKind("∂L/∂x = −g × y²", "The slope of 1/x is −1/x².", smooth.inverse),
    "SinBackward0": BackwardKind("∂L/∂x = g × cos(x)", "The slope of sine is cosine.", smooth.cosine_slope),
    "CosBackward0": BackwardKind("∂L/∂x = −g × sin(x)", "The slope of cosine is −sine.", smooth.sine_slope),
    "ErfBackward0": BackwardKind(
        "∂L/∂x = g × 2/√π·exp(−x²)", "The error function's slope is a bell curve.", smooth.error_function
    ),
    "LogSigmoidBackward0": BackwardKind(
        "∂L/∂x = g × (1 − σ(x))",
        "The slope of log σ(x): the probability of the other class.",
        smooth.sigmoid_slope_of_log,
    ),
    "SoftplusBackward0": BackwardKind(
        "∂L/∂x = g × σ(x)", "softplus is a smooth ReLU; its slope is the sigmoid.", smooth.softplus
    ),
    "SiluBackward0": BackwardKind("∂L/∂x = g × σ(x)·(1 + x·(1 − σ(x)))", "The product rule on x·σ(x).", smooth.silu),
    "EluBackward0": BackwardKind(
        "∂L/∂x = g × (1 if x > 0 else alpha·e^x)", "Like ReLU above 0, a soft bend below.", smooth.elu
    ),
    "HardtanhBackward0": BackwardKind(
        "∂L/∂x = g × (1 if min < x < max else 0)", "Beyond its bounds the function is flat.", choices.hard_tanh
    ),
    "LinalgVectorNormBackward0": BackwardKind(
        "∂L/∂x = g × x/‖x‖", "The length grows fastest along the vector itself.", smooth.vector_norm
    ),
    "VarBackward0": BackwardKind(
        "∂L/∂x = g × 2·(x − mean)/(N − 1)", "Each number pulls away from the mean, twice its distance.", smooth.variance
    ),
    "StdBackward0": BackwardKind(
        "∂L/∂x = g × (x − mean)/((N − 1)·std)", "The variance's slope, divided by twice the root.", smooth.deviation
    ),
    "LogsumexpBackward0": BackwardKind(
        "∂L/∂xᵢ = g × exp(xᵢ − y)", "The slopes of log Σ exp are the softmax probabilities.", smooth.log_sum_exp
    ),
    "BinaryCrossEntropyBackward0": BackwardKind(
        "∂L/∂p = g × (p − y)/(p·(1 − p))/N",
        "The slope explodes when a probability near 0 or 1 is wrong; behind a sigmoid that factor cancels.",
        smooth.binary_cross_entropy,
    ),
    "MultiMarginLossBackward0": BackwardKind(
        "∂L/∂ŷⱼ = g × [margin − ŷ[y] + ŷⱼ > 0]/C/N, ∂L/∂ŷ[y] = minus their sum (for p = 2 times twice the shortfall)",
        "Every class that comes closer than the margin is pushed down, and the true one up by as much.",
        reductions.multi_margin_loss,
    ),
    "SmoothL1LossBackward0": BackwardKind(
        "∂L/∂ŷ = g × (ŷ − y)/beta/N for |ŷ − y| < beta, else g × ±1/N",
        "Near 0 the gradient is the error itself, beyond beta its size stays the same.",
        reductions.smooth_l1_loss,
    ),
    "XlogyBackward0": BackwardKind("∂L/∂x = g × log(y);  ∂L/∂y = g × x/y", "The slopes of x·log(y).", smooth.x_log_y),
    "MaximumBackward0": BackwardKind(
        "∂L/∂a = g where a > b, g/2 where a = b, else 0", "Only the greater one reached the result.", choices.maximum
    ),
    "MinimumBackward0": BackwardKind(
        "∂L/∂a = g where a < b, g/2 where a = b, else 0", "Only the smaller one reached the result.", choices.minimum
    ),
    "ClampBackward1": BackwardKind(
        "∂L/∂x = g × (1 if min ≤ x ≤ max else 0)",
        "Where a bound was put in place of x, nothing comes back.",
        choices.clamp,
    ),
    "WhereBackward0": BackwardKind(
        "∂L/∂a = g where the condition holds, else 0;  ∂L/∂b = the rest",
        "Each element came from one of the two, which alone gets its gradient.",
        choices.where,
    ),
    "MaxBackward0": _GREATEST,
    "MinBackward0": _GREATEST,
    "MaxBackward1": _AMONG,
    "MinBackward1": _AMONG,
    "AmaxBackward0": _EXTREME,
    "AminBackward0": _EXTREME,
    "ProdBackward0": BackwardKind(
        "∂L/∂xᵢ = g × y/xᵢ", "Each factor gets the product of all the others.", choices.product_of_all
    ),
    "CumsumBackward0": BackwardKind(
        "∂L/∂xᵢ = gᵢ + gᵢ₊₁ + …", "A number entered its own sum and all that follow.", shapes.running_sum
    ),
    "MeanBackward1": BackwardKind(
        "∂L/∂xᵢ = g/N of the mean that xᵢ entered", "Every number had the share 1/N in its mean.", reductions.mean_along
    ),
    "RsubBackward1": BackwardKind("∂L/∂x = −g", "Subtracted from a constant: the sign turns.", elementwise.negated),
    "DivBackward1": BackwardKind("∂L/∂a = g/c", "Divided by a constant, so the gradient is too.", elementwise.quotient),
    "MvBackward0": BackwardKind(
        "∂L/∂M = g·vᵀ;  ∂L/∂v = Mᵀ·g",
        "Each weight gets the gradient of its row times the number that it met; the vector collects over all rows.",
        shapes.matrix_vector,
    ),
    "DotBackward0": BackwardKind(
        "∂L/∂a = g·b;  ∂L/∂b = g·a", "Each vector gets the other one, times the gradient.", shapes.inner
    ),
    "BmmBackward0": BackwardKind(
        "∂L/∂a = g·bᵀ;  ∂L/∂b = aᵀ·g", "Matrix products pair by pair, each as in Mm.", shapes.pairs_of_matrices
    ),
    "PermuteBackward0": BackwardKind("∂L/∂x = g with its axes put back", _MOVED, shapes.permuted),
    "TransposeBackward0": BackwardKind("∂L/∂x = gᵀ", _MOVED, shapes.swapped),
    "FlipBackward0": BackwardKind("∂L/∂x = g flipped back", _MOVED, shapes.flipped),
    "SelectBackward0": BackwardKind("∂L/∂x = g at the picked place, else 0", _PICKED, shapes.select),
    "SliceBackward0": BackwardKind("∂L/∂x = g in the picked part, else 0", _PICKED, shapes.cut),
    "IndexBackward0": BackwardKind(
        "∂L/∂xᵢ = Σ g over the places that xᵢ was put to",
        _PICKED + " What was picked twice collects twice.",
        shapes.pick,
    ),
    "ExpandBackward0": BackwardKind(
        "∂L/∂x = Σ g over the copies", "One number was used in several places; their gradients add up.", shapes.repeated
    ),
    "RepeatBackward0": BackwardKind(
        "∂L/∂x = Σ g over the copies", "One number was copied to several places; their gradients add up.", shapes.tiled
    ),
    "StackBackward0": BackwardKind(
        "∂L/∂a, ∂L/∂b = the slices of g that came from a and from b",
        "The inputs lie behind one another in the result; each gets its own slice back.",
        shapes.stacked,
    ),
    "TrilBackward0": BackwardKind("∂L/∂x = g in the lower triangle, else 0", _PICKED, choices.lower_triangle),
    "TriuBackward0": BackwardKind("∂L/∂x = g in the upper triangle, else 0", _PICKED, choices.upper_triangle),
    "TraceBackward0": BackwardKind("∂L/∂x = g on the diagonal, else 0", _PICKED, shapes.diagonal_sum),
    "SqueezeBackward4": _RESHAPE,
    "AliasBackward0": _RESHAPE,
    "ToCopyBackward0": BackwardKind("∂L/∂x = g", "Another dtype: the gradient passes unchanged.", elementwise.same),
    "CopySlices": BackwardKind(
        "∂L/∂(old numbers) = g, 0 where overwritten;  ∂L/∂(new numbers) = g where they were written",
        "Part of the tensor was changed in place: the old numbers there have no say any more, the new ones take their place.",
        shapes.overwritten,
    ),
    "CopyBackwards": BackwardKind(
        "∂L/∂(old numbers) = 0;  ∂L/∂(new numbers) = g",
        "The numbers were taken over from another tensor.",
        matrices.copied,
    ),
    "ZeroBackward0": _LOST,
    "FillBackward2": _LOST,
    "SignBackward0": BackwardKind("∂L/∂x = 0", "The sign is flat everywhere but at 0.", choices.nothing),
    "RoundBackward0": BackwardKind("∂L/∂x = 0", "Rounding is flat between its steps.", choices.nothing),
    "FloorBackward0": BackwardKind("∂L/∂x = 0", "Rounding down is flat between its steps.", choices.nothing),
    "CeilBackward0": BackwardKind("∂L/∂x = 0", "Rounding up is flat between its steps.", choices.nothing),
}

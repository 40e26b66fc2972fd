"""Updates of the optimizers without a fused form, parameter by parameter, operation by operation as torch.optim takes them on
the CPU (the functions _single_tensor_… of torch.optim, PyTorch 2.13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

Options = Mapping[str, Any]
"""A parameter group's options by name."""
Tensor = Callable[[str], str]
"""The variable that holds a tensor which the optimizer keeps of the parameter; with "" the parameter itself."""
A = "torch.ops.aten."


def rmsprop(options: Options, t: Tensor, g: str, rate: str) -> list[str]:
    """v ← α·v + (1 − α)·g²; θ ← θ − lr·g/(√v + eps), centered and with momentum if wanted."""
    alpha, v = options["alpha"], t("square_avg")
    lines = [f"{A}addcmul_({A}mul_({v}, {alpha!r}), {g}, {g}, value={1 - alpha!r})", f"root = {A}sqrt({v})"]
    if options["centered"]:
        mean = t("grad_avg")
        centered = f"{A}addcmul({v}, {mean}, {mean}, value=-1)"
        lines[1:] = [f"{A}lerp_({mean}, {g}, {1 - alpha!r})", f"root = {A}sqrt_({centered})"]
    lines.append(f"{A}add_(root, {options['eps']!r})")
    if options["momentum"] > 0:
        buffer = t("momentum_buffer")
        lines.append(f"{A}addcdiv_({A}mul_({buffer}, {options['momentum']!r}), {g}, root)")
        return [*lines, f"{A}add_({t('')}, {buffer}, alpha=-{rate})"]
    return [*lines, f"{A}addcdiv_({t('')}, {g}, root, value=-{rate})"]


def adadelta(options: Options, t: Tensor, g: str, rate: str) -> list[str]:
    """v ← ρ·v + (1 − ρ)·g²; Δ = √(u + eps)/√(v + eps)·g; u ← ρ·u + (1 − ρ)·Δ²; θ ← θ − lr·Δ."""
    rho, eps, v, u = options["rho"], options["eps"], t("square_avg"), t("acc_delta")
    return [
        f"{A}addcmul_({A}mul_({v}, {rho!r}), {g}, {g}, value={1 - rho!r})",
        f"root = {A}sqrt_({A}add({v}, {eps!r}))",
        f"move = {A}sqrt_({A}add({u}, {eps!r}))",
        f"{A}mul_({A}div_(move, root), {g})",
        f"{A}addcmul_({A}mul_({u}, {rho!r}), move, move, value={1 - rho!r})",
        f"{A}add_({t('')}, move, alpha=-{rate})",
    ]


def nadam(options: Options, t: Tensor, g: str, rate: str) -> list[str]:
    """θ ← θ − lr·((1 − μ)/(1 − Πμ)·g + μ′/(1 − Πμ·μ′)·m)/(√v̂ + eps); `mu`, `mu_next` and `product` stand for μ, μ′ and Πμ."""
    return [
        *_moments(options, t, g),
        f"root = {A}sqrt({A}div({t('exp_avg_sq')}, correction2))",
        f"{A}add_(root, {options['eps']!r})",
        f"{A}addcdiv_({t('')}, {g}, root, value=(-{rate} * (1.0 - mu) / (1.0 - product)))",
        f"{A}addcdiv_({t('')}, {t('exp_avg')}, root, value=((-{rate} * mu_next) / (1.0 - product * mu_next)))",
    ]


def nadam_counts(options: Options, t: Tensor) -> list[str]:
    """What NAdam works out from the number of steps."""
    (beta1, beta2), decay, product = options["betas"], options["momentum_decay"], t("mu_product")
    return [
        f"count = float({t('step')})",
        f"correction2 = 1 - {beta2!r} ** count",
        f"mu = {beta1!r} * (1.0 - 0.5 * (0.96 ** (count * {decay!r})))",
        f"mu_next = {beta1!r} * (1.0 - 0.5 * (0.96 ** ((count + 1) * {decay!r})))",
        f"{A}mul_({product}, mu)",
        f"product = float({product})",
    ]


def radam(options: Options, t: Tensor, g: str, rate: str) -> list[str]:
    """ρ > 5: θ ← θ − lr·r·m̂·√(1 − β₂ᵗ)/(√v + eps), else θ ← θ − lr·m̂; `rectified` stands for ρ > 5, `share` for r."""
    return [
        *_moments(options, t, g),
        f"move = {A}mul({A}div({t('exp_avg')}, correction1), {rate})",
        "if rectified:",
        f"    root = {A}add_({A}sqrt({t('exp_avg_sq')}), {options['eps']!r})",
        f"    move = {A}mul({A}mul(move, {A}mul({A}reciprocal(root), correction2 ** 0.5)), share)",
        f"{A}add_({t('')}, move, alpha=-1.0)",
    ]


def radam_counts(options: Options, t: Tensor) -> list[str]:
    """What RAdam works out from the number of steps."""
    beta1, beta2 = options["betas"]
    limit = 2 / (1 - beta2) - 1
    rest = (limit - 4) * (limit - 2)
    return [
        f"count = float({t('step')})",
        f"correction1 = 1 - {beta1!r} ** count",
        f"correction2 = 1 - {beta2!r} ** count",
        f"length = {limit!r} - 2 * count * ({beta2!r} ** count) / correction2",
        "rectified = length > 5.0",
        "share = 1.0",
        "if rectified:",
        f"    share = ((length - 4) * (length - 2) * {limit!r} / ({rest!r} * length)) ** 0.5",
    ]


def _moments(options: Options, t: Tensor, g: str) -> list[str]:
    beta1, beta2 = options["betas"]
    second = f"{A}mul_({t('exp_avg_sq')}, {beta2!r})"
    return [
        f"{A}lerp_({t('exp_avg')}, {g}, {1 - beta1!r})",
        f"{A}addcmul_({second}, {g}, {g}, value={1 - beta2!r})",
    ]


def no_counts(options: Options, t: Tensor) -> list[str]:
    """Of an optimizer whose steps are all alike."""
    return []


def arriving(options: Options, t: Tensor, g: str, rate: str, decay: str) -> list[str]:
    """The gradient as the update takes it, in the variable `slope`: turned for maximize, with weight decay."""
    lines = [f"slope = {A}neg({g})" if options["maximize"] else f"slope = {g}", f"if {decay} != 0.0:"]
    if options.get("decoupled_weight_decay"):
        return [*lines, f"    {A}mul_({t('')}, 1 - {rate} * {decay})"]
    return [*lines, f"    slope = {A}add(slope, {t('')}, alpha={decay})"]


Update = Callable[[Options, Tensor, str, str], list[str]]
Counts = Callable[[Options, Tensor], list[str]]
UNFUSED: Mapping[type[torch.optim.Optimizer], tuple[Update, Counts]] = {
    torch.optim.RMSprop: (rmsprop, no_counts),
    torch.optim.Adadelta: (adadelta, no_counts),
    torch.optim.NAdam: (nadam, nadam_counts),
    torch.optim.RAdam: (radam, radam_counts),
}
COUNTED = ("step", "mu_product")
"""What counts the steps: one for the whole group while all of it moves together."""


def unfused_update(
    kind: type[torch.optim.Optimizer],
    options: Options,
    places: Sequence[tuple[str, Tensor]],
    rates: tuple[str, str],
    together: bool,
) -> list[str]:
    """Source lines that move the parameters of a group: (variable of the gradient, its tensors) for each of them."""
    update, counts = UNFUSED[kind]
    lines: list[str] = []
    for place, (gradient, tensor) in enumerate(places):
        if place == 0 or not together:
            lines += [f"{A}add_({tensor('step')}, 1)", *counts(options, tensor)]
        lines += arriving(options, tensor, gradient, *rates)
        lines += update(options, tensor, "slope", rates[0])
    return lines

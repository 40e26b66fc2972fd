"""One number's update as a sum: what the data's gradient, the optimizer's memory and weight decay each add to it.

Each optimizer's own steps (updates.py) are linear in these three once what it divides by is known, so the split is exact.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.inspection import Part
from engine.tensors.formulas.terms import Index, Term, root, term
from engine.tensors.formulas.updates import UpdateMoment, arriving, nesterov_momenta, rectified

GRADIENT, PENALTY, MOMENTUM, DECAY, DIRECTION = "gradient", "penalty", "momentum", "decay", "direction"
Derived = tuple[tuple[str, float], ...]
Split = tuple[list[Part], Derived]


def split(kind: str, moment: UpdateMoment, index: Index) -> Split:
    """The parts of one element's update, and what follows from the optimizer's state (m̂, v̂ …).

    "gradient" is always there: that of the data's loss. "penalty" stands beside it where the weight is penalized, "momentum" where the optimizer remembers a direction, "decay" where weight decay is on. LBFGS has one part only, "direction".

    Raises:
        KeyError: no optimizer of the catalog is called `kind`.
    """
    return SPLITS[kind](moment, index)


def _part(name: str, expression: Term) -> Part:
    return Part(name, expression.text, expression.value + 0.0)  # no −0


def _pulled(moment: UpdateMoment, index: Index) -> Term | None:
    """weight_decay·θ, what coupled weight decay adds to the gradient; None where it is off."""
    decay = moment.setting("weight_decay")
    return term(decay) * term(moment.before[index]) if decay else None


def _shares(moment: UpdateMoment, index: Index, weigh: Callable[[Term], Term], memory: Term | None) -> list[Part]:
    """Data gradient, penalty and decay enter the update in one and the same way, `weigh`; the memory stands beside them."""
    parts = [_part(GRADIENT, weigh(arriving(moment, index)))]
    if moment.penalty is not None:
        own, sign = float(moment.penalty[index]), -1.0 if moment.settings.get("maximize") else 1.0
        data = term(sign * (float(moment.gradient[index]) - own))
        parts = [_part(GRADIENT, weigh(data)), _part(PENALTY, weigh(term(sign * own)))]
    if memory is not None:
        parts.append(_part(MOMENTUM, memory))
    pulled = _pulled(moment, index)
    if pulled is not None:
        past = moment.settings.get("decoupled_weight_decay")  # torch sets it for AdamW by itself
        parts.append(_part(DECAY, term(-moment.setting("lr")) * pulled if past else weigh(pulled)))
    return parts


def _sgd(moment: UpdateMoment, index: Index) -> Split:
    """v ← μ·v + (1 − dampening)·(g + λθ), in the first step v ← g + λθ; θ ← θ − lr·v, with Nesterov θ − lr·(g + λθ + μ·v)."""
    lr, momentum = moment.setting("lr"), moment.setting("momentum")
    if not momentum:
        return _shares(moment, index, lambda share: term(-lr) * share, None), ()
    first = "momentum_buffer" not in moment.old_state
    kept = term(moment.old("momentum_buffer", index))
    if moment.settings["nesterov"]:  # torch allows it without dampening only
        ahead = (1 + term(momentum)).grouped()
        memory = term(-lr) * term(momentum).squared() * kept
        return _shares(moment, index, lambda share: term(-lr) * ahead * share, memory), ()
    enters = 1.0 if first else 1 - moment.setting("dampening")
    memory = term(-lr) * momentum * kept
    if enters == 1:
        return _shares(moment, index, lambda share: term(-lr) * share, memory), ()
    return _shares(moment, index, lambda share: term(-lr) * enters * share, memory), ()


def _moments(moment: UpdateMoment, index: Index) -> tuple[Term, float, float]:
    """Adam's √v̂ + eps, and the numbers m̂ and v̂."""
    first, second = moment.betas
    m, v = float(moment.new_state["exp_avg"][index]), float(moment.new_state["exp_avg_sq"][index])
    if moment.settings.get("amsgrad"):
        v = float(moment.new_state["max_exp_avg_sq"][index])
    spread = v / (1 - second**moment.step)
    below = (root(term(spread)) + moment.setting("eps")).grouped()
    return below, m / (1 - first**moment.step), spread


def _adam(moment: UpdateMoment, index: Index) -> Split:
    """m ← β₁·m + (1 − β₁)·(g + λθ); θ ← θ − lr·m̂/(√v̂ + eps) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).

    AdamW: decay does not pass through the moments: θ ← θ − lr·λ·θ first.
    """
    lr, first = moment.setting("lr"), moment.betas[0]
    spread, m_hat, v_hat = _moments(moment, index)
    below = (term(1 - first**moment.step) * spread).grouped()
    memory = term(-lr) * first * moment.old("exp_avg", index) / below
    parts = _shares(moment, index, lambda share: term(-lr) * (1 - first) * share / below, memory)
    return parts, (("m̂", m_hat), ("v̂", v_hat))


def _rmsprop(moment: UpdateMoment, index: Index) -> Split:
    """v ← α·v + (1 − α)·(g + λθ)²; b ← μ·b + (g + λθ)/(√v + eps); θ ← θ − lr·b."""
    lr, momentum = moment.setting("lr"), moment.setting("momentum")
    square = term(moment.new_state["square_avg"][index])
    if moment.settings.get("centered"):
        square = square - term(moment.new_state["grad_avg"][index]).squared()
    below = (root(square) + moment.setting("eps")).grouped()
    memory = term(-lr) * momentum * moment.old("momentum_buffer", index) if momentum else None
    name = "√(v − mean²) + eps" if moment.settings.get("centered") else "√v + eps"
    return _shares(moment, index, lambda share: term(-lr) * share / below, memory), ((name, below.value),)


def _adagrad(moment: UpdateMoment, index: Index) -> Split:
    """s ← s + (g + λθ)²; θ ← θ − lr/(1 + (t − 1)·lr_decay)·(g + λθ)/(√s + eps)."""
    lr, slower = moment.setting("lr"), moment.setting("lr_decay")
    below = (root(term(moment.new_state["sum"][index])) + moment.setting("eps")).grouped()
    derived: Derived = (("√s + eps", below.value),)
    if slower:
        lr /= 1 + (moment.step - 1) * slower
        derived = (("lr of this step", lr), *derived)
    return _shares(moment, index, lambda share: term(-lr) * share / below, None), derived


def _adadelta(moment: UpdateMoment, index: Index) -> Split:
    """Δ = √(u + eps)/√(v + eps)·(g + λθ) with u before this step and v after it; θ ← θ − lr·Δ."""
    lr, eps = moment.setting("lr"), moment.setting("eps")
    size = root(term(moment.old("acc_delta", index)) + eps) / root(term(moment.new_state["square_avg"][index]) + eps)
    return _shares(moment, index, lambda share: term(-lr) * size * share, None), (
        ("√(u + eps)/√(v + eps)", size.value),
    )


def _nadam(moment: UpdateMoment, index: Index) -> Split:
    """θ ← θ − lr·((1 − μ)/(1 − Πμ)·g + μ′/(1 − Πμ·μ′)·m)/(√v̂ + eps), where m ← β₁·m + (1 − β₁)·g."""
    lr, first = moment.setting("lr"), moment.betas[0]
    below, _, v_hat = _moments(moment, index)
    now, ahead, product = (float(each.value) if isinstance(each, Term) else each for each in nesterov_momenta(moment))
    straight, through = (1 - now) / (1 - product), ahead / (1 - product * ahead)
    memory = term(-lr) * through * first * moment.old("exp_avg", index) / below
    weight = (term(straight) + term(through) * (1 - first)).grouped()
    parts = _shares(moment, index, lambda share: term(-lr) * weight * share / below, memory)
    return parts, (("μ", now), ("μ′", ahead), ("v̂", v_hat))


def _radam(moment: UpdateMoment, index: Index) -> Split:
    """As Adam with the step times r; while ρ ≤ 5, the spread v is not used at all: θ ← θ − lr·m̂."""
    lr, first, second = moment.setting("lr"), *moment.betas
    length, factor = rectified(moment)
    m_hat = float(moment.new_state["exp_avg"][index]) / (1 - first**moment.step)
    derived: Derived = (("m̂", m_hat), ("ρ", length))
    size = term(lr)
    if length > 5:
        square = term(moment.new_state["exp_avg_sq"][index])
        size = size * factor * (1 - second**moment.step) ** 0.5 / (root(square) + moment.setting("eps")).grouped()
        derived = (*derived, ("r", factor))
    warm = term(1 - first**moment.step)
    memory = -size * first * moment.old("exp_avg", index) / warm
    return _shares(moment, index, lambda share: -size * (1 - first) * share / warm, memory), derived


def _lbfgs(moment: UpdateMoment, index: Index) -> Split:
    """θ ← θ + Σ t·d over the iterations of the step: the directions mix the gradients of all parameters, so they are no sum of causes."""
    moved = float(moment.after[index]) - float(moment.before[index])
    evaluations = moment.setting("evaluations")
    return [Part(DIRECTION, f"Σ t·d, with the loss evaluated {evaluations:g} times", moved)], (
        ("loss evaluations", evaluations),
    )


SPLITS: dict[str, Callable[[UpdateMoment, Index], Split]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
    "nadam": _nadam,
    "radam": _radam,
    "lbfgs": _lbfgs,
}

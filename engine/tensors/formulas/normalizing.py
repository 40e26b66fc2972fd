"""Backward rules of batch and layer normalization."""

from __future__ import annotations

import numpy as np

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, dot, root, term


def batch_norm(moment: Moment, slot: int, index: Index) -> Term:
    """Slots are input, γ, β; the statistics are those of channel (axis 1) over batch and pixels."""
    channel = index[0] if slot else index[1]
    given = moment.array("input")[:, channel].astype(np.float64)
    gradient = moment.gradient[:, channel].astype(np.float64)
    if slot == 2:
        return add_up(gradient)
    middle, scale = _statistics(moment, channel)
    hats = (given - middle) * scale.value
    if slot == 1:
        return dot(gradient, hats)
    gamma = term(moment.array("weight")[channel]) if moment.has("weight") else term(1.0)
    place = (index[0], *index[2:])
    if not moment.saved.get("training", True):
        return term(gradient[place]).times(gamma * scale)
    return gamma * scale * _centred(gradient, hats, place)


def layer_norm(moment: Moment, slot: int, index: Index) -> Term:
    """Slots are input, γ, β; the statistics are those of one sample over the normalized axes."""
    given = moment.array("input").astype(np.float64)
    gradient = moment.gradient.astype(np.float64)
    ndim = len(moment.integers("normalized_shape"))
    middle, scale = moment.array("result1").astype(np.float64), moment.array("result2").astype(np.float64)
    if slot:
        place = (slice(None),) * (given.ndim - ndim) + index
        return add_up(gradient[place]) if slot == 2 else dot(gradient[place], ((given - middle) * scale)[place])
    sample = index[: len(index) - ndim]
    hats = ((given - middle) * scale)[sample]
    weighted = gradient[sample] * (moment.array("weight") if moment.has("weight") else 1.0)
    return term(float(scale[sample].reshape(-1)[0])) * _centred(weighted, hats, index[len(sample) :])


def _statistics(moment: Moment, channel: int) -> tuple[float, Term]:
    """Mean and 1/√(var + eps) of a channel: of the batch, which torch kept, or the running ones in evaluation."""
    if moment.saved.get("training", True):
        return float(moment.array("result1")[channel]), term(moment.array("result2")[channel])
    variance = term(moment.array("running_var")[channel]) + moment.number("eps" if moment.has("eps") else "epsilon")
    return float(moment.array("running_mean")[channel]), term(1.0) / root(variance)


def _centred(gradient: Numbers, hats: Numbers, place: Index) -> Term:
    """g − mean(g) − x̂·mean(g·x̂)."""
    own, mean = term(gradient[place]), term(float(gradient.mean()))
    return (own - mean - term(hats[place]) * term(float((gradient * hats).mean()))).grouped()

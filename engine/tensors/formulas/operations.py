"""What one tensor operation computes, with the numbers of its result put in. One entry per operation of the Graph Lab."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.tensors.formulas import terms
from engine.tensors.formulas.moment import Worked, at, lines, picked
from engine.tensors.formulas.operation_losses import LOSSES
from engine.tensors.formulas.operation_moment import Compute, OperationMoment
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, call, dot, exp, greatest, log, root, term, total


def _one(rule: Callable[[Term], Term]) -> Compute:
    return lambda moment, index: rule(moment.at(0, "input", index))


def _two(rule: Callable[[Term, Term], Term]) -> Compute:
    return lambda moment, index: rule(moment.at(0, "input", index), moment.at(1, "other", index))


def _named(name: str, rule: Callable[[float], float]) -> Compute:
    def compute(x: Term) -> Term:
        try:
            return call(name, rule(x.value), x)
        except (ValueError, OverflowError, ZeroDivisionError):
            return call(name, math.nan, x)

    return _one(compute)


def _power(moment: OperationMoment, index: Index) -> Term:
    base, exponent = moment.at(0, "input", index), moment.at(1, "exponent", index)
    if exponent.value == 2:
        return base.squared()
    try:
        value = base.value**exponent.value
    except (OverflowError, ZeroDivisionError):
        value = math.inf
    real = value if isinstance(value, float) else math.nan
    shown = base.text if not base.text.startswith("−") else f"({base.text})"
    return Term(f"{shown}^{exponent.text}", real, max(abs(real), base.size))


def _relu(x: Term) -> Term:
    return call("max", max(0.0, x.value), term(0.0), x)


def _silu(x: Term) -> Term:
    return x * terms.sigmoid(x)


def _leaky_relu(moment: OperationMoment, index: Index) -> Term:
    x = moment.at(0, "input", index)
    return x if x.value >= 0 else term(moment.number(1, "negative_slope", 0.01)) * x


def _elu(moment: OperationMoment, index: Index) -> Term:
    x = moment.at(0, "input", index)
    return x if x.value > 0 else term(moment.number(1, "alpha", 1.0)) * (exp(x) - 1).grouped()


def _gelu(moment: OperationMoment, index: Index) -> Term:
    x = moment.at(0, "input", index)
    if moment.keywords.get("approximate") == "tanh":
        inner = math.sqrt(2 / math.pi) * (x.value + 0.044715 * x.value**3)
        return term(0.5) * x * (1 + terms.tanh(term(inner))).grouped()
    return x * call("Φ", 0.5 * (1 + math.erf(x.value / math.sqrt(2))), x)


def _clamp(moment: OperationMoment, index: Index) -> Term:
    x = moment.at(0, "input", index)
    low, high = moment.get(1, "min"), moment.get(2, "max")
    value, text = x.value, x.text
    if low is not None:
        bound = float(np.broadcast_to(np.asarray(low), moment.output.shape)[index])
        value, text = max(value, bound), f"max({text}, {terms.show(bound)})"
    if high is not None:
        bound = float(np.broadcast_to(np.asarray(high), moment.output.shape)[index])
        value, text = min(value, bound), f"min({text}, {terms.show(bound)})"
    return Term(text, value, x.size)


def _where(moment: OperationMoment, index: Index) -> Term:
    chosen = bool(np.broadcast_to(moment.array(0, "condition"), moment.output.shape)[index])
    return moment.at(1, "input", index) if chosen else moment.at(2, "other", index)


def _extreme(name: str, choose: Callable[[float, float], float]) -> Compute:
    def compute(a: Term, b: Term) -> Term:
        return call(name, choose(a.value, b.value), a, b)

    return _two(compute)


def _axes(moment: OperationMoment) -> tuple[int, ...]:
    """The axes that a reduction takes together; all of them when none is named."""
    dims = moment.array(0).ndim
    axis = moment.get(1, "dim")
    if axis is None or isinstance(axis, np.ndarray):
        return tuple(range(dims))
    several = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(int(each) % max(dims, 1) for each in several) or tuple(range(dims))


def _gathered(moment: OperationMoment, index: Index) -> Numbers:
    """The elements that a reduction takes together for one element of its result."""
    array, gone = moment.array(0), _axes(moment)
    if array.ndim == moment.output.ndim:  # keepdim
        place = tuple(slice(None) if dim in gone else i for dim, i in enumerate(index))
    else:
        left = iter(index)
        place = tuple(slice(None) if dim in gone else next(left) for dim in range(array.ndim))
    return np.asarray(array[place]).ravel()


def _sum(moment: OperationMoment, index: Index) -> Term:
    return add_up(_gathered(moment, index))


def _mean(moment: OperationMoment, index: Index) -> Term:
    values = _gathered(moment, index)
    return add_up(values).grouped() / len(values)


def _greatest(moment: OperationMoment, index: Index) -> Term:
    return greatest([float(value) for value in _gathered(moment, index)])


def _smallest(moment: OperationMoment, index: Index) -> Term:
    values = [float(value) for value in _gathered(moment, index)]
    shown = greatest(values)
    return Term(shown.text.replace("max(", "min(", 1), min(values), shown.size, cut=shown.cut)


def _prod(moment: OperationMoment, index: Index) -> Term | None:
    values = _gathered(moment, index)
    if len(values) > terms.ALL_TERMS or not len(values):
        return None
    product = term(float(values[0]))
    for value in values[1:]:
        product = product * float(value)
    return product


def _logsumexp(moment: OperationMoment, index: Index) -> Term:
    values = _gathered(moment, index).astype(np.float64)
    text = total([exp(term(float(value))) for value in values]).text
    top = float(values.max())
    value = top + math.log(float(np.exp(values - top).sum())) if math.isfinite(top) else top
    return Term(f"log({text})", value, float(np.abs(values).max()))


def _spread(moment: OperationMoment, index: Index) -> Term | None:
    """Σ(x − mean)²/(N − correction)."""
    values = _gathered(moment, index).astype(np.float64)
    correction = moment.keywords.get("correction", 1)
    unbiased = moment.get(2, "unbiased", True) if not isinstance(moment.get(1, "dim"), bool) else moment.get(1, "dim")
    below = len(values) - (int(correction) if unbiased and isinstance(correction, int) else 0)
    if below <= 0 or len(values) > terms.ALL_TERMS:
        return None
    mean = float(values.mean())
    squares = [(term(float(value)) - mean).squared() for value in values]
    return total(squares).grouped() / below


def _std(moment: OperationMoment, index: Index) -> Term | None:
    spread = _spread(moment, index)
    return None if spread is None else root(spread)


def _norm(moment: OperationMoment, index: Index) -> Term | None:
    if moment.get(1, "p", 2) != 2:
        return None
    values = moment.array(0).ravel()
    return root(dot(values, values)) if moment.output.ndim == 0 else None


def _row(moment: OperationMoment, index: Index) -> Numbers:
    axis = int(moment.number(1, "dim", -1)) % max(moment.output.ndim, 1)
    row = moment.array(0)[tuple(slice(None) if dim == axis else i for dim, i in enumerate(index))]
    return np.atleast_1d(row)


def _softmax(moment: OperationMoment, index: Index) -> Term:
    row = _row(moment, index).astype(np.float64)
    x, top = moment.at(0, "input", index), float(row.max())
    text = f"{exp(x).text}/({total([exp(term(float(each))) for each in row]).text})"
    return Term(text, math.exp(x.value - top) / float(np.exp(row - top).sum()), 1.0)


def _log_softmax(moment: OperationMoment, index: Index) -> Term:
    row = _row(moment, index).astype(np.float64)
    x, top = moment.at(0, "input", index), float(row.max())
    text = f"{x.text} − log({total([exp(term(float(each))) for each in row]).text})"
    value = x.value - top - math.log(float(np.exp(row - top).sum()))
    return Term(text, value, max(float(np.abs(row).max()), abs(value)))


def _matmul(moment: OperationMoment, index: Index) -> Term | None:
    left, right = moment.array(0), moment.array(1)
    if not left.ndim or not right.ndim or max(left.ndim, right.ndim) > 2:
        return None
    row = left[index[0]] if left.ndim == 2 else left
    column = right[:, index[-1]] if right.ndim == 2 else right
    return dot(row, column)


def _addmm(moment: OperationMoment, index: Index) -> Term:
    """vector + left·right, as ATen orders them."""
    return dot(moment.array(1)[index[0]], moment.array(2)[:, index[1]]) + moment.at(0, "input", index)


def _outer(moment: OperationMoment, index: Index) -> Term:
    return term(moment.array(0)[index[0]]) * term(moment.array(1)[index[1]])


def _transposed(moment: OperationMoment, index: Index) -> Term | None:
    return term(moment.array(0).T[index]) if moment.array(0).ndim == len(index) else None


def _reshaped(moment: OperationMoment, index: Index) -> Term | None:
    array = moment.array(0)
    return term(array.reshape(moment.output.shape)[index]) if array.size == moment.output.size else None


def _dropout(moment: OperationMoment, index: Index) -> Term:
    x, p = moment.at(0, "input", index), moment.number(1, "p", 0.5)
    if not moment.get(2, "training", True) or p in (0, 1):
        return x if p != 1 or not moment.get(2, "training", True) else x * 0.0
    return x * 0.0 if moment.output[index] == 0 and x.value != 0 else x / (1 - term(p)).grouped()


_MATMUL = dict.fromkeys(("matmul", "mm", "mv", "dot"), _matmul)
_SHAPES = dict.fromkeys(("reshape", "view", "flatten", "unsqueeze", "squeeze", "clone", "detach"), _reshaped)
_MAX, _MIN = _extreme("max", max), _extreme("min", min)
OPERATION: dict[str, Compute] = {
    "add": _two(lambda a, b: a + b),
    "sub": _two(lambda a, b: a - b),
    "mul": _two(lambda a, b: a * b),
    "div": _two(lambda a, b: a / b),
    "pow": _power,
    "square": _one(Term.squared),
    "neg": _one(lambda x: -x),
    "exp": _one(exp),
    "expm1": _one(lambda x: exp(x) - 1),
    "log": _one(log),
    "log1p": _one(lambda x: log(1 + x)),
    "sqrt": _one(root),
    "rsqrt": _one(lambda x: term(1.0) / root(x)),
    "reciprocal": _one(lambda x: term(1.0) / x),
    "abs": _one(terms.magnitude),
    "sin": _named("sin", math.sin),
    "cos": _named("cos", math.cos),
    "erf": _named("erf", math.erf),
    "relu": _one(_relu),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "silu": _one(_silu),
    "softplus": _one(lambda x: log(1 + exp(x)) if x.value <= 20 else x),
    "gelu": _gelu,
    "tanh": _one(terms.tanh),
    "sigmoid": _one(lambda x: term(1.0) / (1 + exp(-x)).grouped()),
    "logsigmoid": _one(lambda x: log(terms.sigmoid(x)) if x.value > -30 else x),
    "clamp": _clamp,
    "where": _where,
    "maximum": _MAX,
    "minimum": _MIN,
    "sum": _sum,
    "mean": _mean,
    "prod": _prod,
    "max": _greatest,
    "min": _smallest,
    "amax": _greatest,
    "amin": _smallest,
    "logsumexp": _logsumexp,
    "var": _spread,
    "std": _std,
    "norm": _norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    **_MATMUL,
    "addmm": _addmm,
    "outer": _outer,
    "t": _transposed,
    "T": _transposed,
    "mT": _transposed,
    **_SHAPES,
    **LOSSES,
    "dropout": _dropout,
}


def work_out_operation(moment: OperationMoment, left: str) -> list[Worked]:
    """The elements of the result with their numbers put in; none for an operation without an entry."""
    compute = OPERATION.get(moment.name)
    if compute is None or not moment.output.size or moment.output.dtype == bool:
        return []
    found = []
    for index in picked(moment.output):
        worked = compute(moment, index)
        if worked is None:
            return []
        found.append(Worked(at(left, moment.output.shape, index), worked, float(moment.output[index])))
    return found


def operation_formula(moment: OperationMoment, left: str) -> str:
    """The lines to show for an operation; "" for one without numbers to put in."""
    return lines(work_out_operation(moment, left), "")

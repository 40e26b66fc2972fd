"""What can be asked of a tensor with a dot: its .grad, .shape, .grad_fn and others, as torch answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from engine.tensors.graph_walk import title
from engine.tensors.lab.trouble import TroubleError
from engine.tensors.lab.values import GradFn, describe

if TYPE_CHECKING:
    from engine.tensors.lab.evaluator import Evaluator


def attribute(evaluator: Evaluator, owner: Any, name: str, text: str) -> Any:
    if name in ("values", "indices") and isinstance(owner, tuple) and hasattr(owner, "indices"):
        return owner[0] if name == "values" else owner[1]
    if not isinstance(owner, Tensor) or name in ("values", "indices"):
        raise TroubleError(f".{name} cannot be asked of {describe(owner)}.")
    if name in ("T", "mT"):
        return evaluator.operate(name, text, lambda x: x.T if name == "T" else x.mT, (owner,), {})
    called = evaluator.recorder.names.of(owner, "result") or "result"
    if name == "grad":
        return _grad(evaluator, owner, called)
    if name == "data":
        evaluator.notes.add(
            evaluator.recorder.line,
            f"{called}.data shares its numbers with {called}, but autograd does not see what is done to them: a change before "
            "backward() can give wrong gradients without any error. Use .detach(), or with no_grad().",
        )
        data = owner.data
        evaluator.recorder.names.give(data, f"{called}.data")
        return data
    if name == "grad_fn":
        return None if owner.grad_fn is None else GradFn(title(owner.grad_fn))
    return {
        "shape": owner.shape,
        "dtype": owner.dtype,
        "ndim": owner.ndim,
        "is_leaf": owner.is_leaf,
        "requires_grad": owner.requires_grad,
        "retains_grad": owner.retains_grad,
    }[name]


def _grad(evaluator: Evaluator, owner: Tensor, called: str) -> Tensor | None:
    if not owner.is_leaf and not owner.retains_grad:
        evaluator.notes.add(
            evaluator.recorder.line,
            f"{called} is no leaf: autograd does not keep its .grad, so it is None. Call {called}.retain_grad() before "
            "backward() to see it.",
        )
        return None
    grad = owner.grad
    if grad is not None:
        evaluator.recorder.names.give(grad, f"{called}.grad")
    return grad

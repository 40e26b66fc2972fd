"""Short ways to ask what an evaluation came to."""

from __future__ import annotations

import numpy as np

from engine.inspection import LabError, LabView
from engine.tensors.lab import evaluate
from engine.views import Array


def run(text: str) -> LabView:
    """Evaluate without drawing the graph."""
    return evaluate(text, draw=False)


def clean(text: str) -> LabView:
    """Evaluate a text in which nothing may go wrong."""
    view = run(text)
    assert view.errors == (), view.errors
    return view


def value(view: LabView, name: str) -> Array:
    return next(each.value.values for each in view.tensors if each.name == name)


def grad(view: LabView, name: str) -> Array | None:
    found = next(each.grad for each in view.tensors if each.name == name)
    return None if found is None else found.values


def close(view: LabView, name: str, expected: object, digits: float = 6e-5) -> bool:
    """Whether the value of a name is what figures.md gives, to the digits given there."""
    return bool(np.allclose(value(view, name), np.asarray(expected), rtol=0, atol=digits))


def grad_close(view: LabView, name: str, expected: object, digits: float = 6e-5) -> bool:
    found = grad(view, name)
    return found is not None and bool(np.allclose(found, np.asarray(expected), rtol=0, atol=digits))


def only_error(text: str) -> LabError:
    view = run(text)
    assert len(view.errors) == 1, (text, view.errors)
    return view.errors[0]

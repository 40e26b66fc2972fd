"""The words of the language → the functions of torch that they stand for. What is not here cannot be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.lab.words import FUNCTIONS, TENSOR_METHODS

_HOMES = {"torch": torch, "functional": functional}
_OWN_METHODS = ("backward", "retain_grad", "item", "tolist", "size", "dim", "numel")
"""Methods that are no operation of their own on the tape."""

CALLS: dict[str, Callable[..., Any]] = {
    name: getattr(_HOMES[word.home], name) for name, word in FUNCTIONS.items() if word.home in _HOMES
}
METHOD_CALLS: dict[str, Callable[..., Any]] = {name: getattr(Tensor, name) for name in TENSOR_METHODS}
PLAIN_METHODS = frozenset(_OWN_METHODS)
DTYPES: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "float": torch.float32,
    "float64": torch.float64,
    "double": torch.float64,
    "int64": torch.int64,
    "long": torch.int64,
    "int32": torch.int32,
    "int": torch.int32,
    "bool": torch.bool,
}
SIGNS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "+": ("add", lambda a, b: a + b),
    "-": ("sub", lambda a, b: a - b),
    "*": ("mul", lambda a, b: a * b),
    "/": ("div", lambda a, b: a / b),
    "**": ("pow", lambda a, b: a**b),
    "@": ("matmul", lambda a, b: a @ b),
    "<": ("lt", lambda a, b: a < b),
    "<=": ("le", lambda a, b: a <= b),
    ">": ("gt", lambda a, b: a > b),
    ">=": ("ge", lambda a, b: a >= b),
    "==": ("eq", lambda a, b: a == b),
    "!=": ("ne", lambda a, b: a != b),
}
"""An operator's name on the tape, and what it does to tensors."""
IN_PLACE: dict[str, Callable[[Tensor, Any], Any]] = {
    "+": Tensor.__iadd__,
    "-": Tensor.__isub__,
    "*": Tensor.__imul__,
    "/": Tensor.__itruediv__,
    "**": Tensor.__ipow__,
}
OTHER_NAMES = {"absolute": "abs", "multiply": "mul", "subtract": "sub", "divide": "div"}
"""Names for the same operation on the tape."""

"""The same text as plain Python and PyTorch: what the lab must come to."""

from __future__ import annotations

import builtins
import contextlib
import io
import math
import traceback
import warnings
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.lab.words import CRITERIA, FUNCTIONS, OPTIMIZERS


def _jacobian(output: Tensor, given: Tensor) -> Tensor:
    rows = [
        torch.autograd.grad(each, given, retain_graph=True, allow_unused=True)[0]
        for each in output.reshape(-1).unbind()
    ]
    filled = [torch.zeros_like(given) if row is None else row for row in rows]
    return torch.stack(filled).reshape(*output.shape, *given.shape)


def _names() -> dict[str, Any]:
    names: dict[str, Any] = {
        word.name: getattr(functional if word.home == "functional" else torch, word.name)
        for word in FUNCTIONS.values()
        if word.home != "lab"
    }
    names |= {name: getattr(torch.nn, name) for name in CRITERIA}
    names |= {name: getattr(torch.optim, name) for name in OPTIMIZERS}
    names |= {"float32": torch.float32, "float64": torch.float64, "long": torch.long, "double": torch.double}
    names |= {"torch": torch, "F": functional, "nn": torch.nn, "no_grad": torch.no_grad, "pi": math.pi, "inf": math.inf}
    return names | {"manual_seed": torch.manual_seed, "jacobian": _jacobian}


@dataclass
class Plain:
    """What Python came to: values by name, what was printed, and the line and words of the error."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    printed: str = ""
    line: int = 0
    words: str = ""


def run_plain(text: str) -> Plain:
    names = _names()
    given = set(names)
    done, out = Plain(), io.StringIO()
    with (
        torch.random.fork_rng(devices=[]),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
    ):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            exec(compile(text, "text", "exec"), {"__builtins__": builtins, **names}, scope := dict(names))
        except Exception as error:  # noqa: BLE001 - whatever the text raises is what the lab must tell
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "text"]
            done.line, done.words = frames[-1].lineno or 0, str(error)
        done.tensors = {
            name: value
            for name, value in scope.items()
            if isinstance(value, Tensor) and (name not in given or value is not names[name])
        }
    done.printed = out.getvalue()
    return done

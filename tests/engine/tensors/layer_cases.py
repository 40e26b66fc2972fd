"""Every layer in several settings, with a shape (batch left out) that it takes, and the same thing in plain torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.catalog import LAYERS

Values = Mapping[str, object]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A layer of this kind with these values at which a tensor of this shape arrives."""

    kind: str
    values: Values
    shape: Shape

    @property
    def name(self) -> str:
        return ",".join((self.kind, *(f"{key}={value}" for key, value in self.values.items())))


_SETTINGS: dict[str, tuple[Shape, tuple[Values, ...]]] = {
    "linear": ((6,), ({}, {"bias": False, "out_features": 3})),
    "embedding": ((4,), ({}, {"padding_idx": 2}, {"scale_grad_by_freq": True, "embedding_dim": 3})),
    "conv1d": (
        (2, 9),
        ({}, {"stride": 2, "padding": 1, "dilation": 2, "bias": False}, {"padding": 1, "padding_mode": "circular"}),
    ),
    "conv2d": (
        (2, 7, 6),
        (
            {"out_channels": 3},
            {"stride": 2, "padding": 1, "groups": 2, "bias": False},
            {"padding": 2, "padding_mode": "reflect", "out_channels": 3},
            {"padding": 1, "padding_mode": "replicate", "out_channels": 3},
        ),
    ),
    "max_pool1d": ((2, 9), ({}, {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}, {"ceil_mode": True})),
    "max_pool2d": ((2, 7, 7), ({}, {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}, {"ceil_mode": True})),
    "avg_pool1d": ((2, 9), ({}, {"kernel_size": 3, "padding": 1, "count_include_pad": False}, {"ceil_mode": True})),
    "avg_pool2d": (
        (2, 7, 7),
        (
            {},
            {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
            {"ceil_mode": True},
            {"divisor_override": 3},
        ),
    ),
    "adaptive_avg_pool1d": ((2, 9), ({}, {"output_size": 4})),
    "adaptive_avg_pool2d": ((2, 7, 6), ({}, {"output_size": 4})),
    "rnn": ((5, 3), ({}, {"nonlinearity": "relu", "output": "all steps"}, {"num_layers": 2, "dropout": 0.3})),
    "lstm": ((5, 3), ({}, {"bidirectional": True}, {"hidden_size": 5, "proj_size": 2, "output": "all steps"})),
    "gru": ((5, 3), ({}, {"bidirectional": True, "num_layers": 2}, {"bias": False, "output": "all steps"})),
    "relu": ((6,), ({},)),
    "leaky_relu": ((6,), ({}, {"negative_slope": 0.3})),
    "elu": ((6,), ({}, {"alpha": 0.4})),
    "gelu": ((6,), ({}, {"approximate": "tanh"})),
    "silu": ((6,), ({},)),
    "tanh": ((6,), ({},)),
    "sigmoid": ((6,), ({},)),
    "softmax": ((6,), ({}, {"dim": -1})),
    "log_softmax": ((6,), ({}, {"dim": -1})),
    "batch_norm1d": (
        (6,),
        ({}, {"momentum": None, "eps": 1e-3}, {"affine": False}, {"track_running_stats": False}),
    ),
    "batch_norm2d": ((2, 4, 3), ({}, {"affine": False, "momentum": None}, {"track_running_stats": False})),
    "layer_norm": ((2, 6), ({}, {"normalized_shape": 6, "bias": False}, {"elementwise_affine": False})),
    "dropout": ((6,), ({}, {"p": 0.2})),
    "flatten": ((2, 3, 4), ({}, {"start_dim": 2}, {"end_dim": -2})),
    "reshape": ((2, 3, 4), ({}, {"shape": (4, -1)}, {"shape": (1, 4, 6)})),
    "identity": ((6,), ({},)),
    "add": ((6,), ({},)),
    "concat": ((6,), ({}, {"dim": -1})),
}

CASES = tuple(Case(kind, values, shape) for kind, (shape, settings) in _SETTINGS.items() for values in settings)


def arriving(case: Case, rows: int = 4, seed: int = 1) -> Tensor:
    """Random values; whole numbers where they are looked up in a table."""
    generator = torch.Generator().manual_seed(seed)
    if case.kind == "embedding":
        return torch.randint(0, 10, (rows, *case.shape), generator=generator).float()
    return torch.randn(rows, *case.shape, generator=generator)


def plain(kind: str, arguments: Mapping[str, Any]) -> tuple[nn.Module | None, Callable[..., Tensor]]:
    """The module of torch.nn, if there is one, and how it is called, written without Chainrule."""
    given = dict(arguments)
    if kind == "reshape":
        return None, lambda x: x.reshape(len(x), *given["shape"])
    if kind == "add":
        return None, lambda *x: sum(x[1:], x[0])
    if kind == "concat":
        return None, lambda *x: torch.cat(x, given["dim"])
    if kind in ("rnn", "lstm", "gru"):
        output = given.pop("output")
        recurrent = getattr(nn, kind.upper())(**given, batch_first=True)
        half = (given.get("proj_size") or given["hidden_size"]) if given["bidirectional"] else None

        def walk(x: Tensor) -> Tensor:
            steps: Tensor = recurrent(x)[0]
            if output == "all steps":
                return steps
            return steps[:, -1] if half is None else torch.cat((steps[:, -1, :half], steps[:, 0, half:]), 1)

        return recurrent, walk
    module: nn.Module = getattr(nn, LAYERS[kind].title)(**given)
    if kind == "embedding":
        return module, lambda x: module(x.long())
    return module, module

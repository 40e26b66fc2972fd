"""A gradient as a program of its own: plain torch, no file, no Chainrule; runs as pasted and prints the number."""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from engine.exporters.script_model import attribute_names, network_source
from engine.exporters.script_training import loss_source, penalized_source, penalty_source
from engine.tensors.copies import StepCopy

if TYPE_CHECKING:
    from engine.tensors.train import Run

READABLE = 300
"""Up to this many numbers (weights, batch and masks together) they are written out; more are packed."""


def snippet(run: Run, step: StepCopy, masks: Mapping[str, Tensor], parameter: str, index: tuple[int, ...]) -> str:
    """The source. `step` holds weights and batch before the update, `masks` what its dropout layers drew."""
    project, report = run.project, run.report
    names = attribute_names(project.network)
    held = {_attribute(names, name): value for name, value in step.network.named_parameters()}
    scales = {names[layer]: _scales(mask, step.network.layer(layer).p) for layer, mask in masks.items()}  # type: ignore[arg-type]
    size = sum(value.numel() for value in (*held.values(), step.x, step.y)) + sum(each.size for each in scales.values())
    write = _literal if size <= READABLE else _packed
    loss = loss_source(project, report, device="")
    place = ", ".join(map(str, index))
    lines = [
        f"# The gradient of {parameter}[{place}] in one step of “{_plain(project.name)}”, in plain torch.",
        *([_ELSEWHERE] if run.device.type != "cpu" else []),
        *([] if write is _literal else ["import base64", "import zlib", ""]),
        "import torch",
        "from torch import nn",
        "",
        f"torch.set_num_threads({run.threads})",
        "",
        "",
        *network_source(project.network, report, by_hand=False),
        "",
        "",
        *([] if write is _literal else _UNPACK),
        "network = Network()",
        "with torch.no_grad():",
    ]
    for name, value in held.items():
        lines += _statement(f"    network.{name}.copy_(", write(_array(value)), ")")
    for name, scale in scales.items():
        lines += [
            "# What dropout drew in this very step: 0, or 1/(1 - p).",
            *_statement(f"{name}_scale = ", write(scale)),
        ]
        lines.append(f"network.{name}.forward = lambda x, scale={name}_scale: x * scale")
    lines += [
        *_statement("x = ", write(_array(step.x))),
        *_statement("y = ", write(_array(step.y))),
        "",
        f"loss = {loss}(network(x), y)",
        *([*penalized_source(project), f"loss = loss + ({penalty})"] if (penalty := penalty_source(project)) else []),
        "loss.backward()",
        f"print(network.{_attribute(names, parameter)}.grad[{place}].item())",
        "",
    ]
    return "\n".join(lines)


_ELSEWHERE = "# The run computes on a GPU; this runs on the CPU, where the last digits can differ."
_UNPACK = [
    "def numbers(text, dtype, *shape):",
    '    """The tensor that is packed in the text: zlib, then base 85."""',
    "    data = bytearray(zlib.decompress(base64.b85decode(text)))",
    "    return torch.frombuffer(data, dtype=dtype).reshape(shape)",
    "",
    "",
]


def _statement(before: str, value: str, after: str = "") -> list[str]:
    return f"{before}{value}{after}".split("\n")


def _literal(array: np.ndarray) -> str:
    text = _nested(array)
    wrapped = textwrap.wrap(f"torch.tensor({text})", 110, subsequent_indent=" " * 8, break_long_words=False)
    return "\n".join(wrapped)


def _nested(array: np.ndarray) -> str:
    if array.ndim:
        return f"[{', '.join(_nested(part) for part in array)}]"
    if array.dtype != np.float32:
        return str(array.item())
    # The fewest digits that torch.tensor turns into the same float32; for inf and nan Python needs a call.
    short = str(array[()])
    if not np.isfinite(array):
        return f'float("{short}")'
    return short if np.float32(float(short)) == array else repr(float(array))


def _packed(array: np.ndarray) -> str:
    text = base64.b85encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    shape = "".join(f", {size}" for size in array.shape)
    pieces = "\n".join(f'        "{text[start : start + 100]}"' for start in range(0, len(text), 100))
    return f"numbers(\n{pieces},\n        torch.{array.dtype}{shape})"


def _scales(mask: Tensor, p: float) -> np.ndarray:
    found: np.ndarray = mask.cpu().numpy() * np.float32(1 / (1 - p))
    return found.astype(np.float32)


def _array(tensor: Tensor) -> np.ndarray:
    found: np.ndarray = tensor.detach().cpu().numpy()
    return found


def _attribute(names: Mapping[str, str], parameter: str) -> str:
    layer, _, own = parameter.rpartition(".")
    return f"{names[layer]}.{own}"


def _plain(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())

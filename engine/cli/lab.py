"""`chainrule lab`: run Graph Lab text and print what it printed, its tensors and its errors."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from engine.cli.driver import Driver
from engine.errors import AppError
from engine.files import read_file
from engine.inspection import LabError, LabTensor, LabView
from engine.lab.templates import template, templates
from engine.views import Failure, RunStatus, TensorView

_MOST_BYTES = 1_000_000
_MOST_VALUES = 8


def lab(options: argparse.Namespace) -> int:
    """Exit code 1 when a line was refused or raised."""
    if options.templates:
        sys.stdout.write("\n".join(f"{each.name:<40} {each.title}" for each in templates()) + "\n")
        return 0
    if options.file is None:
        options.parser.error("give the FILE with the text, - for standard input, or the name of a template")
    source = _read(options.file)
    with Driver(_ignore, _whisper) as driver:
        view = driver.lab(source)
    sys.stdout.write(
        (json.dumps(lab_json(view), ensure_ascii=False, allow_nan=False) if options.json else lab_text(view)) + "\n"
    )
    if not options.json:
        for error in view.errors:
            _whisper(f"chainrule: {error_text(error)}")
    return 1 if view.errors else 0


def lab_json(view: LabView) -> dict[str, Any]:
    """Numbers are exact; one that is not finite is the text "nan", "inf" or "-inf"."""
    return {
        "tensors": {each.name: _tensor_json(each) for each in view.tensors},
        "values": dict(view.values),
        "printed": [text for _, text in view.printed],
        "errors": [
            {"line": error.line, "text": " ".join(filter(None, (error.text, error.why)))} for error in view.errors
        ],
        "notes": [{"line": line, "text": text} for line, text in view.notes],
    }


def lab_text(view: LabView) -> str:
    """What was printed, then one line per name, then the notes."""
    lines = [text for _, text in view.printed]
    if lines and (view.tensors or view.values):
        lines.append("")
    lines += [_tensor_text(each) for each in view.tensors]
    lines += [f"{name} = {text}" for name, text in view.values]
    lines += [f"note, line {line}: {text}" for line, text in view.notes]
    return "\n".join(lines)


def error_text(error: LabError) -> str:
    """The sentence for standard error; it begins with the line."""
    return " ".join(filter(None, (f"line {error.line}: {error.text}", error.why)))


def _read(name: str) -> str:
    if name == "-":
        content = sys.stdin.buffer.read(_MOST_BYTES + 1)
    elif not Path(name).exists() and any(each.name == name for each in templates()):
        return template(name).text
    else:
        content = read_file(name, _MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = "The text is not UTF-8."
        raise AppError(Failure(what, "It holds bytes that are no characters.", "Save it as UTF-8 text.")) from error


def _tensor_json(tensor: LabTensor) -> dict[str, Any]:
    value = tensor.value
    return {
        "value": _plain(value.values.tolist()),
        "grad": None if tensor.grad is None else _plain(tensor.grad.values.tolist()),
        "leaf": value.is_leaf,
        "requires_grad": value.requires_grad,
        "grad_fn": value.grad_fn or None,
        "dtype": value.dtype,
        "shape": list(value.shape),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _tensor_text(tensor: LabTensor) -> str:
    value = tensor.value
    parts = ["leaf" if value.is_leaf else value.grad_fn or "computed"]
    if value.requires_grad:
        parts.append("requires grad")
    grad = "" if tensor.grad is None else f"   .grad {_numbers(tensor.grad)}"
    return f"{tensor.name} {_numbers(value)}{grad}   ({', '.join(parts)})"


def _numbers(view: TensorView) -> str:
    flat = view.values.ravel().tolist()
    shown = " ".join(f"{each:.6g}" if isinstance(each, float) else str(each) for each in flat[:_MOST_VALUES])
    more = f" … {len(flat):,} values" if len(flat) > _MOST_VALUES else ""
    return f"{'' if not view.shape else str(view.shape) + ' '}= {shown}{more}"


def _whisper(text: str) -> None:
    sys.stderr.write(text + "\n")


def _ignore(_: RunStatus) -> None:
    """Nobody looks at the status of something this short."""

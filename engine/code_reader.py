"""Reads `nn.Sequential(…)` out of Python text: parsed with `ast`, never run. What is not plainly a chain of layers is refused.

Accepted: `nn.Sequential(nn.Linear(2, 8), nn.Tanh(), …)`, positional, with an OrderedDict or nested; `torch.nn.Linear` and bare `Linear`;
numbers, truth values, texts, tuples of equal numbers, arithmetic of numbers, and names that were given such a value above.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from engine import edits
from engine.catalog import LAYERS
from engine.catalog.layers import LayerEntry
from engine.edits import NODE_STEP
from engine.errors import EditError
from engine.fields import FieldError
from engine.reserved import is_reserved
from engine.spec import INPUT_ID, OUTPUT_ID, LinkSpec, NetworkSpec, NodeSpec, ProjectSpec

MOST_CHARACTERS = 200_000
MOST_LAYERS = 1000
_IGNORED = frozenset({"inplace", "device", "dtype"})
"""Arguments that change no number: they may stand there and are left out."""
_BY_TITLE: dict[str, LayerEntry] = {
    entry.torch_name.rpartition(".")[2]: entry for entry in LAYERS if entry.torch_name.startswith("torch.nn.")
}
_SIGNS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """One layer of the text: its entry, what was given, the name it has there ("" for none)."""

    entry: LayerEntry
    values: Mapping[str, object]
    name: str = ""
    line: int = 0


def is_code(text: str) -> bool:
    """Whether a text is worth being read as code."""
    return "Sequential(" in text and len(text) <= MOST_CHARACTERS


def build(project: ProjectSpec, text: str) -> ProjectSpec:
    """The project with the network that the text describes, from left to right, between the data and the loss.

    Raises:
        EditError: with the line, what was not understood, and what can be written instead. Nothing is built by halves.
    """
    layers = read(text)
    nodes: list[NodeSpec] = []
    taken: set[str] = set()
    for place, layer in enumerate(layers, start=1):
        try:
            choice = layer.entry.choose(layer.values)
        except FieldError as error:
            raise _trouble(layer.line, f"{layer.entry.title}: {error}", "Correct the number.") from error
        name = _free(layer, taken)
        taken.add(name)
        nodes.append(NodeSpec(name, choice, place * NODE_STEP, 0.0))
    ends = [replace(project.network.node(end), y=0.0) for end in (INPUT_ID, OUTPUT_ID)]
    first, last = replace(ends[0], x=0.0), replace(ends[1], x=(len(nodes) + 1) * NODE_STEP)
    chain = (first, *nodes, last)
    links = tuple(LinkSpec(a.id, b.id) for a, b in pairwise(chain))
    return edits.with_network(project, NetworkSpec(chain, links))


def read(text: str) -> tuple[ReadLayer, ...]:
    """The layers of the one Sequential in the text, in order. Raises EditError as `build` does."""
    if len(text) > MOST_CHARACTERS:
        raise EditError(f"The code is longer than {MOST_CHARACTERS:,} characters: paste the nn.Sequential alone.")
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _trouble(line, "this is not Python that can be read.", "Copy the whole nn.Sequential(…).") from error
    names: dict[str, object] = {}
    found: list[ast.Call] = []
    for statement in tree.body:
        value = statement.value if isinstance(statement, (ast.Assign, ast.Expr)) else None
        if isinstance(value, ast.Call) and _called(value) == "Sequential":
            found.append(value)
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names[statement.targets[0].id] = _value(statement.value, names)
        elif not isinstance(statement, (ast.Import, ast.ImportFrom)) and not _is_text(statement):
            raise _trouble(
                statement.lineno, "only imports, numbers and one nn.Sequential are read.", "Leave the rest out."
            )
    if len(found) != 1:
        raise EditError(
            f"The code holds {len(found) or 'no'} nn.Sequential(…): exactly one is needed to build a network from it."
        )
    layers = tuple(_layers(found[0], names))
    if not layers or len(layers) > MOST_LAYERS:
        raise EditError(f"The nn.Sequential holds {len(layers):,} layers: 1 to {MOST_LAYERS:,} can be built.")
    return layers


def _layers(call: ast.Call, names: Mapping[str, object]) -> list[ReadLayer]:
    """The layers in order; those of a Sequential inside stand where it stood."""
    found: list[ReadLayer] = []
    for name, part in _parts(call):
        title = _called(part)
        if title == "Sequential":
            assert isinstance(part, ast.Call)
            found += _layers(part, names)
            continue
        if title not in _BY_TITLE or not isinstance(part, ast.Call):
            raise _unknown(part, title)
        entry = _BY_TITLE[title]
        found.append(ReadLayer(entry, _arguments(part, entry, names), name, part.lineno))
    return found


def _parts(call: ast.Call) -> list[tuple[str, ast.expr]]:
    """The parts of a Sequential with their names, "" where they have none."""
    if call.keywords or any(isinstance(part, ast.Starred) for part in call.args):
        raise _trouble(call.lineno, "nn.Sequential takes its layers one after the other.", "Write them out.")
    if len(call.args) == 1 and _called(call.args[0]) == "OrderedDict":
        inner = call.args[0]
        assert isinstance(inner, ast.Call)
        pairs = inner.args[0] if len(inner.args) == 1 else None
        if isinstance(pairs, (ast.List, ast.Tuple)):
            named = [pair for pair in pairs.elts if isinstance(pair, ast.Tuple) and len(pair.elts) == 2]
            keys = [pair.elts[0] for pair in named]
            if len(named) == len(pairs.elts) and all(
                isinstance(key, ast.Constant) and isinstance(key.value, str) for key in keys
            ):
                return [(key.value, pair.elts[1]) for key, pair in zip(keys, named, strict=True)]  # type: ignore[attr-defined]
        raise _trouble(inner.lineno, "an OrderedDict is read as a list of (name, layer).", "Write it so.")
    return [("", part) for part in call.args]


def _arguments(call: ast.Call, entry: LayerEntry, names: Mapping[str, object]) -> dict[str, object]:
    order = [field.name for field in entry.fields]
    given: dict[str, object] = {}
    if len(call.args) > len(order):
        raise _trouble(call.lineno, f"{entry.title} takes at most {len(order)} arguments here.", "Leave the rest out.")
    for name, part in zip(order, call.args, strict=False):
        given[name] = _value(part, names)
    for argument in call.keywords:
        if argument.arg in _IGNORED:
            continue
        if argument.arg == "batch_first" and entry.group == "Sequence":
            if _value(argument.value, names) is not True:
                raise _trouble(call.lineno, f"{entry.title} is read with batch_first=True only.", "Write it so.")
            continue
        if argument.arg not in order or argument.arg in given:
            raise _trouble(
                call.lineno, f"{entry.title} has no argument {argument.arg} here.", f"It has {', '.join(order)}."
            )
        given[argument.arg] = _value(argument.value, names)
    return {name: _plain(value) for name, value in given.items()}


def _value(part: ast.expr, names: Mapping[str, object]) -> object:
    """A constant, worked out without running anything."""
    if isinstance(part, ast.Constant) and isinstance(part.value, (int, float, bool, str, type(None))):
        return part.value
    if isinstance(part, ast.Name) and part.id in names:
        return names[part.id]
    if isinstance(part, (ast.Tuple, ast.List)) and len(part.elts) <= 8:
        return tuple(_value(each, names) for each in part.elts)
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        return _number(operator.neg, part, _value(part.operand, names))
    if isinstance(part, ast.BinOp) and type(part.op) in _SIGNS:
        return _number(_SIGNS[type(part.op)], part, _value(part.left, names), _value(part.right, names))
    raise _trouble(part.lineno, "a plain number is expected here.", "Write the number itself.")


def _number(rule: Callable[..., object], part: ast.expr, *values: object) -> object:
    if not all(isinstance(value, (int, float)) and abs(value) < 1e12 for value in values):
        raise _trouble(part.lineno, "only numbers of a usual size are reckoned with.", "Write the number itself.")
    try:
        return rule(*values)
    except (ArithmeticError, ValueError) as error:
        raise _trouble(part.lineno, "this cannot be worked out.", "Write the number itself.") from error


def _plain(value: object) -> object:
    """(3, 3) as 3: windows are square here. Other tuples stay as they are and are refused by their field."""
    if isinstance(value, tuple) and value and all(each == value[0] for each in value):
        return value[0]
    return value


def _called(part: ast.expr) -> str:
    """The last name of a call such as torch.nn.Linear(…) or Linear(…); "" for anything else."""
    function = part.func if isinstance(part, ast.Call) else None
    if isinstance(function, ast.Attribute):
        owner = ast.unparse(function.value)
        return function.attr if owner in ("nn", "torch.nn", "collections") else ""
    return function.id if isinstance(function, ast.Name) else ""


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _free(layer: ReadLayer, taken: set[str]) -> str:
    """The name of the text where it can be one, else the kind with a number."""
    name = layer.name
    sound = name.isidentifier() and name.isascii() and len(name) <= 40 and not keyword.iskeyword(name)
    if sound and name not in taken and name not in edits.ENDS and not is_reserved(name):
        return name
    return next(free for number in range(1, MOST_LAYERS + 2) if (free := f"{layer.entry.kind}_{number}") not in taken)


def _unknown(part: ast.expr, title: str) -> EditError:
    near = difflib.get_close_matches(title, _BY_TITLE, 1) if title else []
    hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_BY_TITLE)}."
    return _trouble(part.lineno, f"there is no layer “{title or ast.unparse(part)[:40]}” here.", hint)


def _trouble(line: int, what: str, todo: str) -> EditError:
    return EditError(f"Line {line} of the code: {what} {todo}")

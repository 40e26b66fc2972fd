"""What the lab says to Python that is not part of its language: what it is, and what to write instead."""

from __future__ import annotations

import ast
import difflib

from engine.lab.words import ATTRIBUTES, FUNCTIONS, METHODS


class RefusedError(Exception):
    """A place in the text that is not part of the language."""

    def __init__(self, line: int, text: str, instead: str = "") -> None:
        super().__init__(text)
        self.line, self.text, self.instead = line, text, instead


_PRINT = 'Write print("w =", w): the texts and values one after the other.'
_SELECT = "To choose between values write where(condition, a, b)."
_NO_CODE = "The lab only computes with tensors; write the computation line by line."
KINDS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Import: (
        "Imports are neither needed nor possible.",
        "tensor, relu, SGD and the others are already known; leave the line out.",
    ),
    ast.ImportFrom: (
        "Imports are neither needed nor possible.",
        "tensor, relu, SGD and the others are already known; leave the line out.",
    ),
    ast.FunctionDef: ("Functions cannot be defined here.", _NO_CODE),
    ast.AsyncFunctionDef: ("Functions cannot be defined here.", _NO_CODE),
    ast.ClassDef: ("Classes cannot be defined here.", _NO_CODE),
    ast.Lambda: ("lambda is not part of the lab's language.", "Write the expression where it is needed."),
    ast.ListComp: ("List comprehensions are not part of the lab's language.", "Write the list out, or use arange(…)."),
    ast.SetComp: ("Comprehensions are not part of the lab's language.", "Write the list out, or use arange(…)."),
    ast.DictComp: ("Comprehensions are not part of the lab's language.", "Write the list out, or use arange(…)."),
    ast.GeneratorExp: ("Comprehensions are not part of the lab's language.", "Write the list out, or use arange(…)."),
    ast.Dict: ("Dictionaries are not part of the lab's language.", "Give every value a name of its own."),
    ast.Set: ("Sets are not part of the lab's language.", "Write a list in square brackets."),
    ast.JoinedStr: ("f-strings are not part of the lab's language.", _PRINT),
    ast.NamedExpr: (
        "Assignment inside an expression (:=) is not part of the lab's language.",
        "Give the value a name on a line before.",
    ),
    ast.Starred: ("A star that unpacks is not part of the lab's language.", "Write the values out."),
    ast.IfExp: ("if … else … is not part of the lab's language.", _SELECT),
    ast.If: ("if is not part of the lab's language.", _SELECT),
    ast.While: ("while is not part of the lab's language.", "Write for i in range(10): and the lines below it."),
    ast.AsyncFor: ("async is not part of the lab's language.", "Write for i in range(10):."),
    ast.AsyncWith: ("async is not part of the lab's language.", "Write with no_grad():."),
    ast.Await: ("await is not part of the lab's language.", _NO_CODE),
    ast.Yield: ("yield is not part of the lab's language.", _NO_CODE),
    ast.YieldFrom: ("yield is not part of the lab's language.", _NO_CODE),
    ast.Return: (
        "return has no meaning here: there are no functions.",
        "Write the value on a line of its own to see it.",
    ),
    ast.Try: (
        "try is not part of the lab's language.",
        "An error stops the lab and is explained; nothing needs to be caught.",
    ),
    ast.Raise: ("raise is not part of the lab's language.", _NO_CODE),
    ast.Assert: ("assert is not part of the lab's language.", "Print both sides: print(a, b)."),
    ast.Delete: ("del is not part of the lab's language.", "A name can simply be given another value."),
    ast.Global: ("global is not part of the lab's language.", _NO_CODE),
    ast.Nonlocal: ("nonlocal is not part of the lab's language.", _NO_CODE),
    ast.Break: ("break is not part of the lab's language.", "Choose the number of rounds in range(…)."),
    ast.Continue: ("continue is not part of the lab's language.", "Choose the number of rounds in range(…)."),
    ast.Match: ("match is not part of the lab's language.", _SELECT),
    ast.AnnAssign: ("Type annotations are not part of the lab's language.", "Write name = value."),
    ast.BoolOp: ("and/or are not part of the lab's language.", "Multiply conditions: (x > 0) * (x < 1)."),
}
OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.FloorDiv: ("// is not part of the lab's language.", "Write floor(a / b)."),
    ast.Mod: ("% is not part of the lab's language.", "Write a - b * floor(a / b)."),
    ast.LShift: ("<< is not part of the lab's language.", "Write a * 2**b."),
    ast.RShift: (">> is not part of the lab's language.", "Write a / 2**b."),
    ast.BitAnd: ("& is not part of the lab's language.", "Multiply conditions: (x > 0) * (x < 1)."),
    ast.BitOr: ("| is not part of the lab's language.", "Add conditions: (x < 0) + (x > 1)."),
    ast.BitXor: ("^ is not part of the lab's language.", "A power is written x**2."),
    ast.Not: ("not is not part of the lab's language.", "Write condition == False."),
    ast.Invert: ("~ is not part of the lab's language.", "Write condition == False."),
    ast.Is: ("is is not part of the lab's language.", "Write ==, or print the value to see whether it is None."),
    ast.IsNot: ("is not is not part of the lab's language.", "Write !=, or print the value to see whether it is None."),
    ast.In: ("in is not part of the lab's language.", "Compare with ==."),
    ast.NotIn: ("not in is not part of the lab's language.", "Compare with !=."),
}
_MISSED_FUNCTIONS = {
    "eval": "Typed text is never run as Python.",
    "exec": "Typed text is never run as Python.",
    "open": "The lab cannot read or write files.",
    "load": "The lab cannot read files. Type the numbers: x = tensor([1.0, 2.0]).",
    "save": "The lab cannot write files.",
    "len": "Write x.shape[0] or x.numel().",
    "Linear": "Write x @ W.T + b with W and b as tensors of their own, or build the network in Build.",
    "Sequential": "Write the layers one after the other, or build the network in Build.",
    "enumerate": "Write for i in range(3):.",
    "zip": "Write for i in range(3): and take the elements by index.",
    "input": "Type the number: x = tensor(2.0).",
    "no_grad": "Write with no_grad(): and the lines below it, indented.",
}
_MISSED_METHODS = {
    "numpy": "Write .tolist() or print the tensor.",
    "cuda": "The lab computes on the processor.",
    "cpu": "The lab computes on the processor anyway.",
    "register_hook": "Every gradient on its way is on the tape already.",
    "append": "Give every value a name, or write the list out.",
    "format": _PRINT,
    "apply_": "Write the function: x = relu(x).",
    "map_": "Write the function: x = relu(x).",
    "half": "Write .float() or .double().",
}


def of_kind(node: ast.AST, line: int) -> RefusedError:
    """The refusal of a piece of syntax."""
    known = {**KINDS, **OPERATORS}
    if type(node).__name__ == "TryStar":
        return RefusedError(line, *KINDS[ast.Try])
    text, instead = known.get(type(node), ("This is Python that the lab's language does not have.", _NO_CODE))
    return RefusedError(line, text, instead)


def of_function(name: str, line: int) -> RefusedError:
    return RefusedError(
        line, f"{_short(name)} is not a function of the lab.", _advice(name, _MISSED_FUNCTIONS, tuple(FUNCTIONS))
    )


def of_method(name: str, line: int) -> RefusedError:
    shown = f".{_short(name)}()"
    return RefusedError(line, f"{shown} is not a method of the lab.", _advice(name, _MISSED_METHODS, tuple(METHODS)))


def of_attribute(name: str, line: int) -> RefusedError:
    if name in METHODS:
        return RefusedError(line, f".{name} is a method and needs brackets.", f"Write .{METHODS[name].shown}.")
    return RefusedError(line, f".{_short(name)} is not an attribute of the lab.", _advice(name, {}, tuple(ATTRIBUTES)))


def _advice(name: str, known: dict[str, str], words: tuple[str, ...]) -> str:
    if name in known:
        return known[name]
    if name.startswith("_"):
        return "Names that begin with an underscore are Python's own and closed here."
    near = difflib.get_close_matches(name[:40], words, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else "The menu of the lab lists everything that it knows."


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:37] + "…"

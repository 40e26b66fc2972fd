"""The language without torch: what is read, what is refused, and that every refusal says what to write instead."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from engine.catalog import OPTIMIZERS as ENTRIES
from engine.lab import refusals
from engine.lab.parse import read
from engine.lab.syntax import (
    Assign,
    Binary,
    Call,
    Literal,
    Loop,
    Method,
    Name,
    NoGrad,
    Print,
    SetAttribute,
    SetItem,
    Update,
)
from engine.lab.templates import Template, template, templates
from engine.lab.words import FUNCTIONS, METHODS, OPTIMIZERS, TENSOR_METHODS, Word


def test_a_text_is_read_into_a_tree() -> None:
    program = read(
        "# a comment\nx = tensor(2.0)\nx += 1\nx[0] = 5\nx.grad = None\nfor i in range(3):\n    y = x * i\n"
        "with no_grad():\n    print('y', y.sum(dim=0))\n"
    )
    assert program.refusals == ()
    kinds = [type(statement) for statement in program.statements]
    assert kinds == [Assign, Update, SetItem, SetAttribute, Loop, NoGrad]
    assert [statement.line for statement in program.statements] == [2, 3, 4, 5, 6, 8]
    loop, block = program.statements[4], program.statements[5]
    assert isinstance(loop, Loop) and loop.body == (
        Assign(7, ("y",), Binary("*", Name("x", "x"), Name("i", "i"), "x * i")),
    )
    assert isinstance(block, NoGrad)
    (show,) = block.body
    assert isinstance(show, Print) and show.values[0] == Literal("y") and isinstance(show.values[1], Method)


@pytest.mark.parametrize(
    "call", ["relu(x)", "torch.relu(x)", "F.relu(x)", "nn.functional.relu(x)", "torch.nn.functional.relu(x)"]
)
def test_torchs_modules_may_stand_before_a_function(call: str) -> None:
    (statement,) = read(f"y = {call}").statements
    assert isinstance(statement, Assign) and isinstance(statement.value, Call) and statement.value.function == "relu"


@pytest.mark.parametrize("call", ["SGD([x], lr=0.1)", "torch.optim.SGD([x], lr=0.1)", "optim.SGD([x], lr=0.1)"])
def test_and_before_an_optimizer(call: str) -> None:
    (statement,) = read(f"opt = {call}").statements
    assert isinstance(statement, Assign) and isinstance(statement.value, Call) and statement.value.function == "SGD"


def test_a_variable_may_have_the_name_of_a_function() -> None:
    program = read("sum = tensor(1.0)\nmean = sum + 1\nprint(sum, mean, mean(sum))")
    assert program.refusals == ()


@pytest.mark.parametrize(
    ("text", "said", "instead"),
    [
        ("import torch", "Imports", "leave the line out"),
        ("print(f'{x}')", "f-strings", 'print("w =", w)'),
        ("y = lambda: 1", "lambda", ""),
        ("while True:\n    x = 1", "while", "for i in range(10):"),
        ("if x:\n    y = 1", "if is", "where(condition, a, b)"),
        ("y = rleu(x)", "rleu is not a function", "Did you mean relu?"),
        ("y = x.smu()", ".smu() is not a method", "Did you mean sum?"),
        ("y = x.gradd", ".gradd is not an attribute", "Did you mean grad?"),
        ("y = x.sum", ".sum is a method and needs brackets", "sum("),
        ("y = x.numpy()", "numpy", ".tolist()"),
        ("y = x^2", "^ is not part", "x**2"),
        ("y = x.sum(axis=0)", "no argument “axis”", "sum("),
        ("y = clamp(x, 1, 2, 3)", "at most 3 arguments", "clamp(input, min=, max=)"),
        ("y = mm(x)", "needs the argument “mat2”", "mm(input, mat2)"),
        ("y = relu(x, input=x)", "gets “input” twice", "relu(input)"),
        ("x = 'text'", "A text can only stand in print", ""),
        ("y = relu", "relu cannot stand alone", "relu(input)"),
        ("y = torch", "torch cannot stand alone", "torch.tensor(2.0)"),
        ("y = (1", "never closed", "Close the bracket"),
        ("  y = 1", "indent", "Lines below for"),
        ("x = tensor(2.0)\ny = x − 1", "“−” is not allowed", "minus is -"),
        ("a = b = 1", "Several =", "one name per line"),
        ("with open('f'):\n    x = 1", "with is only for no_grad", "with no_grad():"),
        ("for a in b:\n    x = 1", "runs over range", "for i in range(10):"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(text: str, said: str, instead: str) -> None:
    refusal = read(text).refusals[0]
    assert said in refusal.text and instead in refusal.instead, refusal
    assert refusal.line == text.count("\n", 0, text.find("−")) + 1 if "−" in text else refusal.line == 1


def test_every_kind_of_python_that_is_known_by_name_is_refused_in_words() -> None:
    for kind in (*refusals.KINDS, *refusals.OPERATORS):
        refusal = refusals.of_kind(kind(), 3)
        assert refusal.line == 3 and refusal.text.endswith(".") and refusal.instead
    assert set(refusals.KINDS) & {ast.Assign, ast.Call, ast.For, ast.With, ast.Name} == set()


def test_every_word_has_help_and_shows_how_it_is_called() -> None:
    for word in (*FUNCTIONS.values(), *METHODS.values()):
        assert word.help.endswith(".") or word.name in ("dim", "numel"), word
        assert word.shown.startswith(f"{word.name}(")


def test_arguments_are_checked_against_the_table() -> None:
    word = Word("f", ("a", "b"), ("c",), False, "")
    assert [word.complaint(count, names) for count, names in ((2, ()), (3, ()), (1, ("b",)), (0, ("b", "a", "c")))] == [
        ""
    ] * 4
    assert (
        "needs" in word.complaint(1, ()) and "at most" in word.complaint(4, ()) and "twice" in word.complaint(2, ("a",))
    )
    sizes = Word("zeros", ("size",), (), True, "")
    assert (
        sizes.complaint(7, ()) == ""
        and sizes.complaint(0, ("size",)) == ""
        and "needs a size" in sizes.complaint(0, ())
    )


def test_optimizers_take_what_the_catalog_has() -> None:
    for name, kind in OPTIMIZERS.items():
        fields = {field.name for field in ENTRIES[kind].fields}
        known = set(FUNCTIONS[name].optional)
        spread = (known - {"betas"}) | ({"beta1", "beta2"} if "betas" in known else set())
        assert spread == fields, name


def test_there_is_nothing_dangerous_in_the_tables() -> None:
    for name in (*FUNCTIONS, *TENSOR_METHODS):
        assert not name.startswith("_") and name not in (
            "load",
            "save",
            "compile",
            "apply_",
            "map_",
            "set_",
            "numpy",
            "storage",
        )


def test_templates_are_found_by_name() -> None:
    assert isinstance(template("autograd_01_square"), Template)
    assert len(templates()) > 50 and len({each.name for each in templates()}) == len(templates())
    with pytest.raises(KeyError):
        template("no_such")


def test_templates_are_short_and_readable() -> None:
    for each in templates():
        assert each.text.count("\n") <= 40 and all(len(line) <= 96 for line in each.text.split("\n")), each.name
        assert read(each.text).refusals == ()


def test_reading_needs_no_torch() -> None:
    script = "import sys, engine.lab.parse as p, engine.lab.templates as t; p.read(t.templates()[0].text); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

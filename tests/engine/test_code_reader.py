"""Code becomes a network without being run: what is understood, what is refused, and that nothing in it is executed."""

from __future__ import annotations

import inspect
import random

import pytest
from torch import nn

from engine import edits
from engine.catalog import LAYERS
from engine.code_reader import _BY_TITLE, build, is_code, read
from engine.edits import EditError
from engine.examples import example
from engine.tensors.check import check

MLP = """
import torch
from torch import nn

width = 4 * 25
model = nn.Sequential(
    nn.Linear(64, width),
    nn.ReLU(inplace=True),
    nn.Dropout(p=0.2),  # drops a fifth
    nn.Linear(width, 10, bias=True),
)
"""


def test_a_network_is_built_in_one_edit() -> None:
    project = build(example("xor"), MLP)
    assert [node.id for node in project.network.nodes] == [
        *("input", "linear_1", "relu_1", "dropout_1", "linear_2", "output")
    ]
    assert project.network.node("linear_1").layer.as_dict() == {"in_features": 64, "out_features": 100, "bias": True}
    assert project.network.node("dropout_1").layer.get("p") == 0.2
    digits = edits.set_data(build(example("digits"), MLP), example("digits").data)
    assert check(digits).total == 7510 and check(digits).ready
    assert project.data == example("xor").data and project.train == example("xor").train


def test_names_nesting_and_other_spellings() -> None:
    text = (
        "from collections import OrderedDict\nfrom torch.nn import Conv2d, Sequential, ReLU, Flatten\n"
        "block = 3\nnet = Sequential(OrderedDict([('first', Conv2d(1, 8, (3, 3), padding=block - 2)), ('act', ReLU()),"
        " ('for', Flatten())]))"
    )
    layers = read(text)
    assert [(each.entry.kind, each.name) for each in layers] == [
        ("conv2d", "first"),
        ("relu", "act"),
        ("flatten", "for"),
    ]
    assert layers[0].values == {"in_channels": 1, "out_channels": 8, "kernel_size": 3, "padding": 1}
    nodes = build(example("xor"), text).network.nodes
    assert [node.id for node in nodes] == ["input", "first", "act", "flatten_1", "output"], "“for” is a word of Python"
    nested = "torch.nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.Tanh()), nn.LSTM(3, 4, batch_first=True))"
    assert [each.entry.kind for each in read(nested)] == ["linear", "tanh", "lstm"]


REFUSED = [
    ("nn.Sequential(nn.Linear(2, 3), nn.Foo())", "Line 1", "there is no layer “Foo”"),
    ("nn.Sequential(nn.Liner(2, 3))", "“Liner”", "Did you mean Linear?"),
    ("nn.Sequential(\nnn.Linear(2, out=3))", "Line 2", "Linear has no argument out"),
    ("nn.Sequential(nn.Linear(2, -3))", "Line 1", "out_features must be a whole number at least 1"),
    ("nn.Sequential(nn.Linear(2, n))", "Line 1", "a plain number is expected"),
    ("nn.Sequential(nn.Linear(2, 10**99))", "Line 1", "a plain number is expected"),
    ("nn.Sequential(nn.Conv2d(1, 2, (3, 5)))", "kernel_size", "(3, 5)"),
    ("nn.Sequential()", "holds 0 layers", "1 to"),
    ("x = 3", "no nn.Sequential", "exactly one"),
    ("a = nn.Sequential(nn.ReLU())\nb = nn.Sequential(nn.ReLU())", "holds 2", "exactly one"),
    ("nn.Sequential(*layers)", "Line 1", "one after the other"),
    ("for i in range(3):\n    nn.Sequential(nn.ReLU())", "Line 1", "only imports, numbers"),
    ("nn.Sequential(nn.ReLU(", "Line 1", "not Python that can be read"),
    ("nn.Sequential(nn.GRU(2, 3))\nopen('x')", "Line 2", "only imports, numbers"),
    ("nn.Sequential(lambda x: x)", "Line 1", "there is no layer"),
    ("n = 1 / 0\nnn.Sequential(nn.Linear(n, 2))", "Line 1", "cannot be worked out"),
    ("nn.Sequential(nn.LSTM(2, 3, batch_first=False))", "Line 1", "batch_first=True only"),
]


@pytest.mark.parametrize(("text", "where", "what"), REFUSED)
def test_what_is_not_understood_is_said_and_nothing_is_built(text: str, where: str, what: str) -> None:
    project = example("xor")
    with pytest.raises(EditError) as refused:
        build(project, text)
    assert where in str(refused.value) and what in str(refused.value)
    assert project == example("xor")


def test_nothing_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    for text in (
        "nn.Sequential(nn.Linear(print('ran'), 2))",
        "__import__('os').system('echo ran')\nnn.Sequential(nn.ReLU())",
        "nn.Sequential(__import__('builtins').print('ran'))",
        "x = [print('ran') for _ in '1']\nnn.Sequential(nn.ReLU())",
    ):
        with pytest.raises(EditError):
            read(text)
    assert "ran" not in capsys.readouterr().out


def test_any_mutation_is_read_or_refused_in_words() -> None:
    draw = random.Random(0)
    signs = "()[]{},.:=*+-/'\"0123456789 \nabnLS_\\\x00é"
    for _ in range(2000):
        text = list(MLP)
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(text))
            text[place : place + draw.randint(0, 2)] = [draw.choice(signs)]
        try:
            build(example("xor"), "".join(text))
        except EditError as refused:
            assert str(refused)


def test_arguments_without_names_are_in_torchs_order() -> None:
    """The fields that may be given by place are the first ones of torch's own constructor."""
    for title, entry in _BY_TITLE.items():
        made = getattr(nn, title)
        if issubclass(made, nn.RNNBase):
            continue
        theirs = [name for name in inspect.signature(made).parameters if name not in ("inplace", "device", "dtype")]
        ours = [field.name for field in entry.fields]
        shared = 0
        while shared < min(len(ours), len(theirs)) and ours[shared] == theirs[shared]:
            shared += 1
        assert shared >= min(len(ours), 3) or shared == len(ours), (title, ours, theirs)


def test_what_is_code() -> None:
    assert is_code(MLP) and not is_code("hello") and not is_code("Sequential(" + " " * 300_000)
    assert set(_BY_TITLE) >= {"Linear", "Conv2d", "ReLU", "LSTM"} and all(e.kind in LAYERS for e in _BY_TITLE.values())

"""Attempts to get out of the lab's language, or to make it work without end: each refused with a sentence and its line."""

from __future__ import annotations

import sys
import threading

import pytest

from engine.lab import limits
from tests.engine.tensors.lab.asking import clean, run

START = "x = tensor([1.0, 2.0], requires_grad=True)\n"
ATTEMPTS = r"""
x.__class__
x.__class__.__bases__[0].__subclasses__()
().__class__.__mro__
"".__class__
(1).__class__
[].__class__.__base__
x.__dict__
x.__init__.__globals__
x.__reduce__()
x.__reduce_ex__(4)
x.__getattribute__("data")
x.__setattr__("data", 1)
x.__array__()
x.__torch_function__
x._backward_hooks
x._version
x.grad_fn.next_functions
x.grad_fn.__class__
x.grad_fn._saved_self
__builtins__
__import__("os")
__name__
_
__builtins__.eval("1")
__builtins__["eval"]
eval("1 + 1")
exec("import os")
compile("1", "a", "eval")
open("/etc/passwd")
getattr(x, "data")
setattr(x, "data", 1)
hasattr(x, "data")
vars(x)
dir(x)
type(x)
globals()
locals()
id(x)
help(x)
input()
breakpoint()
object()
super()
isinstance(x, x)
map(relu, x)
import os
import torch
from torch import nn
from os import system
lambda: 1
y = lambda a: a
(lambda: 1)()
[i for i in range(3)]
{i for i in range(3)}
{i: i for i in range(3)}
(i for i in range(3))
sum(i for i in range(3))
(y := 3)
f"{x}"
print(f"{x.__class__}")
"{0.__class__}".format(x)
"%s" % x
"a".join(x)
y = "text"
print("a" + "b")
print(*x)
tensor(*[1, 2])
tensor(**{"data": 1})
a, *b = (1, 2, 3)
{"a": 1}
{1, 2}
x if True else x
x and x
not x
x is None
1 in [1]
x & 1
~x
x // 2
x % 2
x << 1
y: int = 3
a = b = 3
del x
assert x
raise x
global x
nonlocal x
return x
yield x
await x
pass; import os
async def f(): pass
torch.load("a.pt")
torch.save(x, "a.pt")
torch.hub.load("a", "b")
torch.ops.aten.add(x, x)
torch.utils.cpp_extension.load("a", "b")
torch.classes.load_library("a")
torch.jit.script(x)
torch.compile(x)
torch.from_numpy(x)
torch.set_num_threads(64)
torch.set_default_dtype(float64)
torch.use_deterministic_algorithms(True)
torch.autograd.Function
torch.nn.Module()
torch._C
torch.os
torch.sys.modules
nn.Module
nn.Linear(10**6, 10**6)
F.torch
F.os.system("ls")
x.numpy()
x.storage()
x.untyped_storage()
x.data_ptr()
x.apply_(relu)
x.map_(x, relu)
x.register_hook(relu)
x.register_post_accumulate_grad_hook(relu)
x.grad_fn.register_hook(relu)
x.share_memory_()
x.cuda()
x.cpu()
x.to("cuda")
x.to(0)
x.to(dtype=0)
x.set_(x)
x.resize_(10**9)
x.as_strided((10**9,), (0,))
x.new_zeros(10**12)
x.new_tensor(1)
x.backward(create_graph=True)
x.backward(inputs=[x])
x.sum(out=x)
zeros(2, device="cuda")
zeros(2, out=x)
tensor([1.0], device="cuda:0")
x.T.__class__
x[0].__class__
x.data.__class__
x.shape.__class__
x.dtype.__class__
SGD([x], lr=0.1).state
SGD([x], lr=0.1).param_groups
SGD([x], lr=0.1).load_state_dict(x)
SGD([x], lr=0.1, foreach=True)
x.sum.__self__
relu.__globals__
relu
print
y = print
torch
range(3)
for i in x: y = i
for i in [1, 2]: y = i
for i in range(3, key=1): y = i
for i in range(10**9): x.sum()
for i in range(10**18): y = i
with open("a") as f: y = 1
with no_grad() as f: y = 1
with no_grad(), no_grad(): y = 1
with torch.device("cuda"): y = 1
while True: y = 1
if x: y = 1
try: y = 1\nexcept: y = 2
def f(): return 1
class A: y = 1
@relu\ndef f(): return 1
match x:\n    case 1: y = 1
x.data = x
x.shape = (1,)
x.foo = 1
x.__class__ = 1
torch = 3
_x = 3
__x__ = 3
F = x
no_grad = 3
print(x, end="")
print(x, file=x)
zeros(10**9)
zeros(10**5, 10**5)
zeros((10**5, 10**5))
zeros(2**62, 2**62)
ones(9999999999)
full((10**5, 10**5), 1.0)
arange(10**10)
arange(0, 1, 1e-12)
arange(0, inf)
linspace(0, 1, 10**10)
eye(10**5)
rand(10**10)
randn(10**5, 10**5)
randint(0, 2, (10**10,))
randperm(10**10)
normal(0, 1, (10**10,))
x.expand(10**9, 2)
x.repeat(10**9)
zeros(10000).unsqueeze(1) * zeros(10000)
zeros(10000).unsqueeze(1) + zeros(1, 10000)
zeros(3000, 1) @ zeros(1, 3000)
outer(zeros(10000), zeros(10000))
one_hot(tensor([10**12]))
one_hot(tensor([1]), 10**12)
mse_loss(zeros(10000, 1), zeros(10000))
zeros(1000)[zeros(10**4 * 500, dtype=long)]
cat([zeros(3000000), zeros(3000000)])
stack([zeros(3000000), zeros(3000000)])
where(zeros(10000, 1) > 0, zeros(10000), 1.0)
zeros(2000, 2000) @ zeros(2000, 2000) @ zeros(2000, 2000)
9**9**9 @ 1
"a" * 10**9
[0] * 10**9
(1, 2) * 10**9
x.sum().backward().backward()
None.backward()
x.item.item()
x()
x.sum()()
[1][0]()
3()
undefined
undefined + 1
undefined.sum()
ｒｅｌｕ(x)
ｘ + 1
х + 1
x − 1
y = “3”
x＋1
x\u200b = 3
y = '''text'''
""\"docstring\"""
1j
b"bytes"
...
x[lambda: 1]
x["a"]
x[x:x:x]
x[0](1)
1 < 2 < 3
x.grad_fn()
(((((((((((((((((((((((((((((((((((x)))))))))))))))))))))))))))))))))))).__class__
""".strip().split("\n")


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_is_refused_with_its_line(attempt: str) -> None:
    view = run(START + attempt.replace("\\n", "\n").replace("\\u200b", "\u200b").replace('\\"', '"') + "\n")
    assert view.errors, f"accepted: {view.tensors} {view.values}"
    error = view.errors[0]
    assert error.line >= 2, error
    assert len(error.text) > 15 and error.text[-1] in ".?", error
    assert [each.name for each in view.tensors][:1] == ["x"]


def test_there_are_more_than_a_hundred_attempts() -> None:
    assert len(set(ATTEMPTS)) > 200


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_900 + "1" + ")" * 1_900,
        "-" * 3_000 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "y = 1" + "+1" * 1_900,
        "y = tensor(1.0)" + ".exp()" * 500,
        "y = " + "relu(" * 80 + "1" + ")" * 80,
        "y = 2" + "**2" * 1_000,
        "x" + "[0]" * 900,
        "\n".join("    " * depth + "for i in range(2):" for depth in range(30)) + "\n" + "    " * 30 + "y = 1",
        "#" * 4_001,
        "\n" * 201,
        "x = 1\x00",
        "\x00",
        "\x0c\x0b",
        "x = '\\N{",
        "'" + "\\" * 501,
        "x = 0777",
        "x = 1_000_000_000_000_000_000_000 +",
        "if",
        "\ufeffx = 1",
        "x = \ud800",
        "x = 1\r\ny = (",
        "\t x = 1",
        "é = 1",
    ],
)
def test_bombs_for_the_parser_are_refused(text: str) -> None:
    view = run(text)
    assert view.errors and all(error.text and error.line >= 1 for error in view.errors)


def test_numbers_never_run_away() -> None:
    view = clean(
        "a = 9**9**9\nb = -9**9**9\nc = 10**18 * 10**18\nd = (0 - 8)**0.5\ne2 = 2**10\nf = 2**62\ng = 123456789**-2\nh = 7**0"
    )
    assert dict(view.values) == {
        "a": "inf",
        "b": "-inf",
        "c": "1e+36",
        "d": "nan",
        "e2": "1024",
        "f": str(2**62),
        "g": str(123456789**-2),
        "h": "1",
    }


def test_a_list_cannot_grow_without_end() -> None:
    lines = ["a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    lines += [f"{name} = [{', '.join([before] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    view = run("\n".join(lines))
    assert "more than 10,000 numbers" in view.errors[0].text


def test_all_tensors_together_are_bounded() -> None:
    view = run("for i in range(1000):\n    y = zeros(1000000)")
    assert "together are too large" in view.errors[0].text
    view = run("x = zeros(1000000)\nfor i in range(1000):\n    x.add_(1)")
    assert "together are too large" in view.errors[0].text and view.tensors[0].value.values.max() > 1


def test_work_is_bounded_in_operations_and_in_prints() -> None:
    view = run("x = tensor(1.0)\nfor i in range(1000):\n    for j in range(1000):\n        y = 1")
    assert f"more than {limits.OPERATIONS:,} operations" in view.errors[0].text and view.errors[0].line in (2, 3)
    view = run("for i in range(5000):\n    print(i)")
    assert "prints more than" in view.errors[0].text and len(view.printed) == limits.PRINTED


def test_lists_and_texts_of_huge_tensors_are_refused() -> None:
    assert "at most 10,000 numbers" in run("x = zeros(100000).tolist()").errors[0].text
    view = run("x = zeros(9000).tolist()\nfor i in range(100):\n    print(x)")
    assert "prints too much" in view.errors[0].text and sum(len(text) for _, text in view.printed) <= 200_000


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.0)
    assert "computes for more than" in run("x = tensor(1.0)\ny = x + 1").errors[0].text


def test_a_large_backward_pass_is_counted_before_it_runs() -> None:
    text = "x = zeros(1500000, requires_grad=True)\ny = ((x + 1) + 1) + 1\nz = y.sum()\nz.backward()"
    view = run(text)
    assert view.errors[0].line == 4 and "too large" in view.errors[0].text


def test_nothing_is_opened_imported_or_run() -> None:
    """Python's audit events during an evaluation: reading the text as syntax, and nothing else."""
    text = (
        "manual_seed(1)\nx = randn(3, requires_grad=True)\nopt = Adam([x], lr=0.1)\nfor i in range(3):\n    opt.zero_grad()\n"
        "    y = cross_entropy(x.unsqueeze(0), tensor([1])) + dropout(relu(x)).sum()\n    y.backward()\n    opt.step()\n"
        "print(x, opt)\nJ = jacobian(x**2, x)\nx += 1"
    )
    run(text)  # torch loads parts of itself when they are first used
    seen: list[str] = []
    here = threading.get_ident()
    watching = True

    def listen(event: str, _: tuple[object, ...]) -> None:
        if watching and threading.get_ident() == here:
            seen.append(event)

    sys.addaudithook(listen)
    view = run(text)
    watching = False
    assert len(view.errors) == 1 and view.errors[0].line == 11
    assert seen
    allowed = {"compile", "builtins.id", "object.__getattr__", "object.__setattr__", "sys._getframe"}
    assert {event for event in seen if event not in allowed} == set()

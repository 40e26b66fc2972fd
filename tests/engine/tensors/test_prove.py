"""Prove against plain torch: every way comes to the same number, kinks are named, the run stays, the program prints it."""

from __future__ import annotations

import copy
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.commands import Prove, Survey, TakeJacobian
from engine.errors import AppError
from engine.examples import example
from engine.inspection import Proof
from engine.mailbox import Mailbox
from engine.spec import ProjectSpec
from engine.tensors import prove as prove_module
from engine.tensors.inquiries import Inquirer
from engine.tensors.tape import record
from engine.tensors.train import Run
from tests.engine.tensors.pieces import finished
from tests.engine.tensors.projects import ALL, Layer, chain, run_of, s3
from tests.engine.tensors.random_nets import some
from tests.engine.tensors.zoo import ZOO, four_points, linear

NETS = 40


def prove(command: Prove, run: Run) -> Proof:
    return finished(prove_module.prove(command, run))


def an_element(draw: random.Random, parameter: Tensor) -> tuple[int, ...]:
    return tuple(draw.randrange(size) for size in parameter.shape)


def close(one: float, other: float, noise: float) -> bool:
    return abs(one - other) <= 1e-6 * max(abs(one), abs(other)) + noise


def plain_double(run: Run, parameter: str, index: tuple[int, ...]) -> float:
    """The gradient in float64 by torch alone, for a network without dropout."""
    network = copy.deepcopy(run.network).double()
    x, y = run.peek_batch()
    run.loss_fn(network(x.double()), y.double() if y.is_floating_point() else y).backward()
    gradient = network.get_parameter(parameter).grad
    assert gradient is not None
    return gradient[index].item()


def test_s3_by_four_ways() -> None:
    proof = prove(Prove("linear_1.weight", (0, 0)), run_of(s3()))
    assert [f"{value:.6f}" for value in (proof.autograd, proof.exact, proof.numerical, proof.by_hand)] == [
        "-0.347967"
    ] * 4
    assert proof.difference < 1e-10 and proof.kink == "" and 0 < proof.h < 0.1
    lines = proof.hand.split("\n")
    assert lines[:2] == ["∂L/∂linear_1.weight[0, 0] = δ[0, 0]·x[0, 0]", "  = −0.347967·1 = −0.347967"]
    assert "∂L/∂linear_1[0, 0] = −3.314172 × 0.880797·(1 − 0.880797) = −0.347967" in lines
    assert lines[-1] == "∂L/∂ŷ = 1 × 2·(1.342914 − 3)/1 = −3.314172"


def test_every_way_agrees_on_random_networks() -> None:
    kinds: Counter[str] = Counter()
    checked = meaningful = single = kinks = 0
    for number in range(NETS):
        draw = random.Random(number)
        project = some(number)
        run = run_of(project)
        if number % 3 == 0:
            run.take_step()
        tape = record(run)
        gradients = {event.parameter: event.outputs[0] for event in tape.events if event.phase == "accumulate"}
        for name, parameter in run.network.named_parameters():
            index = an_element(draw, parameter)
            proof = prove(Prove(name, index), run)
            told = f"net {number}, {name}{list(index)}: {proof}"
            shown = gradients[name]
            assert shown is not None and proof.autograd == float(shown.values[index]), told
            kinks += bool(proof.kink)
            assert proof.kink or close(proof.numerical, proof.exact, proof.noise), told
            assert close(proof.by_hand, proof.exact, proof.noise), told
            single += abs(proof.autograd - proof.exact) < 1e-3 * abs(proof.exact)
            checked += 1
            meaningful += proof.noise < 1e-7 * abs(proof.exact)
        kinds.update(node.kind for node in project.network.nodes)
        kinds[project.train.loss.kind] += 1
    assert kinks < 0.01 * checked, "random weights stand on a kink only where an image has equal pixels"
    assert min(meaningful, single) > 0.8 * checked > 150
    assert min(kinds.values()) >= 2, kinds


@pytest.mark.parametrize("name", [name for name in ZOO if name not in ("dropout_mlp", "cnn")])
def test_exact_is_autograd_in_double(name: str) -> None:
    run = run_of(ZOO[name]())
    for parameter, value in run.network.named_parameters():
        index = an_element(random.Random(3), value)
        assert prove(Prove(parameter, index), run).exact == plain_double(run, parameter, index)


def test_dropout_keeps_its_mask() -> None:
    """The loss in float64 is that of the step, drop for drop, and so is the gradient, zeros where a unit was dropped."""
    run = run_of(ZOO["dropout_mlp"]())
    tape = record(run)
    grads = {event.parameter: event.outputs[0] for event in tape.events if event.phase == "accumulate"}
    shown = grads["linear_2.weight"]
    assert shown is not None
    for index in np.ndindex(*shown.shape):
        proof = prove(Prove("linear_2.weight", index), run)
        assert proof.autograd == float(shown.values[index])
        assert proof.exact == pytest.approx(proof.autograd, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", ["dropout_mlp", "cnn", "normalized"])
def test_proving_does_not_move_the_run(name: str) -> None:
    looked, plain = run_of(ZOO[name]()), run_of(ZOO[name]())
    for _ in range(4):
        before = torch.get_rng_state()
        for parameter, value in looked.network.named_parameters():
            prove(Prove(parameter, an_element(random.Random(0), value)), looked)
        assert torch.equal(torch.get_rng_state(), before)
        assert looked.take_step() == plain.take_step()
    assert all(
        torch.equal(a, b)
        for a, b in zip(looked.network.state_dict().values(), plain.network.state_dict().values(), strict=True)
    )


def test_it_says_of_which_step() -> None:
    run = run_of(s3())
    run.take_step()
    proof = prove(Prove("linear_2.bias", (0,)), run)
    assert (proof.step, proof.generation) == (1, run.generation)


@pytest.mark.parametrize(
    "command", [Prove("linear_9.weight", (0, 0)), Prove("linear_1.weight", (2, 0)), Prove("linear_1.weight", (0,))]
)
def test_what_is_not_there_is_told(command: Prove) -> None:
    with pytest.raises(AppError, match=r"(There is no parameter|there is no element)"):
        prove(command, run_of(s3()))


# ------------------------------------------------------------------------------------------------ kinks


def bent(
    layer: Layer, loss: str = "mse", loss_values: dict[str, object] | None = None, bias: float = 0.0
) -> ProjectSpec:
    """One sample x = 1, y = 3 through Linear(1, 2) with weights 1 and −1, then `layer`, then Linear(2, 1)."""
    layers = (("linear", {"out_features": 2}), layer, ("linear", {"out_features": 1}))
    rows = {"rows": ((1.0, 3.0),)}
    project = chain(layers, "points", loss, rows=rows, split=ALL, standardized=False, loss_values=loss_values)
    weights = {"linear_1": (("weight", ((1.0,), (-1.0,))), ("bias", (0.5, 1.0)))}
    weights["linear_2"] = (("weight", ((1.0, 2.0),)), ("bias", (bias,)))
    nodes = tuple(replace(node, weights=weights.get(node.id, ())) for node in project.network.nodes)
    return replace(project, network=replace(project.network, nodes=nodes))


def of_kink(proof: Proof, text: str, autograd: float, numerical: float) -> None:
    assert proof.kink.startswith(text), proof.kink
    assert proof.autograd == pytest.approx(autograd, rel=1e-6)
    assert proof.numerical == pytest.approx(numerical, rel=1e-4)
    assert proof.by_hand == proof.exact == pytest.approx(autograd, rel=1e-12)


def test_relu_at_zero_is_named() -> None:
    run = run_of(bent(("relu", {})))
    # z = (1.5, 0), ŷ = 1.5, dL/dŷ = −3: to the right the slope is −3·2, to the left 0.
    proof = prove(Prove("linear_1.weight", (1, 0)), run)
    of_kink(proof, "linear_1 is exactly 0 at sample 0, unit 1: ReLU (relu_1) has no derivative there", 0.0, -3.0)
    assert "torch takes 0" in proof.kink
    assert prove(Prove("linear_1.weight", (0, 0)), run).kink == ""
    assert prove(Prove("linear_2.weight", (0, 1)), run).kink == ""


def test_leaky_relu_at_zero_is_named() -> None:
    proof = prove(Prove("linear_1.bias", (1,)), run_of(bent(("leaky_relu", {"negative_slope": 0.1}))))
    of_kink(proof, "linear_1 is exactly 0 at sample 0, unit 1: LeakyReLU", -6.0 * 0.1, -6.0 * 0.55)
    assert "torch takes 0.1" in proof.kink


def test_a_straight_leaky_relu_has_no_kink() -> None:
    proof = prove(Prove("linear_1.bias", (1,)), run_of(bent(("leaky_relu", {"negative_slope": 1.0}))))
    assert proof.kink == "" and proof.difference < 1e-9


def test_l1_at_zero_is_named() -> None:
    # tanh(0) = 0 kills the second unit; the bias brings ŷ to the target exactly.
    project = bent(("relu", {}), "l1", bias=1.5)
    proof = prove(Prove("linear_2.bias", (0,)), run_of(project))
    of_kink(proof, "ŷ (linear_2) hits the target exactly at sample 0, unit 0", 0.0, 0.0)
    assert proof.numerical == 0.0


def test_huber_at_delta_is_named_and_agrees() -> None:
    proof = prove(Prove("linear_2.bias", (0,)), run_of(bent(("relu", {}), "huber", {"delta": 1.5})))
    assert proof.kink.startswith("The error of ŷ (linear_2) is exactly delta = 1.5 at sample 0, unit 0")
    assert proof.numerical == pytest.approx(proof.exact, rel=1e-4)


def test_max_pool_ties_are_named() -> None:
    """An image of the digits starts with rows of zeros: with weights of 0 and a bias, every window ties."""
    layers = (
        ("conv2d", {"out_channels": 1, "kernel_size": 1, "bias": True}),
        ("max_pool2d", {}),
        ("flatten", {}),
        linear(10),
    )
    project = chain(layers, "digits", "cross_entropy", rows={"layout": "image"}, batch_size=2, standardized=False)
    weight = (("weight", ((((0.0,),),),)), ("bias", (0.3,)))
    nodes = tuple(replace(node, weights=weight if node.id == "conv2d_1" else ()) for node in project.network.nodes)
    run = run_of(replace(project, network=replace(project.network, nodes=nodes)))
    proof = prove(Prove("conv2d_1.weight", (0, 0, 0, 0)), run)
    assert proof.kink.startswith(
        "Two values of the window tie for the maximum in max_pool2d_1 at sample 0, channel 0, row "
    )
    assert proof.difference > 1e-3
    # The bias moves all values of a window alike: no kink on its way.
    alike = prove(Prove("conv2d_1.bias", (0,)), run)
    assert alike.kink == "" and close(alike.numerical, alike.exact, alike.noise)


def test_a_kink_nearby_is_not_stepped_over() -> None:
    """z of the second unit is 3e-6: h has to stay below it, and does."""
    project = bent(("relu", {}))
    nodes = [
        replace(n, weights=(("weight", ((1.0,), (-1.0,))), ("bias", (0.5, 1.000003)))) if n.id == "linear_1" else n
        for n in project.network.nodes
    ]
    proof = prove(
        Prove("linear_1.weight", (1, 0)), run_of(replace(project, network=replace(project.network, nodes=tuple(nodes))))
    )
    assert proof.h < 3.1e-6 and proof.kink == ""
    assert proof.exact == pytest.approx(-6.0, rel=1e-4) and proof.numerical == pytest.approx(proof.exact, rel=1e-6)


# ------------------------------------------------------------------------------------------------ the program


def printed(programs: list[str], folder: Path) -> list[str]:
    """What each program prints, all run one after the other in a fresh process that has neither engine nor gui."""
    runner = "import runpy, sys, warnings\nwarnings.simplefilter('error')\nsys.modules['engine'] = sys.modules['gui'] = None\n"
    runner += "for path in sys.argv[1:]: runpy.run_path(path, run_name='__main__')\n"
    paths = [folder / f"{number}.py" for number, _ in enumerate(programs)]
    for path, program in zip(paths, programs, strict=True):
        path.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-c", runner, *map(str, paths)], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_programs_print_the_same_number(tmp_path: Path) -> None:
    proofs = []
    for project in (*(make() for make in ZOO.values()), *(some(number) for number in range(12))):
        run = run_of(project)
        run.take_step()
        name, parameter = random.Random(1).choice(list(run.network.named_parameters()))
        proofs.append(prove(Prove(name, an_element(random.Random(2), parameter)), run))
    found = printed([proof.snippet for proof in proofs], tmp_path)
    assert [float(line) for line in found] == [proof.autograd for proof in proofs]
    assert sum("base64" in proof.snippet for proof in proofs) >= 3
    assert sum("base64" not in proof.snippet for proof in proofs) >= 10
    assert sum("_scale" in proof.snippet for proof in proofs) >= 2


def test_a_small_program_shows_its_numbers() -> None:
    program = prove(Prove("linear_1.weight", (0, 0)), run_of(s3())).snippet
    assert "network.linear_1.weight.copy_(torch.tensor([[1.0], [-1.0]]))" in program
    assert program.startswith("# The gradient of linear_1.weight[0, 0]")
    assert "print(network.linear_1.weight.grad[0, 0].item())" in program


def test_the_hand_formula_follows_the_way_to_the_loss() -> None:
    """Of two units behind a tanh the larger product is followed; at a meeting of paths the contributions are added."""
    run = run_of(ZOO["skip"]())
    lines = prove(Prove("first.weight", (0, 0)), run).hand.split("\n")
    assert lines[0] == "∂L/∂first.weight[0, 0] = Σₙ δ[n, 0]·x[n, 0]"
    assert lines[3].startswith("∂L/∂first[") and "added up from" in lines[3]
    chained = prove(Prove("linear_1.weight", (0, 0)), run_of(four_points(linear(2), ("tanh", {}), linear(1)))).hand
    assert [line.split("[")[0].split(" =")[0] for line in chained.split("\n")[3:]] == [
        "∂L/∂linear_1",
        "∂L/∂tanh_1",
        "∂L/∂ŷ",
    ]


def test_without_an_element_it_is_the_greatest() -> None:
    run = run_of(s3())
    of_all, of_one = prove(Prove(), run), prove(Prove("linear_1.weight"), run)
    assert (of_all.parameter, of_all.index, round(of_all.exact, 6)) == ("linear_2.bias", (0,), -3.314172)
    assert (of_one.parameter, of_one.index, round(of_one.exact, 6)) == ("linear_1.weight", (1, 0), -1.303211)


def test_the_run_may_move_while_it_is_proved() -> None:
    run = run_of(ZOO["cnn"]())
    expected = prove(Prove("conv2d_1.weight", (1, 0, 2, 1)), run)
    pieces = prove_module.prove(Prove("conv2d_1.weight", (1, 0, 2, 1)), run)
    next(pieces)
    run.take_step()
    next(pieces)
    run.take_step()
    assert finished(pieces) == expected


def test_a_long_answer_of_another_kind_is_not_lost() -> None:
    mailbox = Mailbox()
    inquirer, run = Inquirer(mailbox), run_of(s3())
    inquirer.ask(Survey(steps=3, points=5), lambda: run)
    inquirer.ask(TakeJacobian(), lambda: run)
    inquirer.ask(Prove(), lambda: run)
    order = []
    while inquirer.busy:
        inquirer.go_on(0.001)
        order += [slot for slot in ("proof", "jacobian", "landscape") if mailbox.read(slot)[0] and slot not in order]
    assert order == ["proof", "jacobian", "landscape"]


@pytest.mark.parametrize("name", ["s3", "cnn", "skip", "normalized", "l1"])
@pytest.mark.parametrize("weight", [1e30, float("inf"), float("nan")])
def test_a_step_that_ran_away_is_proved_without_a_crash(name: str, weight: float) -> None:
    run = run_of(ZOO[name]())
    with torch.no_grad():
        for parameter in run.network.parameters():
            parameter.fill_(weight)
    for parameter, _ in run.network.named_parameters():
        proof = prove(Prove(parameter), run)
        assert proof.hand
        assert np.isfinite(weight) or not all(
            map(np.isfinite, (proof.autograd, proof.exact, proof.numerical, proof.by_hand))
        )


def test_the_hand_formula_goes_through_pooling_and_shapes() -> None:
    run = run_of(example("digits-cnn"))
    lines = prove(Prove("conv2d_2.weight"), run).hand.split("\n")
    assert [line.split("[")[0] for line in lines[3:]] == [
        "∂L/∂conv2d_2",
        "∂L/∂relu_2",
        "∂L/∂max_pool2d_2",
        "∂L/∂flatten_1",
        "∂L/∂ŷ",
    ]

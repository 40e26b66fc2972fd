"""Weights by hand: what a run begins with is torch's own draw with the edits in it; what a run has can be watched and set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine import edits
from engine.commands import ChangeWeights, LookAtWeights, Pause, Play, Rewind, ShowProject, WatchWeights, WriteCode
from engine.inspection import InitialWeights, PresentWeights
from engine.metrics import MetricLog
from engine.spec import ProjectSpec
from engine.tensors.code import write
from engine.tensors.weights import change, look
from engine.views import Failure, Notice
from engine.weight_edits import change_weights
from tests.engine.session_reader import ENDLESS, Reader, moons
from tests.engine.tensors.projects import run_of

NAMES = ("linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias")


def plain(seed: int) -> dict[str, np.ndarray]:
    """The same network in plain PyTorch."""
    torch.manual_seed(seed)
    one, two = nn.Linear(2, 16), nn.Linear(16, 2)
    tensors = (one.weight, one.bias, two.weight, two.bias)
    return {name: tensor.detach().numpy() for name, tensor in zip(NAMES, tensors, strict=True)}


def edited() -> ProjectSpec:
    project = change_weights(moons(), "linear_1.weight", (16, 2), {(3, 1): 0.1, (0, 0): -2.0})
    return change_weights(project, "linear_2.bias", (2,), {(): 0.25})


def test_what_is_shown_is_what_torch_draws_for_the_seed() -> None:
    torch.manual_seed(99)
    before = torch.get_rng_state()
    view = look(LookAtWeights(moons(), NAMES))
    assert torch.equal(before, torch.get_rng_state())
    for name, values in plain(3).items():
        assert np.array_equal(view.values[name], values) and view.values[name].dtype == np.float32
        assert not view.values[name].flags.writeable
    again = look(LookAtWeights(moons(seed=4), NAMES))
    assert np.array_equal(again.values["linear_1.weight"], plain(4)["linear_1.weight"])


def test_single_values_replace_their_own_draw_alone_and_the_first_forward_uses_them() -> None:
    expected = plain(3)
    expected["linear_1.weight"] = expected["linear_1.weight"].copy()
    expected["linear_1.weight"][3, 1], expected["linear_1.weight"][0, 0] = 0.1, -2.0
    expected["linear_2.bias"] = np.full(2, 0.25, np.float32)
    view = look(LookAtWeights(edited(), NAMES))
    run = run_of(edited())
    for name in NAMES:
        assert np.array_equal(view.values[name], expected[name])
        assert np.array_equal(run.network.get_parameter(name).detach().numpy(), expected[name])
    # The first forward pass, in plain PyTorch.
    run.network.eval()
    x, _ = run.peek_batch()
    tensors = {name: torch.from_numpy(values) for name, values in expected.items()}
    hidden = nn.functional.linear(x, tensors["linear_1.weight"], tensors["linear_1.bias"]).relu()
    assert torch.equal(
        run.network(x), nn.functional.linear(hidden, tensors["linear_2.weight"], tensors["linear_2.bias"])
    )


def test_rules_and_hands_together() -> None:
    project = edits.choose_initializer(edited(), "linear_1", "xavier_uniform")
    view = look(LookAtWeights(project, ("linear_1.weight",)))
    torch.manual_seed(3)
    one, _ = nn.Linear(2, 16), nn.Linear(16, 2)
    nn.init.xavier_uniform_(one.weight)
    expected = one.weight.detach().numpy().copy()
    expected[3, 1], expected[0, 0] = 0.1, -2.0
    assert np.array_equal(view.values["linear_1.weight"], expected)


def test_a_network_that_cannot_be_built_says_why() -> None:
    project = edits.set_value(moons(), "linear_2", "in_features", 5)
    view = look(LookAtWeights(project, NAMES))
    assert not view.values and view.trouble.startswith("linear_2")
    wrong = edits.set_weights(moons(), "linear_1", {"bias": (1.0, 2.0)})
    assert "shape (2)" in look(LookAtWeights(wrong, NAMES)).trouble
    # A wrong loss or an end that does not fit hinders nobody.
    assert look(LookAtWeights(edits.choose_loss(moons(), "mse"), NAMES)).values


def test_a_run_is_changed_in_place_between_steps() -> None:
    run = run_of(moons())
    for _ in range(3):
        run.take_step()
    weight = run.network.get_parameter("linear_1.weight")
    expected = weight.detach().clone()
    change(run, ChangeWeights("linear_1.weight", (((0, 1), 0.5),)))
    expected[0, 1] = 0.5
    assert torch.equal(weight, expected) and weight is run.network.get_parameter("linear_1.weight")
    assert weight.is_leaf and weight.requires_grad
    change(run, ChangeWeights("linear_2.bias", (((), -1.0),)))
    assert run.network.get_parameter("linear_2.bias").tolist() == [-1.0, -1.0]
    assert run.log.changes == [
        (3, "linear_1.weight[0, 1] set to 0.5"),
        (3, "all of linear_2.bias set to -1"),
    ]
    run.take_step()
    run.rewind()
    assert np.array_equal(run.network.get_parameter("linear_1.weight").detach().numpy(), plain(3)["linear_1.weight"])


# ------------------------------------------------------------------------------------------------ through the session


def present_at(reader: Reader, step: int) -> PresentWeights:
    def there(_: object) -> bool:
        value = reader.session.mailbox.read("present")[1]
        return isinstance(value, PresentWeights) and value.step == step

    reader.wait(there)
    return reader.slot("present", PresentWeights)


def test_initial_weights_are_answered_and_no_run_is_begun(reader: Reader) -> None:
    reader.send(ShowProject(edited()), LookAtWeights(edited(), ("linear_1.weight",)))
    view = reader.wait_slot("weights", InitialWeights)
    assert view.project == edited() and list(view.values) == ["linear_1.weight"]
    assert view.values["linear_1.weight"][3, 1] == np.float32(0.1)
    assert not reader.status.has_run


def test_watched_weights_follow_the_run_and_can_be_set(reader: Reader) -> None:
    reader.send(ShowProject(moons()), WatchWeights(("linear_1.weight", "gone.weight")), Play("step", 2))
    reader.paused_at(2)
    view = present_at(reader, 2)
    run = run_of(moons())
    run.take_step()
    run.take_step()
    assert list(view.values) == ["linear_1.weight"]
    assert np.array_equal(view.values["linear_1.weight"], run.network.get_parameter("linear_1.weight").detach().numpy())
    version = reader.version("present")
    reader.send(ChangeWeights("linear_1.weight", (((0, 1), 0.5),)))
    after = reader.wait_slot("present", PresentWeights, version)
    assert after.step == 2 and after.values["linear_1.weight"][0, 1] == 0.5
    assert reader.slot("metrics", MetricLog).changes == [(2, "linear_1.weight[0, 1] set to 0.5")]
    # The next step goes on from there, exactly.
    change(run, ChangeWeights("linear_1.weight", (((0, 1), 0.5),)))
    expected = run.take_step()
    reader.send(Play("step"))
    reader.paused_at(3)
    assert reader.losses()[-1] == expected
    reader.send(Rewind())
    assert np.array_equal(present_at(reader, 0).values["linear_1.weight"], plain(3)["linear_1.weight"])


def test_while_it_trains_they_come_often_and_changes_are_taken(reader: Reader) -> None:
    reader.send(ShowProject(moons(epochs=ENDLESS)), WatchWeights(("linear_1.bias",)), Play())
    version = reader.version("present")
    reader.wait(lambda _: reader.version("present") > version + 3)
    reader.send(ChangeWeights("linear_1.bias", (((0,), 7.0),)), WatchWeights())
    reader.wait(lambda _: bool(reader.slot("metrics", MetricLog).changes))
    assert reader.status.state == "running"
    quiet = reader.version("present")
    before = reader.status.step
    reader.wait(lambda status: status.step > before + 20)
    assert reader.version("present") == quiet
    reader.send(Pause())
    reader.wait(lambda status: status.state == "paused")


def test_after_an_edit_of_an_initial_weight_the_next_play_starts_from_it(reader: Reader) -> None:
    reader.send(ShowProject(moons()), WatchWeights(("linear_1.weight",)), Play("step", 5))
    reader.paused_at(5)
    reader.send(ShowProject(edited()))
    reader.wait(lambda status: status.stale)
    reader.send(ChangeWeights("linear_1.weight", (((0, 0), 1.0),)))
    assert "edit the initial weights instead" in reader.event(Notice).text
    reader.send(Play("step"))
    reader.paused_at(1)
    run = run_of(edited())
    assert reader.losses() == [run.take_step()]
    # Undone before a Play, the run of before goes on.
    renamed = replace(edited(), name="other")
    reader.send(ShowProject(moons()), ShowProject(renamed))
    reader.wait(lambda status: not status.stale)
    reader.send(Play("step"))
    reader.paused_at(2)
    assert reader.losses()[1] == run.take_step()


@pytest.mark.parametrize("command", [("linear_9.weight", (0, 0)), ("linear_1.weight", (99, 0))])
def test_what_is_not_there_is_refused_and_the_run_stands(reader: Reader, command) -> None:
    reader.send(ShowProject(moons()), Play("step"))
    reader.paused_at(1)
    reader.send(ChangeWeights(command[0], ((command[1], 1.0),)))
    assert reader.event(Failure).what == "The weights were not changed."
    assert reader.slot("metrics", MetricLog).changes == []


def test_the_traced_loop_goes_on_from_a_weight_set_by_hand_as_the_textbooks_does() -> None:
    fast, plain_run = run_of(moons(epochs=ENDLESS)), run_of(moons(epochs=ENDLESS))
    for _ in range(200):
        fast.train_for(0.01)
        if fast.fast.kind == "traced":
            break
    assert fast.fast.kind == "traced"
    command = ChangeWeights("linear_1.weight", (((0, 1), 0.5), ((3, 0), -4.0)))
    step = fast.step
    change(fast, command)
    while fast.step < step + 40:
        fast.train_for(0.01, step + 40 - fast.step)
    while plain_run.step < step:
        plain_run.take_step()
    change(plain_run, command)
    while plain_run.step < step + 40:
        plain_run.take_step()
    for name in NAMES:
        assert torch.equal(fast.network.get_parameter(name), plain_run.network.get_parameter(name))
    assert fast.fast.kind == "traced"


def test_the_models_code_has_the_weights_set_by_hand() -> None:
    text = write(WriteCode(edited())).model.text
    assert "            self.linear_1.weight[3, 1] = 0.1\n" in text and "self.linear_2.bias.fill_(0.25)" in text
    names: dict[str, Any] = {}
    exec(compile(text, "model.py", "exec"), names)
    torch.manual_seed(3)
    model = names["Network"]()
    for name, value in run_of(edited()).network.state_dict().items():
        assert torch.equal(model.state_dict()[name], value)


def test_a_saved_run_comes_back_with_the_weights_that_were_set() -> None:
    run = run_of(moons())
    run.take_step()
    change(run, ChangeWeights("linear_1.weight", (((0, 1), 0.5),)))
    other = run_of(moons())
    other.restore(run.state())
    assert other.network.get_parameter("linear_1.weight")[0, 1].item() == 0.5
    assert other.log.changes == [(1, "linear_1.weight[0, 1] set to 0.5")]
    assert other.take_step() == run.take_step()

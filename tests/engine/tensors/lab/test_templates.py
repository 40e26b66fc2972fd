"""Every template, run, against the numbers of the course notes (figures.md, recomputed with torch 2.13)."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.inspection import LabView
from engine.lab.templates import GROUPS, template, templates
from tests.engine.tensors.lab.asking import close, grad, grad_close, run, value

NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?|nan|inf")


def numbers(view: LabView, line: int | None = None) -> list[float]:
    """All numbers that were printed (by one line of the text), in order."""
    return [float(each) for at, text in view.printed if line in (None, at) for each in NUMBER.findall(text)]


def printed_near(view: LabView, expected: list[float], digits: float) -> bool:
    found = numbers(view)
    return len(found) == len(expected) and bool(np.allclose(found, expected, rtol=0, atol=digits, equal_nan=True))


def refused(view: LabView, line: int, words: str, own_words: str) -> bool:
    (error,) = view.errors
    return error.line == line and words in error.text and own_words in error.details


S3_GRADS = {"b1": [-0.3480, -1.3032], "W1": [[-0.3480], [-1.3032]], "W2": [[-2.9191, -2.4229]], "b2": [-3.3142]}
PATH = [1.8, 1.64, 1.512, 1.4096, 1.3277, 1.2621]
LOSSES = [1.0, 0.64, 0.4096, 0.2621, 0.1678, 0.1074]


def _autograd_09(view: LabView) -> bool:
    return (
        view.printed == ((8, "tensor(12.)"), (10, "tensor(24.)"))
        and refused(view, 11, "thrown away, at ReluBackward0 (of h)", "second time")
        and grad_close(view, "x", 24)
    )


def _autograd_11(view: LabView) -> bool:
    texts = [text for _, text in view.printed]
    return texts == ["not cleared: tensor(8.)", "zeros: tensor(0.)", "None: None"] and grad(view, "x") is None


def _autograd_15(view: LabView) -> bool:
    shapes = [each.grad.shape for each in view.tensors if each.name in ("W1", "W2") and each.grad is not None]
    return (
        close(view, "z", [3.5731, 1.4248, 1.5416, -0.8837])
        and close(view, "out", [-3.1442, -2.8670])
        and shapes == [(4, 3), (2, 4)]
        and (grads := grad(view, "W1")) is not None
        and not grads[3].any()
        and view.printed[-1][1] == "torch.Size([4, 3]) torch.Size([2, 4])"
    )


def _s3(view: LabView) -> bool:
    backward = (
        [event.name for event in view.tape.events if event.phase in ("backward", "accumulate")] if view.tape else []
    )
    return (
        all(grad_close(view, name, expected) for name, expected in S3_GRADS.items())
        and close(view, "z", [[2, 1]])
        and close(view, "a", [[0.880797, 0.731059]], 6e-7)
        and close(view, "prediction", [[1.342914]], 6e-7)
        and close(view, "loss", 2.745934, 6e-7)
        and view.printed[0][1] == "None"
        and backward
        == [
            "MseLossBackward0",
            "AddmmBackward0",
            "AccumulateGrad",
            "TBackward0",
            "AccumulateGrad",
            "SigmoidBackward0",
            "AddmmBackward0",
            "AccumulateGrad",
            "TBackward0",
            "AccumulateGrad",
        ]
    )


def _descent(view: LabView) -> bool:
    rows = list(zip(*[iter(numbers(view))] * 3, strict=True))
    return (
        len(rows) == 6
        and np.allclose([row[1] for row in rows], PATH, rtol=0, atol=6e-5)
        and np.allclose([row[2] for row in rows], LOSSES, rtol=0, atol=6e-5)
        and np.allclose(PATH, [1 + 0.8**t for t in range(1, 7)], rtol=0, atol=6e-5)
    )


def _steps(view: LabView, rows: int) -> np.ndarray:
    return np.asarray(numbers(view)).reshape(rows, -1)


def _adam(view: LabView) -> bool:
    path = _steps(view, 10)[:, 1]
    return (
        abs(path[-1] - 0.6446719) < 6e-8
        and path.argmin() == 6
        and abs(path.min() - 0.518510) < 6e-7
        and path[2] > 1 > path[3]
    )


def _dead_jacobian(view: LabView) -> bool:
    return not value(view, "J").any() and bool((value(view, "z") < 0).all()) and value(view, "J").shape == (2, 3)


def _leaf_in_place(line: int) -> Callable[[LabView], bool]:
    return lambda view: refused(view, line, "cannot be changed in place", "leaf Variable that requires grad")


def _graph_template(view: LabView) -> bool:
    """The graph itself is drawn; test_graph.py looks at it."""
    return view.tape is not None and [event.name for event in view.tape.events].count("linear") == 2


CHECKS: dict[str, Callable[[LabView], bool]] = {
    "autograd_01_square": lambda v: grad_close(v, "x", 6),
    "autograd_02_whose_grad": lambda v: grad(v, "y") is None and grad_close(v, "x", 6) and "no leaf" in v.notes[0][1],
    "autograd_03_chain": lambda v: grad_close(v, "x", 12),
    "autograd_04_chain_relu": lambda v: grad_close(v, "x", 12),
    "autograd_05_relu_at_zero": lambda v: grad_close(v, "x", [0, 0, 0, 1], 0),
    "autograd_06_tanh": lambda v: grad_close(v, "x", 0.419974, 6e-7),
    "autograd_07_sigmoid": lambda v: grad_close(v, "x", 0.196612, 6e-7),
    "autograd_08_retain_grad": lambda v: grad_close(v, "z", 1) and grad_close(v, "x", 12),
    "autograd_09_retain_graph": _autograd_09,
    "autograd_10_accumulate": lambda v: printed_near(v, [4, 16], 0) and grad_close(v, "x", 16),
    "autograd_11_zero": _autograd_11,
    "autograd_12_vector": lambda v: grad_close(v, "x", [2, 4, 6]),
    "autograd_13_vector_mean": lambda v: grad_close(v, "x", [0.6667, 1.3333, 2]),
    "autograd_14_matrix": lambda v: grad_close(v, "W", [[1, 2]] * 3),
    "autograd_15_network": _autograd_15,
    "autograd_16_backward_on_vector": lambda v: (
        refused(v, 5, "starts from one number", "only for scalar outputs") and "y.sum().backward()" in v.errors[0].why
    ),
    "autograd_17_jacobian": lambda v: close(v, "J", [[-1.1266, -1.8399, 1.0977], [-1.0204, -0.9860, 1.3536]]),
    "autograd_18_jacobian_dead": _dead_jacobian,
    "autograd_19_dtypes": lambda v: value(v, "a").dtype == np.float64 and "float64 meet" in v.notes[0][1],
    "autograd_20_in_place": lambda v: (
        close(v, "y", [1.5, 2, 1], 0)
        and close(v, "x", [1.5, 2, 1], 0)
        and "tensor([-1.5000,  2.0000, -1.0000])" in v.printed[0][1]
    ),
    "autograd_21_in_place_leaf": _leaf_in_place(3),
    "autograd_22_in_place_saved": lambda v: refused(v, 7, "PowBackward0 (of z)", "modified by an inplace operation"),
    "autograd_23_in_place_harmless": lambda v: grad_close(v, "x", 12),
    "autograd_24_in_place_data": lambda v: grad_close(v, "x", 40, 0) and not v.errors and ".data" in v.notes[0][1],
    "autograd_25_three_ways": lambda v: printed_near(v, [12, 12, 12], 1e-7),
    "autograd_26_reference_network": _s3,
    "autograd_27_reference_by_hand": lambda v: printed_near(
        v, [-3.3142, -2.9191, -2.4229, -0.3480, -1.3032, -0.3480, -1.3032], 6e-5
    ),
    "autograd_28_reference_step": lambda v: (
        close(v, "W1", [[1.0348], [-0.8697]])
        and close(v, "b1", [1.0348, 2.1303])
        and close(v, "W2", [[1.2919, 2.2423]])
        and close(v, "b2", [-0.6686])
        and np.allclose(numbers(v, 14), [2.745934, 0.599744], rtol=0, atol=6e-7)
    ),
    "autograd_29_five_backwards": lambda v: (
        np.allclose(
            _steps(v, 5)[:, 1:],
            [[t * -0.19914, t * -0.597643, t * -1.54887] for t in range(1, 6)],
            rtol=0,
            atol=1e-4,
        )
        and grad_close(v, "b1", [-0.9957, -2.9882])
        and grad_close(v, "b2", [-7.7443])
    ),
    "autograd_30_five_cleared": lambda v: np.allclose(_steps(v, 5)[:, 1:], [[-0.1991, -0.5976]] * 5, rtol=0, atol=6e-5),
    "autograd_31_graph": _graph_template,
    "autograd_32_backward_changes_no_weight": lambda v: [text for _, text in v.printed] == ["True", "False"],
    "autograd_33_adam_first_step": lambda v: close(v, "W", [[-0.0285, 0.1312, -0.5536]]) and close(v, "b", [-0.2050]),
    "autograd_34_second_backward_passes": lambda v: grad_close(v, "x", [2, 2]) and "saved no tensor" in v.notes[0][1],
    "autograd_35_second_backward_fails": lambda v: refused(v, 6, "MulBackward0 (of y)", "second time"),
    "loss_01_mse": lambda v: (
        value(v, "loss").item() == 0.030000001192092896 and grad_close(v, "prediction", [-0.1333, 0.1333, -0.0667])
    ),
    "loss_02_cross_entropy": lambda v: (
        value(v, "loss").item() == 0.24131132662296295
        and close(v, "p", [[0.785597, 0.175290, 0.039113]], 6e-7)
        and grad_close(v, "logits", [[0.785597 - 1, 0.175290, 0.039113]], 6e-7)
    ),
    "loss_03_cross_entropy_forms": lambda v: printed_near(v, [0.2413113] * 2, 6e-8),
    "loss_04_stability": lambda v: (
        np.isnan(value(v, "naive"))
        and value(v, "safe") == 1000
        and value(v, "clamped") == 100
        and value(v, "exact") == 200
    ),
    "loss_05_double_softmax": lambda v: close(v, "doubled", 0.701717, 6e-7),
    "loss_06_binary": lambda v: (
        value(v, "loss").item() == 0.3047555983066559 and close(v, "terms", [0.126928, 0.313262, 0.474077], 6e-7)
    ),
    "loss_07_which_term": lambda v: (
        close(v, "yes", -np.log([0.1, 0.5, 0.9])) and close(v, "no", -np.log([0.9, 0.5, 0.1]))
    ),
    "loss_08_two_calls": lambda v: len(numbers(v)) == 6 and all(numbers(v)[i] == numbers(v)[i + 1] for i in (0, 2, 4)),
    "loss_09_sum_or_mean": lambda v: abs(value(v, "sum_loss") - 3 * value(v, "mean_loss")) < 1e-8,
    "loss_10_first_class_is_0": lambda v: printed_near(v, [0.2413113, 1.7413113], 6e-8),
    "loss_11_shapes": lambda v: printed_near(v, [4 / 3, 0], 1e-6) and "different shapes" in v.notes[0][1],
    "descent_01_by_hand": _descent,
    "descent_02_lr_half": lambda v: printed_near(v, [1, 1, 1], 0),
    "descent_03_lr_one": lambda v: printed_near(v, [0, 2, 0, 2], 0),
    "descent_04_lr_too_large": lambda v: printed_near(v, [-0.2, 2.44, -0.728, 3.0736], 1e-6),
    "descent_05_no_grad": _leaf_in_place(6),
    "descent_06_sgd": _descent,
    "descent_07_adam": _adam,
    "descent_08_settings": lambda v: all(
        each in v.printed[0][1] for each in ("lr: 0.001", "betas: (0.9, 0.999)", "eps: 1e-08", "weight_decay: 0")
    ),
    "descent_09_none_or_zero": lambda v: printed_near(v, [1.62, 1.8], 1e-6),
    "decay_01_factor": lambda v: printed_near(v, [1.798, 1.796], 1e-6),
    "decay_02_balance": lambda v: printed_near(v, [0.8, 0.6667], 6e-5),
    "decay_03_adam_adamw": lambda v: np.allclose(
        _steps(v, 3), [[1.9, 1.98, 1.98], [1.800166, 1.9602, 1.9602], [1.700623, 1.940598, 1.940598]], rtol=0, atol=6e-7
    ),
    "decay_04_biases": lambda v: printed_near(v, [0.99, 0.99], 1e-7),
    "regularisation_01_spread": lambda v: printed_near(v, [1, 1, 1, 0.25, 1, 1], 0),
    "regularisation_02_dropout": lambda v: (
        close(v, "train", [0, 0, 2, 0, 0, 0, 2, 2, 0, 2], 0) and close(v, "test", [1] * 10, 0)
    ),
    "data_01_noisy_parabola": lambda v: (
        value(v, "X").shape == (40,)
        and close(v, "X", torch.arange(-3, 3, 0.15).numpy(), 0)
        and np.allclose(numbers(v, 7), [12.377520, 129.4244], rtol=0, atol=6e-5)
    ),
    "data_02_normalize": lambda v: (
        close(v, "squeezed", [-1, 0, 1], 0) and np.allclose(numbers(v, 6), [5, 4.0825], atol=6e-5)
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_numbers_of_the_notes(name: str) -> None:
    view = run(template(name).text)
    assert CHECKS[name](view), (view.printed, view.errors, view.notes)


FAILING = {
    "autograd_09_retain_graph",
    "autograd_16_backward_on_vector",
    "autograd_21_in_place_leaf",
    "autograd_22_in_place_saved",
    "autograd_35_second_backward_fails",
    "descent_05_no_grad",
}


def test_every_template_has_a_check_and_every_group_a_template() -> None:
    assert {each.name for each in templates()} == set(CHECKS)
    assert [group for group in GROUPS if any(each.group == group for each in templates())] == list(GROUPS)
    assert all(each.title and each.text.startswith("#") for each in templates())


def test_only_the_templates_about_errors_have_errors() -> None:
    assert {each.name for each in templates() if run(each.text).errors} == FAILING

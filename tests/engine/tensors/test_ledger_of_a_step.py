"""The ledger of a real step: None → numbers → None, with torch's own numbers."""

import numpy as np

from engine.ledger import ledger
from engine.tensors.tape import record
from tests.engine.tensors.projects import run_of, s3


def test_s3() -> None:
    run = run_of(s3())
    tape = record(run)
    before = ledger(tape, -1)
    assert [row.name for row in before] == [name for name, _ in run.network.named_parameters()]
    assert all(row.grad is None and row.accumulations == 0 for row in before)

    last_gradient = max(event.index for event in tape.events if event.phase == "accumulate")
    grads = {row.name: row.grad for row in ledger(tape, last_gradient)}
    grad = grads["linear_1.weight"]
    assert grad is not None
    assert np.allclose(grad.values, [[-0.347967], [-1.303211]], atol=6e-7)
    assert all(row.accumulations == 1 for row in ledger(tape, last_gradient))

    after = ledger(tape, len(tape.events) - 1)
    assert all(row.grad is None for row in after)
    run.take_step()
    for row in after:
        assert np.array_equal(row.value.values, run.network.get_parameter(row.name).detach().numpy())

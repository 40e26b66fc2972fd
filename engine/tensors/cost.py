"""What a network costs: multiply-adds as torch counts them, and the memory that training takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from torch.utils.flop_counter import FlopCounterMode

from engine.spec import OUTPUT_ID, Choice, ProjectSpec
from engine.tensors.mismatch import Shape
from engine.views import Memory

_FLOAT = 4
_STATE_TENSORS = {"sgd": 0, "adam": 2, "adamw": 2, "rmsprop": 1, "adagrad": 1, "adadelta": 2, "nadam": 2, "radam": 2}


def multiply_adds(run: Callable[[], object], rows: int) -> int:
    """Multiply-adds per row of what `run` computes on a batch of so many rows.

    Counted by torch (torch.utils.flop_counter): matrix products and convolutions, each multiply-add as 2 flops; activations,
    sums and normalizations count nothing there.
    """
    with FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops()) // (2 * rows)


def memory(project: ProjectSpec, shapes: Mapping[str, Shape], parameters: Mapping[str, int]) -> dict[str, Memory]:
    """Estimate per node, float32: parameters, the gradients and optimizer state of those that learn, outputs of one batch.

    The optimizer's few scalars and the tensors that operations use meanwhile are left out.
    """
    states = _state_tensors(project.train.optimizer)
    frozen = {node.id for node in project.network.nodes if node.frozen}
    found = {}
    for node_id in shapes:
        own = _FLOAT * parameters.get(node_id, 0)
        learned = 0 if node_id in frozen else own
        outputs = 0 if node_id == OUTPUT_ID else _FLOAT * math.prod(shapes[node_id]) * project.train.batch_size
        found[node_id] = Memory(own, learned, learned * states, outputs)
    return found


def _state_tensors(optimizer: Choice) -> int:
    momentum = optimizer.has("momentum") and optimizer.number("momentum") > 0
    more = sum(optimizer.as_dict().get(name) is True for name in ("amsgrad", "centered"))
    if optimizer.kind == "lbfgs":  # two vectors for every iteration that it remembers, direction and last gradient
        return 2 * int(optimizer.number("history_size")) + 2
    return _STATE_TENSORS[optimizer.kind] + momentum + more

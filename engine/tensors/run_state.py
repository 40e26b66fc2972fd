"""A run at a step boundary as plain tensors and plain numbers, so that it can be saved without pickle."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from engine.metrics import SERIES
from engine.tensors.devices import set_random_state

if TYPE_CHECKING:
    from engine.tensors.train import Run


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """`tensors`: CPU copies under the names weights/…, optimizer/<parameter>/…, random/…, batches/…, metrics/….
    `numbers`: what JSON can hold (steps, the batch cursor, running sums, the versions the bits depend on)."""

    tensors: dict[str, Tensor]
    numbers: dict[str, object] = field(default_factory=dict)


def capture(run: Run) -> RunState:
    """Copy everything that the coming steps depend on."""
    tensors = {f"weights/{name}": value for name, value in run.network.state_dict().items()}
    for index, kept in _optimizer_state(run).items():
        tensors |= {f"optimizer/{index}/{name}": v for name, v in kept.items() if isinstance(v, Tensor)}
    tensors |= {f"random/{name}": value for name, value in run.rng.items()}
    tensors |= {f"batches/{name}": value for name, value in run.batches.state().items()}
    for name in SERIES:
        steps, values, _ = run.log.since(name)
        tensors[f"metrics/{name}"] = torch.stack((torch.tensor(steps), torch.tensor(values)), dim=1)
    copies = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    return RunState(copies, _numbers(run))


def put_back(run: Run, state: RunState) -> None:
    """Bring a run that was built from the same project to where `state` was taken.

    Raises:
        KeyError, TypeError, ValueError, RuntimeError, IndexError: the state does not fit this run.
    """
    numbers: dict[str, Any] = dict(state.numbers)
    weights = _under(state, "weights/")
    run.network.load_state_dict(weights)
    _load_optimizer(run, _under(state, "optimizer/"))
    run.rng = _under(state, "random/")
    set_random_state(run.rng, run.device)
    run.batches.restore(_under(state, "batches/"), int(numbers["cursor"]))
    run.step, run.epoch = int(numbers["step"]), int(numbers["epoch"])
    run.tally.loss, run.tally.rows, run.tally.hits = (
        float(numbers["epoch_loss"]),
        int(numbers["epoch_rows"]),
        int(numbers["epoch_hits"]),
    )
    for name, values in _under(state, "metrics/").items():
        if run.log.since(name)[2] == 0:
            table = values.to(torch.float64).numpy()
            run.log.extend(name, table[:, 0], table[:, 1])
    run.log.changes.extend((int(step), str(text)) for step, text in numbers["changes"])


def _numbers(run: Run) -> dict[str, object]:
    return {
        "step": run.step,
        "epoch": run.epoch,
        "cursor": run.batches.cursor,
        "epoch_loss": run.tally.loss,
        "epoch_rows": run.tally.rows,
        "epoch_hits": run.tally.hits,
        "changes": [[step, text] for step, text in run.log.changes],
        "seed": run.project.train.seed,
        "torch": torch.__version__,
        "device": run.device.type,
        "threads": torch.get_num_threads(),
        "cpu": os.environ.get("ATEN_CPU_CAPABILITY", torch.backends.cpu.get_cpu_capability()),
    }


def _optimizer_state(run: Run) -> dict[int, dict[str, object]]:
    return cast(dict[int, dict[str, object]], run.optimizer.state_dict()["state"])


def _load_optimizer(run: Run, tensors: dict[str, Tensor]) -> None:
    """Only the tensors come from the state; learning rate and the like are the project's."""
    state: dict[int, dict[str, Tensor]] = {}
    for path, value in tensors.items():
        index, name = path.split("/")
        state.setdefault(int(index), {})[name] = value
    groups = run.optimizer.state_dict()["param_groups"]
    parameters = [parameter for group in run.optimizer.param_groups for parameter in group["params"]]
    for place, kept in state.items():
        for name, value in kept.items():
            if value.dim() and value.shape != parameters[place].shape:
                raise ValueError(f"{name} of parameter {place} has another shape")
    run.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _under(state: RunState, prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in state.tensors.items() if name.startswith(prefix)}

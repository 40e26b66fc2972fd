"""A run at a step boundary as plain arrays and plain numbers, so that it can be saved without pickle, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor

from engine.metrics import SERIES, TRAIN_LOSS, VALIDATION_LOSS
from engine.project_file import RunState
from engine.tensors.devices import set_random_state
from engine.tensors.lbfgs import packed, takes_closure, unpacked
from engine.tensors.schedule import reschedule
from engine.weights_file import Arrays

if TYPE_CHECKING:
    from engine.tensors.train import Run


def capture(run: Run) -> RunState:
    """Copy everything that the coming steps depend on.

    `tensors` are called optimizer/<parameter's place>/<name>, random/<device>, batches/<name>, best/<name>; `facts` hold steps, the
    batch cursor, the running sums of the epoch, and what the bits depend on (torch, device, threads, CPU).
    """
    tensors: dict[str, Tensor] = {}
    for place, kept in _optimizer_state(run).items():
        tensors |= {f"optimizer/{place}/{name}": value for name, value in packed(kept)[0].items()}
    tensors |= {f"random/{name}": value for name, value in run.rng.items()}
    tensors |= {f"best/{name}": value for name, value in run.stopper.weights.items()}
    tensors |= {f"batches/{name}": value for name, value in run.batches.state().items()}
    curves: Arrays = {name: np.stack(run.log.since(name)[:2], axis=1) for name in SERIES}
    weights = {name: _copy(value) for name, value in run.network.state_dict().items()}
    return RunState(run.project, weights, {name: _copy(value) for name, value in tensors.items()}, _facts(run), curves)


def put_back(run: Run, state: RunState) -> None:
    """Bring a run that was built from the same project to where `state` was taken.

    Raises:
        KeyError, TypeError, ValueError, RuntimeError, IndexError: the state does not fit this run.
    """
    facts: dict[str, Any] = state.facts
    run.network.load_state_dict({name: torch.tensor(value) for name, value in state.weights.items()})
    _load_optimizer(run, _under(state, "optimizer/"), facts.get("optimizer", {}))
    run.rng = run.rng | _under(state, "random/")
    set_random_state(run.rng, run.device)
    run.batches.restore(_under(state, "batches/"), int(facts["cursor"]))
    run.step, run.epoch = int(facts["step"]), int(facts["epoch"])
    run.tally.loss = float(facts["epoch_loss"])
    run.tally.weight = float(facts.get("epoch_weight", facts["epoch_rows"]))
    run.tally.rows, run.tally.hits = int(facts["epoch_rows"]), int(facts["epoch_hits"])
    for name in SERIES:
        # A file of an older version has no curve that was added since.
        table = np.asarray(state.curves.get(name, ()), dtype=np.float64).reshape(-1, 2)
        run.log.extend(name, table[:, 0], table[:, 1])
    run.log.changes.extend((int(step), str(text)) for step, text in facts["changes"])
    steps, losses, _ = run.log.since(VALIDATION_LOSS if len(run.rows["validation"]) else TRAIN_LOSS)
    run.watched = losses[steps > 0].tolist()
    reschedule(run)
    run.stopper.put_back(facts.get("stopping", {}), {k: v.to(run.device) for k, v in _under(state, "best/").items()})


def same_surroundings(state: RunState, run: Run) -> bool:
    """Whether torch, device, threads and CPU are those of the saved run: only then it goes on bit for bit."""
    return all(state.facts.get(name) == value for name, value in _surroundings(run).items())


def _facts(run: Run) -> dict[str, Any]:
    return {
        "step": run.step,
        "epoch": run.epoch,
        "cursor": run.batches.cursor,
        "epoch_loss": run.tally.loss,
        "epoch_rows": run.tally.rows,
        "epoch_weight": run.tally.weight,
        "epoch_hits": run.tally.hits,
        "stopping": run.stopper.facts(),
        "optimizer": {str(place): packed(kept)[1] for place, kept in _optimizer_state(run).items()},
        "changes": [[step, text] for step, text in run.log.changes],
        "seed": run.project.train.seed,
        **_surroundings(run),
    }


def _surroundings(run: Run) -> dict[str, Any]:
    return {
        "torch": torch.__version__,
        "device": run.device.type,
        "threads": torch.get_num_threads(),
        "cpu": torch.backends.cpu.get_cpu_capability(),
    }


def _copy(value: Tensor) -> np.ndarray[Any, np.dtype[np.generic]]:
    return cast(np.ndarray[Any, np.dtype[np.generic]], value.detach().cpu().clone().contiguous().numpy())


def _optimizer_state(run: Run) -> dict[int, dict[str, object]]:
    return cast(dict[int, dict[str, object]], run.optimizer.state_dict()["state"])


def _load_optimizer(run: Run, tensors: dict[str, Tensor], facts: dict[str, dict[str, Any]]) -> None:
    """Only what the optimizer remembers comes from the state; learning rate and the like are the project's."""
    state: dict[int, dict[str, Tensor]] = {}
    for path, value in tensors.items():
        place, name = path.split("/")
        state.setdefault(int(place), {})[name] = value
    parameters = [parameter for group in run.optimizer.param_groups for parameter in group["params"]]
    flat = torch.Size([sum(parameter.numel() for parameter in parameters)])
    for index, kept in state.items():
        for name, value in kept.items():
            if value.dim() and value.shape != (flat if takes_closure(run.optimizer) else parameters[index].shape):
                raise ValueError(f"{name} of parameter {index} has another shape")
    groups = run.optimizer.state_dict()["param_groups"]
    places = {*state, *map(int, facts)}
    whole = {place: unpacked(state.get(place, {}), facts.get(str(place), {})) for place in places}
    run.optimizer.load_state_dict({"state": whole, "param_groups": groups})


def _under(state: RunState, prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, without it; copies, for the arrays of a file are read-only."""
    return {name[len(prefix) :]: torch.tensor(v) for name, v in state.tensors.items() if name.startswith(prefix)}

"""What a script's training loop has beside the plain step: schedule of the learning rate, penalties, clipping, early stopping."""

from __future__ import annotations

from engine.catalog import CLIPPINGS, LOSSES, SCHEDULES
from engine.catalog.schedules import pace_of
from engine.exporters.script_model import call_source
from engine.spec import OUTPUT_ID, Choice, ProjectSpec
from engine.views import NetworkReport


def loss_source(project: ProjectSpec, report: NetworkReport, device: str = "device") -> str:
    """The expression that makes the loss, with the weights of the classes as numbers."""
    from engine.datasets import DataError
    from engine.datasets.class_weights import loss_weights
    from engine.tensors.build import loss_arguments
    from engine.tensors.check import prepared_or_error

    loss, prepared = project.train.loss, prepared_or_error(project.data)
    if isinstance(prepared, DataError):  # the report was ready, so the data are there
        raise prepared
    weights = loss_weights(loss, prepared.dataset, prepared.targets["train"], report.shapes[OUTPUT_ID][0])
    extra: tuple[str, ...] = ()
    if weights is not None:
        where = f", device={device}" if device else ""
        extra = (f"{LOSSES[loss.kind].weights}=torch.tensor({list(weights)!r}{where})",)
    return call_source(LOSSES[loss.kind].torch_name, loss_arguments(loss), extra=extra)


def schedule_source(project: ProjectSpec, report: NetworkReport) -> list[str]:
    """The statement that makes the scheduler; none where the rate is constant."""
    train = project.train
    if not (pace := pace_of(train.schedule)):
        return []
    from engine.tensors.data import batches_in_epoch
    from engine.tensors.schedule import scheduler_arguments

    planned = "EPOCHS"
    if pace == "step":
        steps = batches_in_epoch(report.sizes[0], train.batch_size, project.network)
        planned = f"EPOCHS * {steps}" if steps > 1 else "EPOCHS"
    if train.schedule.kind == "warm_up_cosine":
        return _two_schedules(train.schedule, planned)
    arguments = scheduler_arguments(train.schedule, 1)
    extra = []
    if train.schedule.kind == "cosine" and train.schedule.get("T_max") is None:
        del arguments["T_max"]
        extra = [f"T_max={planned}"]
    if train.schedule.kind == "one_cycle":
        del arguments["total_steps"]
        extra = ['max_lr=[group["lr"] for group in optimizer.param_groups]', f"total_steps={planned}"]
    name = SCHEDULES[train.schedule.kind].torch_name
    return [f"scheduler = {call_source(name, arguments, 'optimizer', extra=tuple(extra))}"]


def _two_schedules(choice: Choice, planned: str) -> list[str]:
    warm, module = choice.get("total_iters"), "torch.optim.lr_scheduler"
    rising = {"start_factor": choice.get("start_factor"), "total_iters": warm}
    falling = call_source(
        f"{module}.CosineAnnealingLR",
        {"eta_min": choice.get("eta_min")},
        "optimizer",
        extra=(f"T_max=max(1, {planned} - {warm})",),
    )
    return [
        f"warm_up = {call_source(f'{module}.LinearLR', rising, 'optimizer')}",
        f"cosine = {falling}",
        f"scheduler = {module}.SequentialLR(optimizer, [warm_up, cosine], milestones=[{warm}])",
    ]


def schedule_moves(project: ProjectSpec, report: NetworkReport, pace: str) -> list[str]:
    """`scheduler.step()` where it is called after every "step" or at the end of every "epoch"."""
    schedule = project.train.schedule
    if pace_of(schedule) != pace:
        return []
    if SCHEDULES[schedule.kind].watches:
        return [f"scheduler.step({'validation' if report.sizes[1] else 'train'}_losses[-1])"]
    return ["scheduler.step()"]


def penalized_source(project: ProjectSpec) -> list[str]:
    """The statement `weights = […]`: what the penalties are about; none where there are no penalties."""
    train = project.train
    if not (train.l1 or train.l2):
        return []
    which = "" if train.penalize_all else " and p.dim() > 1"
    return [f"weights = [p for p in network.parameters() if p.requires_grad{which}]"]


def penalty_source(project: ProjectSpec) -> str:
    """The penalty as an expression over `weights`; "" where there is none."""
    train = project.train
    l1 = f"{train.l1!r} * sum(w.abs().sum() for w in weights)" if train.l1 else ""
    l2 = f"{train.l2!r} * sum(w.square().sum() for w in weights)" if train.l2 else ""
    return " + ".join(part for part in (l1, l2) if part)


def clipping_source(project: ProjectSpec) -> list[str]:
    """The statement that clips the gradients, between backward and the optimizer's step."""
    choice = project.train.clipping
    if choice.kind == "none":
        return []
    name = CLIPPINGS[choice.kind].torch_name
    return [call_source(name, choice.as_dict(), "network.parameters()")]


def stopping_start(project: ProjectSpec) -> list[str]:
    """What early stopping remembers, before the first epoch."""
    if project.train.stopping.kind == "none":
        return []
    keeps = ", best_weights" if project.train.stopping.get("restore_best") else ""
    return [f"best_loss, waited{keeps} = math.inf, 0{', {}' if keeps else ''}  # for early stopping"]


def stopping_source(project: ProjectSpec, report: NetworkReport) -> list[str]:
    """At the end of an epoch: remember the best loss, and stop when it has not fallen for too long."""
    choice = project.train.stopping
    if choice.kind == "none":
        return []
    watched = f"{'validation' if report.sizes[1] else 'train'}_losses[-1]"
    delta = f" - {choice.get('min_delta')!r}" if choice.get("min_delta") else ""
    keep = "best_weights = {name: value.clone() for name, value in network.state_dict().items()}"
    lines = [f"if {watched} < best_loss{delta}:", f"    best_loss, waited = {watched}, 0"]
    if choice.get("restore_best"):
        lines.append(f"    {keep}")
    lines += ["else:", "    waited += 1", f"if waited == {choice.get('patience')}:"]
    if choice.get("restore_best"):
        lines += ["    if best_weights:", "        network.load_state_dict(best_weights)"]
    return [*lines, "    break"]

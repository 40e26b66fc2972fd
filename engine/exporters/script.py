"""A project as one readable Python script that needs only torch and numpy and prints the very same losses."""

from __future__ import annotations

import ast

from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets import load
from engine.datasets.class_weights import NONE
from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.exporters.script_data import load_source, prepare_source, table_source
from engine.exporters.script_model import call_source, groups_source, network_source
from engine.exporters.script_training import (
    clipping_source,
    loss_source,
    penalized_source,
    penalty_source,
    schedule_moves,
    schedule_source,
    stopping_source,
    stopping_start,
)
from engine.spec import OUTPUT_ID, ProjectSpec
from engine.views import Failure, NetworkReport


def render(context: ExportContext, suffix: str) -> bytes:
    """The source in UTF-8, parsed again before it is returned.

    Raises engine.errors.ExportError when the project cannot be trained as it stands.
    """
    project, report = context.project, context.report
    if not report.ready:
        issue = next(issue for issue in report.issues if issue.severity == "error")
        todo = "Mend what is marked on the canvas, then export the script."
        raise ExportError(Failure("The project cannot be trained yet.", issue.text, todo))
    changes = context.log.changes if context.log else []
    lines = [
        *_head(project, [text for _, text in changes]),
        "",
        "",
        *load_source(project),
        "",
        "",
        *prepare_source(project, report),
        "",
        "",
        *network_source(project.network, report),
        "",
        "",
        *_evaluate_source(project, report),
        "",
        "",
        *_main_source(project, report),
        "",
        "",
        *([*table, "", ""] if (table := table_source(project)) else []),
        'if __name__ == "__main__":',
        "    main()",
        "",
    ]
    source = "\n".join(lines)
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise ExportError(Failure("The script was not exported: it does not parse.", details=str(error))) from error
    return source.encode("utf-8")


def _head(project: ProjectSpec, changes: list[str]) -> list[str]:
    import torch

    train, device = project.train, project.train.device
    name = "".join(sign for sign in project.name if sign.isprintable() and sign not in '"\\')
    lines = [
        f'"""{name}',
        "",
        "Exported from Chainrule. Rebuilds data, network and training and prints the loss of every epoch: on a CPU exactly",
        f"the numbers that Chainrule shows. Needs torch and numpy; written with torch {torch.__version__.split('+')[0]}.",
        "With --json the losses are printed as one JSON object.",
    ]
    if changes:
        lines += [
            "",
            "While the run went on, this was changed by hand; the script uses the last values from the start:",
        ]
        lines += [
            f"- {''.join(sign for sign in text if sign.isprintable() and sign not in chr(34) + chr(92))}"
            for text in changes
        ]
    from_file = bool(table_source(project))
    convolves = any(node.kind in ("conv1d", "conv2d") for node in project.network.nodes)
    return [
        *lines,
        '"""',
        "",
        *(["import base64", "import gzip"] if from_file else []),
        "import json",
        "import math",
        *(["import os"] if convolves else []),
        "import sys",
        "",
        "import numpy as np",
        "import torch",
        "from torch import nn",
        "",
        f"SEED = {train.seed}",
        f"EPOCHS = {train.epochs}",
        f"BATCH_SIZE = {train.batch_size}",
        f'DEVICE = "{device}"  # auto, cpu, cuda or mps',
        f"THREADS = {'max(1, min(4, (os.cpu_count() or 1) // 2))' if convolves else 1}  # as Chainrule: another number can change the last bits",
    ]


def _evaluate_source(project: ProjectSpec, report: NetworkReport) -> list[str]:
    """`evaluate`: loss and accuracy of a part, in the same slices as Chainrule."""
    from engine.tensors.evaluate import EVALUATION_ROWS

    right = _right_answers(project, report)
    size = max(EVALUATION_ROWS, project.train.batch_size)
    weighted = _is_weighted(project)
    hits = [f"        hits += int(({right}).sum())"] if right else []
    return [
        "@torch.no_grad()",
        "def evaluate(network, loss_fn, features, targets):",
        f'    """Loss and {"share of right answers" if right else "None: there is no accuracy for numbers"}."""',
        "    if not len(features):",
        "        return None, None",
        "    network.eval()",
        "    total = 0.0" if not right else "    total, hits = 0.0, 0",
        *(["    counted = 0.0"] if weighted else []),
        f"    for x, y in zip(features.split({size}), targets.split({size})):",
        "        output = network(x)",
        *(f"        {line}" for line in _add_loss(project, "loss_fn(output, y)")),
        *hits,
        "    network.train()",
        f"    return {_mean(project)}, {'hits / len(features)' if right else 'None'}",
    ]


def _right_answers(project: ProjectSpec, report: NetworkReport) -> str:
    """The counterpart of engine.tensors.measure.correctness, with every choice made; "" for regression."""
    if load(project.data.source).task == "regression":
        return ""
    entry = LOSSES[project.train.loss.kind]
    if entry.target == "classes":
        return "output.argmax(1) == y"
    if report.shapes[OUTPUT_ID][0] > 1:
        return "output.argmax(1) == y.argmax(1)"
    return f"(output > {'0' if entry.chances == 'sigmoid' else '0.5'}) == (y > 0.5)"


def _is_weighted(project: ProjectSpec) -> bool:
    """Whether torch's mean of a batch divides by the weights of its rows."""
    loss = project.train.loss
    weighted = LOSSES[loss.kind].weighted_mean and loss.get("class_weights") != NONE
    return weighted and loss.get("reduction") == "mean"


def _add_loss(project: ProjectSpec, loss: str) -> list[str]:
    if _is_weighted(project):
        return [
            "share = loss_fn.weight.double()[y].sum().item()  # torch's mean divides by the weights of the rows",
            f"total, counted = total + {loss}.item() * share, counted + share",
        ]
    return [f"total += {loss}.item(){'' if project.train.loss.get('reduction') == 'sum' else ' * len(y)'}"]


def _mean(project: ProjectSpec) -> str:
    if project.train.loss.get("reduction") == "sum":
        return "total"
    return f"total / {'counted' if _is_weighted(project) else 'len(features)'}"


def _main_source(project: ProjectSpec, report: NetworkReport) -> list[str]:
    train, rows = project.train, report.sizes[0]
    order = "torch.randperm(len(features), generator=generator)" if train.shuffle else "torch.arange(len(features))"
    lines = [
        "def main():",
        "    torch.set_num_threads(THREADS)",
        "    device = DEVICE",
        '    if device == "auto":',
        '        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"',
        '    if device == "cuda":  # same bits for the same seed, and full float32',
        "        torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True",
        "        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False",
        "    data = prepare_data(device)",
        '    features, targets = data["train"]',
        "",
        "    torch.manual_seed(SEED)",
        "    network = Network()",
        "    network.to(device)",
        f"    loss_fn = {loss_source(project, report)}",
        *(f"    {line}" for line in (*penalized_source(project), *groups_source(project.network))),
        f"    optimizer = {_optimizer_source(project)}",
        *(f"    {line}" for line in schedule_source(project, report)),
        *(
            ["    generator = torch.Generator().manual_seed(SEED)  # for the order of the batches alone"]
            if train.shuffle
            else []
        ),
        "",
        '    quiet = "--json" in sys.argv',
        "    train_losses, validation_losses = [], []",
        *(f"    {line}" for line in stopping_start(project)),
        "    for epoch in range(1, EPOCHS + 1):",
        f"        total{', counted = 0.0, 0.0' if _is_weighted(project) else ' = 0.0'}",
        f"        batches = {order}.to(device).split(BATCH_SIZE)",
    ]
    batch_norm = any(node.kind.startswith("batch_norm") for node in project.network.nodes)
    if batch_norm and train.batch_size > 1 and rows > train.batch_size and rows % train.batch_size == 1:
        lines.append(
            "        batches = (*batches[:-2], torch.cat(batches[-2:]))  # BatchNorm cannot take a batch of one"
        )
    closure = OPTIMIZERS[train.optimizer.kind].closure
    shown = ", validation loss {validation_losses[-1]!r}" if report.sizes[1] else ""
    return [
        *lines,
        "        for rows in batches:",
        "            x, y = features[rows], targets[rows]",
        *(f"            {line}" for line in _step_source(project)),
        *(f"            {line}" for line in schedule_moves(project, report, "step")),
        *(f"            {line}" for line in _add_loss(project, "first[0]" if closure else "loss")),
        f"        train_losses.append({_mean(project)})",
        '        validation_losses.append(evaluate(network, loss_fn, *data["validation"])[0])',
        *(f"        {line}" for line in schedule_moves(project, report, "epoch")),
        "        if not quiet:",
        f'            print(f"epoch {{epoch}}: train loss {{train_losses[-1]!r}}{shown}")',
        *(f"        {line}" for line in stopping_source(project, report)),
        "",
        '    test_loss, test_accuracy = evaluate(network, loss_fn, *data["test"])',
        "    if quiet:",
        "        found = {",
        '            "train_loss": train_losses,',
        '            "val_loss": validation_losses,',
        '            "test_loss": test_loss,',
        '            "test_accuracy": test_accuracy,',
        "        }",
        "        print(json.dumps(found))",
        "    elif test_loss is not None:",
        '        print(f"test: loss {test_loss!r}, accuracy {test_accuracy!r}")',
    ]


def _step_source(project: ProjectSpec) -> list[str]:
    """One step on the batch x, y."""
    penalty, closure = penalty_source(project), OPTIMIZERS[project.train.optimizer.kind].closure
    goal = "objective" if penalty else "loss"
    told = f'f"The loss became {{{goal}.item()}} in epoch {{epoch}}: try a smaller learning rate."'
    lines = [
        "optimizer.zero_grad()",
        "loss = loss_fn(network(x), y)",
        *([f"objective = loss + ({penalty})"] if penalty else []),
        f"if not math.isfinite({goal}.item()):",
        f"    sys.exit({told})",
        f"{goal}.backward()",
        *clipping_source(project),
    ]
    if not closure:
        return [*lines, "optimizer.step()"]
    inside = [*lines, "first.append(loss.detach())", f"return {goal}"]
    return [
        "first = []  # the losses that the optimizer asks for; the first is that of the batch before the step",
        "",
        "def closure():",
        *(f"    {line}" for line in inside),
        "",
        "optimizer.step(closure)",
    ]


def _optimizer_source(project: ProjectSpec) -> str:
    from engine.tensors.build import optimizer_arguments, runs_fused

    choice = project.train.optimizer
    entry = OPTIMIZERS[choice.kind]
    arguments = {name: value for name, value in optimizer_arguments(choice, "cpu").items() if name != "fused"}
    devices = [device for device in ("cpu", "cuda", "mps") if runs_fused(entry, device)]
    fused = "True" if len(devices) == 3 else " or ".join(f'device == "{device}"' for device in devices)
    given = "groups" if groups_source(project.network) else "network.parameters()"
    return call_source(entry.torch_name, arguments, given, extra=(f"fused={fused}",) if fused else ())

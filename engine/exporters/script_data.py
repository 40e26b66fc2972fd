"""The data of a project as source: the rows, their split, their normalization and what the loss compares with."""

from __future__ import annotations

import base64
import gzip
import inspect
import textwrap
from functools import lru_cache
from importlib.resources import files

from engine.catalog import LOSSES
from engine.datasets import load
from engine.datasets.registry import DATASETS
from engine.exporters import own_data
from engine.spec import OUTPUT_ID, DataSpec, ProjectSpec, SplitSpec
from engine.views import NetworkReport


def load_source(project: ProjectSpec) -> list[str]:
    """`make_…`, as Chainrule itself runs it, and `load_data`, which calls it."""
    source = project.data.source
    entry = DATASETS[source.kind]
    if entry.from_file:
        return own_data.load_source(project.data)
    make = textwrap.dedent(inspect.getsource(entry.make)).rstrip().splitlines()
    arguments = [f"{name}={value!r}" for name, value in source.values]
    lines = [*make, "", "", "def load_data():", '    """Features and targets, before split and normalization."""']
    if entry.file:
        arguments.insert(0, "table=table")
        lines += [
            "    lines = gzip.decompress(base64.b64decode(DATA)).decode().splitlines()",
            '    table = np.loadtxt(lines[1:], delimiter=",", ndmin=2)  # the first line holds the names of the columns',
        ]
    call = f"{entry.make.__name__}({', '.join(arguments)})"
    return [
        *lines,
        f"    features, targets = {call}",
        "    return np.ascontiguousarray(features), np.ascontiguousarray(targets)",
    ]


def table_source(project: ProjectSpec) -> list[str]:
    """The data file itself, compressed, as the constant DATA; nothing for data that is computed."""
    entry = DATASETS[project.data.source.kind]
    if entry.from_file:
        return list(own_data.packed(project.data))
    return [f"# {entry.title}: a CSV table, gzipped, in base64.", *_packed(entry.file)] if entry.file else []


@lru_cache(maxsize=4)
def _packed(name: str) -> tuple[str, ...]:
    """Compressing takes a third of a second, and the code pane writes the script after every edit."""
    raw = (files("resources") / "data" / name).read_bytes()
    packed = gzip.compress(gzip.decompress(raw) if name.endswith(".gz") else raw, mtime=0)
    rows = textwrap.wrap(base64.b64encode(packed).decode("ascii"), 116)
    return ('DATA = """', *rows, '"""')


def prepare_source(project: ProjectSpec, report: NetworkReport) -> list[str]:
    """`prepare_data`: the three parts as pairs of float32 features and targets in the form that the loss needs."""
    train, validation, _ = report.sizes
    end = train + validation
    lines = [
        "def prepare_data(device):",
        '    """Training, validation and test part, each as (features, targets) on the device."""',
        "    features, targets = load_data()",
        *_order(project.data.split),
        f'    rows = {{"train": order[:{train}], "validation": order[{train}:{end}], "test": order[{end}:{sum(report.sizes)}]}}',
    ]
    if project.data.normalization != "none":
        lines += _scale_lines(project.data, len(report.shapes["input"]), train)
    lines += _target_lines(project, report)
    return [
        *lines,
        "    return {",
        "        part: (torch.tensor(features[index], device=device), torch.tensor(targets[index], device=device))",
        "        for part, index in rows.items()",
        "    }",
    ]


def _order(split: SplitSpec) -> list[str]:
    shuffled = f"np.random.default_rng({split.seed}).permutation(len(features))"
    lines = [f"    order = {shuffled if split.shuffle else 'np.arange(len(features))'}"]
    if split.stratify:
        lines += [
            "    place = np.empty(len(order))  # every class comes evenly from the first row to the last",
            "    for one in np.unique(targets):",
            "        mine = np.flatnonzero(targets[order] == one)",
            "        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)",
            '    order = order[np.argsort(place, kind="stable")]',
        ]
    return lines


def _scale_lines(data: DataSpec, dims: int, train_rows: int) -> list[str]:
    """`dims` is the number of axes of one sample."""
    axes = f"(0, {', '.join(str(axis) for axis in range(2, dims + 1))})" if dims > 1 else "(0,)"
    what = "channel" if dims == 3 else "step" if dims == 2 else "feature"
    shape = f".reshape(-1{', 1' * (dims - 1)})" if dims > 1 else ""
    if data.normalization == "min-max":
        return _range_lines(data, axes, what, shape)
    ddof = 0 if data.normalization == "standardize (N)" else 1
    divisor = "N - 1" if ddof else "N"
    lines = [
        f"    # Every {what} minus its mean, divided by its standard deviation ({divisor}), both of the training part.",
        '    train = features[rows["train"]].astype(np.float64)',
        f"    mean = train.mean(axis={axes})",
    ]
    if train_rows == 1 and dims == 1 and ddof:
        lines.append("    std = np.ones_like(mean)  # one single row has no standard deviation")
    else:
        lines.append(f"    std = train.std(axis={axes}, ddof={ddof})")
        lines.append("    std = np.where(std > 0, std, 1.0)")
    return [*lines, f"    features = ((features.astype(np.float64) - mean{shape}) / std{shape}).astype(np.float32)"]


def _range_lines(data: DataSpec, axes: str, what: str, shape: str) -> list[str]:
    return [
        f"    # Every {what} from {data.low:g} at its least value in the training part to {data.high:g} at its greatest.",
        '    train = features[rows["train"]].astype(np.float64)',
        f"    low, high = train.min(axis={axes}), train.max(axis={axes})",
        f"    width = np.where(high > low, high - low, 1.0) / ({data.high!r} - {data.low!r})",
        f"    shift = low - {data.low!r} * width",
        f"    features = ((features.astype(np.float64) - shift{shape}) / width{shape}).astype(np.float32)",
    ]


def _target_lines(project: ProjectSpec, report: NetworkReport) -> list[str]:
    """The counterpart of engine.datasets.targets.targets_for, with every choice made."""
    dataset = load(project.data.source)
    if LOSSES[project.train.loss.kind].target == "classes":
        return ["    targets = targets.astype(np.int64)"]
    if dataset.task == "regression":
        return ["    targets = targets.astype(np.float32)"]
    if report.shapes[OUTPUT_ID][0] == 1:
        return ["    targets = targets.astype(np.float32)[:, None]  # 0 or 1, one column as the network has one output"]
    classes = len(dataset.class_names)
    return [f"    targets = np.eye({classes}, dtype=np.float32)[targets]  # a 1 in the column of the class"]

"""What a card and an arrow say, as plain data: computed first, drawn second. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from engine.catalog import INITIALIZERS, LAYERS, LOSSES, LayerEntry
from engine.datasets.registry import DATASETS
from engine.fields import Value
from engine.spec import INPUT_ID, OUTPUT_ID, Choice, LinkSpec, NodeSpec, ProjectSpec
from engine.views import Fix, Issue, NetworkReport
from gui.run_view import amount

# How a value that every reader wants to see is written; others are shown when they differ from their default.
_CHIEF = {
    "kernel_size": "{0}×{0}",
    "p": "p = {0}",
    "negative_slope": "slope {0}",
    "dim": "dim {0}",
    "alpha": "alpha {0}",
}
_LEAVING = ("out_features", "out_channels", "hidden_size", "embedding_dim")
_ARRIVING = ("num_embeddings",)
"""Sizes that stand at the two ends of an arrow, beside those that are read off the arriving tensor."""


@dataclass(frozen=True, slots=True)
class Card:
    """One layer as the canvas shows it. `severity` is "error", "warning" or ""."""

    id: str
    kind: str
    title: str
    line: str
    """The small line under the title: a layer's id; for the data the shape of a batch, for the loss its formula."""
    values: str
    count: str
    ports: int
    used: frozenset[int]
    feeds: bool
    severity: str
    problem: str
    tip: str
    fixes: tuple[Fix, ...] = ()
    """Fixes of the problem, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow as the canvas shows it, with the shape of its tensor, "" while it is not known."""

    link: LinkSpec
    shape: str
    wrong: bool
    tip: str


class Cards:
    """Makes a card per node, and remembers it until something that it shows is another object."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Sources, Card]] = {}

    def of(self, project: ProjectSpec, report: NetworkReport | None) -> dict[str, Card]:
        """A card per node, by id."""
        issues: dict[str, list[Issue]] = {}
        for issue in report.issues if report else ():
            issues.setdefault(issue.node, []).append(issue)
        used: dict[str, set[int]] = {}
        for link in project.network.links:
            used.setdefault(link.target, set()).add(link.port)
        feeding = {link.source for link in project.network.links}
        fresh: dict[str, tuple[_Sources, Card]] = {}
        for node in project.network.nodes:
            wires = _Wires(frozenset(used.get(node.id, ())), node.id in feeding)
            sources = _Sources(node.layer, project, report, wires, (*_own(node), node.initializer.kind))
            known = self._known.get(node.id)
            if known is not None and known[0].same(sources):
                fresh[node.id] = (sources, known[1])
            else:
                fresh[node.id] = (sources, _card(project, node, report, issues.get(node.id, []), wires))
        self._known = fresh
        return {node_id: card for node_id, (_, card) in fresh.items()}


@dataclass(frozen=True, slots=True)
class _Wires:
    """Which input ports of a node have an arrow, and whether one leaves it."""

    used: frozenset[int]
    feeds: bool


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a card is made from."""

    layer: Choice
    project: ProjectSpec
    report: NetworkReport | None
    wires: _Wires
    own: tuple[str, ...]

    def same(self, other: _Sources) -> bool:
        """Whether the other gives the same card; by identity, because frozen values are shared by edits."""
        return (
            self.layer is other.layer
            and self.report is other.report
            and self.wires == other.wires
            and self.own == other.own
            and self.project.data.source is other.project.data.source
            and self.project.train.loss is other.project.train.loss
        )


def arrows(project: ProjectSpec, report: NetworkReport | None) -> dict[LinkSpec, Arrow]:
    """An arrow per link."""
    wrong = {issue.link for issue in report.issues if issue.severity == "error"} if report else set()
    shapes = report.shapes if report else {}
    return {link: _arrow(link, shapes.get(link.source), wrong) for link in project.network.links}


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape with the batch axis in front: N×1×8×8."""
    return "×".join(("N", *map(str, shape)))


def short_count(number: int) -> str:
    """A parameter count that fits on a card; the exact one is in the tool tip."""
    if number < 100_000:
        return f"{number:,}"
    return f"{number / 1e3:,.0f}k" if number < 10_000_000 else f"{number / 1e6:,.1f}M"


def gravest(issues: list[Issue]) -> Issue | None:
    """The first error, else the first warning."""
    return next((issue for issue in issues if issue.severity == "error"), issues[0] if issues else None)


def _card(
    project: ProjectSpec, node: NodeSpec, report: NetworkReport | None, issues: list[Issue], wires: _Wires
) -> Card:
    entry = LAYERS[node.kind]
    count = report.parameters.get(node.id, 0) if report else 0
    worst = gravest(issues)
    many = entry.ports is None
    return Card(
        id=node.id,
        kind=node.kind,
        title=entry.title,
        line=_line(entry, node, report),
        values=_values(project, node, report),
        count=short_count(count) if count else "",
        ports=max(2, max(wires.used, default=-1) + 2) if many else int(node.id != INPUT_ID),
        used=wires.used,
        feeds=wires.feeds,
        severity=worst.severity if worst else "",
        problem=worst.text if worst else "",
        tip=_tip(entry, node, report, issues),
        fixes=worst.fixes if worst else (),
    )


def _line(entry: LayerEntry, node: NodeSpec, report: NetworkReport | None) -> str:
    if node.id == INPUT_ID:
        shape = report.shapes.get(INPUT_ID) if report else None
        return "" if shape is None else shape_text(shape)
    return node.id if entry.placeable else entry.formula


def _values(project: ProjectSpec, node: NodeSpec, report: NetworkReport | None) -> str:
    if node.id == INPUT_ID:
        kind = project.data.source.kind
        return DATASETS[kind].title if kind in DATASETS else kind
    if node.id == OUTPUT_ID:
        kind = project.train.loss.kind
        return LOSSES[kind].title if kind in LOSSES else kind
    settled = report.settled.get(node.id, {}) if report else {}
    return ", ".join((*_own(node), *filter(None, (chief_values(LAYERS[node.kind], node.layer.as_dict(), settled),))))


def _own(node: NodeSpec) -> tuple[str, ...]:
    """How the layer is trained, where that is its own."""
    rates = (("lr", node.lr), ("decay", node.weight_decay))
    return (*(("frozen",) if node.frozen else ()), *(f"{name} {value:g}" for name, value in rates if value is not None))


def chief_values(entry: LayerEntry, values: Mapping[str, Value], settled: Mapping[str, object]) -> str:
    """The few values that tell one layer from another of its kind: "64 → 100", "1 → 16, 3×3", "p = 0.5"."""
    names = [field.name for field in entry.fields]
    arriving = next((name for name in (*(name for name, _ in entry.inferred), *_ARRIVING) if name in names), "")
    leaving = next((name for name in _LEAVING if name in names), "")
    parts = []
    if arriving:
        known = values[arriving] if values[arriving] is not None else settled.get(arriving)
        size = "?" if known is None else "×".join(map(str, known)) if isinstance(known, (tuple, list)) else f"{known}"
        parts.append(f"{size} → {values[leaving]}" if leaving else size)
    for field in entry.fields:
        if field.name in (arriving, leaving):
            continue
        if field.kind == "sizes":
            parts.append("×".join(map(str, values[field.name])))  # type: ignore[arg-type]
        elif field.name == "kernel_size" and entry.kind.endswith("1d"):
            parts.append(f"window {values[field.name]}")
        elif field.name == "output_size":
            parts.append("to " + "×".join([str(values[field.name])] * (2 if entry.kind.endswith("2d") else 1)))
        elif field.name in _CHIEF:
            parts.append(_CHIEF[field.name].format(values[field.name]))
        elif values[field.name] != field.default:
            parts.append(f"{field.name} {values[field.name]}")
    formula = entry.formula.removeprefix("y = ")
    return ", ".join(parts) if parts or len(formula) > 16 else formula


def _tip(entry: LayerEntry, node: NodeSpec, report: NetworkReport | None, issues: list[Issue]) -> str:
    head = f"<b>{entry.title}</b>" + (f" · {escape(node.id)}" if entry.placeable else "")
    lines = [head, escape(entry.help)]
    for issue in issues:
        lines.append(f"<b>{'!' if issue.severity == 'error' else 'Note'}</b> {escape(issue.text)}")
        lines += [f"Fix: {escape(fix.text)}" for fix in issue.fixes]
    if entry.formula:
        lines.append(f"<i>{escape(entry.formula)}</i>")
    settled = report.settled.get(node.id, {}) if report else {}
    values = {**node.layer.as_dict(), **{k: v for k, v in settled.items() if v is not None}}
    if values:
        lines.append(escape(", ".join(f"{k}={'auto' if v is None else v}" for k, v in values.items())))
    if own := _own(node):
        lines.append(escape(", ".join(own)))
    if node.initializer.kind != "default":
        lines.append(f"Initial weights: {escape(INITIALIZERS[node.initializer.kind].title)}")
    if report and node.id in report.shapes:
        lines.append(f"Output: {shape_text(report.shapes[node.id])}")
    if report and report.parameters.get(node.id):
        lines.append(f"Parameters: {report.parameters[node.id]:,}")
    if report and report.multiply_adds.get(node.id):
        lines.append(f"Multiply-adds: {report.multiply_adds[node.id]:,} per sample, forward")
    if report and node.id in report.memory and report.memory[node.id].total:
        lines.append(f"Memory while training: {amount(report.memory[node.id].total)}")
    if entry.torch_name:
        lines.append(f"<code>{entry.torch_name}</code>")
    return "<br>".join(lines)


def _arrow(link: LinkSpec, shape: tuple[int, ...] | None, wrong: set[tuple[str, str, int] | None]) -> Arrow:
    where = f"{link.source} → {link.target}"
    tip = f"{where}: shape not known yet" if shape is None else f"{where}: {shape_text(shape)}, N is the batch"
    return Arrow(link, "" if shape is None else shape_text(shape), (link.source, link.target, link.port) in wrong, tip)


def two_lines(text: str) -> tuple[str, ...]:
    """A long shape over two lines, so that it fits between two cards."""
    axes = text.split("×")
    if len(axes) < 3:
        return (text,)
    return "×".join(axes[: len(axes) // 2]) + "×", "×".join(axes[len(axes) // 2 :])

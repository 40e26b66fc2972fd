"""Whether what arrives at an Embedding can be looked up: whole numbers of the data, each with a row of the table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.datasets import PARTS, Prepared
from engine.datasets.prepare import remembered
from engine.fixes import set_value
from engine.spec import INPUT_ID, NetworkSpec, NodeSpec, ProjectSpec
from engine.views import Fix, Issue, Step

_PASSING = frozenset(("reshape", "flatten", "identity", "concat"))
"""Layers that hand on the very numbers that arrive."""


def looks_up(network: NetworkSpec) -> bool:
    """Whether the network looks anything up in a table."""
    return any(node.kind == "embedding" for node in network.nodes)


def look_up_issues(project: ProjectSpec, prepared: Prepared) -> Iterator[Issue]:
    """What is wrong with what arrives at every Embedding. All rows of the data are looked at, those of the test part too."""
    for node in project.network.nodes:
        if node.kind != "embedding":
            continue
        sources = _sources(project.network, node.id)
        maker = next((source for source in sources if source != INPUT_ID), None)
        if maker is not None:
            text = f"{node.id} looks up whole numbers, but {maker} gives any number, and no gradient goes back through a look-up"
            yield Issue(node.id, f"{text}: connect it to the data.")
        elif sources and (problem := _problem(node, project, prepared)):
            yield Issue(node.id, f"{node.id} {problem}", fixes=_fixes(node, project, prepared))


def _problem(node: NodeSpec, project: ProjectSpec, prepared: Prepared) -> str:
    if project.data.normalization != "none":
        return "looks up whole numbers, but the data are normalized: set Normalization to none."
    low, high, broken = _range(prepared)
    rows = int(node.layer.number("num_embeddings"))
    if broken is not None:
        return f"looks up whole numbers, but the data hold {broken:g}: use data of whole numbers, or another layer."
    if low < 0:
        return f"has the rows 0 to {rows - 1}, but the data hold {low:g}: only numbers from 0 on can be looked up."
    if high >= rows:
        return f"has the rows 0 to {rows - 1}, but the data hold {high:g}: set num_embeddings to {high + 1:g} or more."
    return ""


def _fixes(node: NodeSpec, project: ProjectSpec, prepared: Prepared) -> tuple[Fix, ...]:
    if project.data.normalization != "none":
        return (Fix("Do not normalize the features", (Step("normalization", "", "none"),)),)
    low, high, broken = _range(prepared)
    if broken is not None or low < 0 or high < node.layer.number("num_embeddings"):
        return ()
    rows = int(high) + 1
    return (Fix(f"Set num_embeddings of {node.id} to {rows}", (set_value(node.id, "num_embeddings", rows),)),)


@remembered
def _range(prepared: Prepared) -> tuple[float, float, float | None]:
    """The least and the greatest feature of all parts, and one that is not whole if there is any."""
    low, high = np.inf, -np.inf
    for part in PARTS:
        values = prepared.features[part]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            broken = values[np.rint(values) != values]
            if broken.size:
                return low, high, float(broken.flat[0])
    return low, high, None


def _sources(network: NetworkSpec, node_id: str) -> set[str]:
    """The layers whose numbers arrive unchanged at a layer."""
    found: set[str] = set()
    waiting = [link.source for link in network.links_into(node_id)]
    seen: set[str] = set()
    while waiting:
        source = waiting.pop()
        if source in seen:
            continue
        seen.add(source)
        if network.node(source).kind in _PASSING:
            waiting += [link.source for link in network.links_into(source)]
        else:
            found.add(source)
    return found

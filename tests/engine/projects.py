"""Small projects that tests edit."""

from __future__ import annotations

from engine import edits
from engine.example_parts import blank
from engine.examples import example
from engine.spec import LinkSpec, NetworkSpec, ProjectSpec


def empty() -> ProjectSpec:
    """Only the two ends."""
    whole = example("moons")
    return blank(whole.data, whole.train)


def chain(*kinds: str) -> ProjectSpec:
    """input → kinds → output."""
    project = empty()
    for kind in kinds:
        project, _ = edits.append_node(project, kind)
    return project


def arrows(network: NetworkSpec) -> set[str]:
    """Every arrow as "source>target.port"."""
    return {f"{link.source}>{link.target}.{link.port}" for link in network.links}


def link(text: str) -> LinkSpec:
    """The inverse of `arrows` for one arrow."""
    source, _, rest = text.partition(">")
    target, _, port = rest.partition(".")
    return LinkSpec(source, target, int(port or 0))

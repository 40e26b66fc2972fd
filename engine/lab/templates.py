"""Ready Graph Lab texts for a menu: one file each in resources/lab, with title and group in its first lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GROUPS = ("Autograd", "Losses", "Gradient descent", "Weight decay", "Regularisation", "Data")
"""In the order of the menu."""


@dataclass(frozen=True, slots=True)
class Template:
    """`name` is the file's name without its ending, `text` what stands in the lab when it is chosen."""

    name: str
    title: str
    group: str
    text: str


@cache
def templates() -> tuple[Template, ...]:
    """All templates, group by group.

    Raises:
        ValueError: a file of the installation lacks its title or group.
    """
    folder = files("resources") / "lab"
    found = [
        _parsed(each.name, each.read_text(encoding="utf-8")) for each in folder.iterdir() if each.name.endswith(".txt")
    ]
    return tuple(sorted(found, key=lambda each: (GROUPS.index(each.group), each.name)))


def template(name: str) -> Template:
    """The template of this name.

    Raises:
        KeyError: there is none.
    """
    for each in templates():
        if each.name == name:
            return each
    raise KeyError(name)


def _parsed(name: str, content: str) -> Template:
    head, _, text = content.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    if set(facts) != {"title", "group"} or facts["group"] not in GROUPS:
        raise ValueError(f"{name} needs a title and a group of {', '.join(GROUPS)} in its first lines")
    return Template(name.removesuffix(".txt"), facts["title"], facts["group"], text.rstrip("\n") + "\n")

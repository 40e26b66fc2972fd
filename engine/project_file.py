"""The project file: one stored ZIP that holds everything and can run nothing (reliability.md 4.2 and 4.3).

    mimetype                       application/x-chainrule-project
    manifest.json                  format, who wrote it, size and sha256 of every other part
    project.json                   network, data, training (project_json.py)
    ui.json                        layout of the window; unusable: ignored
    runs/0/weights.safetensors     parameters and buffers
    runs/0/state.safetensors       optimizer, random generators, order of the batches
    runs/0/state.json              the numbers and the project that belong to them
    runs/0/curves.safetensors      float64 rows (step, value) of every curve

A file is read whole, checked whole, and only then believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.archive import DAMAGED, dump_json, pack, parse_json, unpack
from engine.errors import FileProblem, ProjectError
from engine.files import atomic_write, read_file
from engine.project_json import from_json, to_json
from engine.spec import ProjectSpec
from engine.views import Failure
from engine.weights_file import Arrays, dump_arrays, parse_arrays

SUFFIX = ".chainrule"
MAJOR, MINOR = 1, 0
MAX_FILE = 2 * 1024**3
MIMETYPE = b"application/x-chainrule-project"

_RUN = "runs/0/"
_BLOCKS = ("weights", "tensors", "curves")
_FILES = {"weights": "weights.safetensors", "tensors": "state.safetensors", "curves": "curves.safetensors"}
_RUN_PARTS = frozenset({_RUN + "state.json", *(_RUN + name for name in _FILES.values())})
_PARTS = frozenset({"mimetype", "manifest.json", "project.json", "ui.json"}) | _RUN_PARTS
_HEAD = b"PK\x03\x04mimetype" + MIMETYPE
_OTHERS = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PK", "another kind of ZIP archive"),
)
_PICKLE = "It can contain program code, so it is not opened (it looks like a pickle, as torch.save writes it)."


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """A run as plain values: `weights` and `tensors` by name, `facts` as JSON, `curves` as float64 rows (step, value)."""

    project: ProjectSpec
    weights: Arrays
    tensors: Arrays
    facts: dict[str, Any]
    curves: Arrays


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What a project file holds. `notice` is a sentence worth showing, for example about a slightly newer version."""

    project: ProjectSpec
    ui: dict[str, object] = field(default_factory=dict)
    run_state: RunState | None = None
    notice: str = ""


def save(
    path: str | Path, project: ProjectSpec, run_state: RunState | None = None, ui: Mapping[str, object] | None = None
) -> Path:
    """Write a project file and return its path, which got the usual ending if it had none.

    Before the old file is replaced the new bytes are read again with the reader and compared.

    Raises:
        engine.errors.FileProblem: the file cannot be written; an older one is unchanged.
    """
    target = Path(path)
    if not target.suffix[1:].isalpha():  # "run 1.2" has no ending of its own
        target = target.with_name(target.name + SUFFIX)
    data = _checked_dump(project, run_state, ui)
    atomic_write(target, data)
    return target


def load(path: str | Path) -> Loaded:
    """Read and check a project file.

    Raises:
        engine.errors.ProjectError: the text names the file, the place and the remedy.
    """
    name = str(path)
    try:
        data = read_file(path, MAX_FILE)
    except FileProblem as problem:
        reason = problem.failure
        raise ProjectError("", f"{reason.what} {reason.why}".strip(), reason.todo, name) from problem
    try:
        return parse(data)
    except ProjectError as error:
        raise error.inside(name) from error


def _checked_dump(project: ProjectSpec, run_state: RunState | None, ui: Mapping[str, object] | None) -> bytes:
    """The bytes, once the reader has accepted them: a file that cannot be opened again is never written."""
    try:
        data = dump(project, run_state, ui)
        same, why = parse(data).project == project, "It does not read back equal."
    except (ProjectError, ValueError) as error:
        same, why = False, error.failure.why if isinstance(error, ProjectError) else f"{error}."
    if not same:
        what, todo = (
            "The project was not saved: its file could not be opened again.",
            "Undo the last change and save again.",
        )
        raise FileProblem(Failure(what, why, todo, "An older file is unchanged."))
    return data


def dump(project: ProjectSpec, run_state: RunState | None = None, ui: Mapping[str, object] | None = None) -> bytes:
    """The bytes of a project file; equal projects give equal bytes."""
    members = {"project.json": dump_json(to_json(project)), "ui.json": dump_json(dict(ui or {}))}
    if run_state is not None:
        facts = {"project": to_json(run_state.project), "facts": run_state.facts}
        members[_RUN + "state.json"] = dump_json(facts)
        for block in _BLOCKS:
            members[_RUN + _FILES[block]] = dump_arrays(getattr(run_state, block))
    manifest = {
        "format": {"major": MAJOR, "minor": MINOR},
        "app": "Chainrule",
        "members": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()
        },
    }
    return pack({"mimetype": MIMETYPE, "manifest.json": dump_json(manifest), **members})


def parse(data: bytes) -> Loaded:
    """What the bytes of a project file hold. Raises engine.errors.ProjectError without the name of the file."""
    _check_kind(data)
    members = unpack(data)
    if members.get("mimetype") != MIMETYPE or next(iter(members)) != "mimetype":
        raise ProjectError("mimetype", "This part does not say that the file is a project of Chainrule.", DAMAGED)
    newer = _check_manifest(members)
    unknown = sorted(set(members) - _PARTS)
    if unknown and not newer:
        raise ProjectError(unknown[0], "No part of a project has this name.", DAMAGED)
    value = parse_json(_part(members, "project.json"), "project.json", finite=False)  # from_json names the place
    project = _project(value, "project.json", newer)
    notice = (
        "The file was made with a slightly newer version of Chainrule; what this version does not know is left out."
    )
    return Loaded(project, _ui(members), _run_state(members, newer), notice if newer else "")


def _check_kind(data: bytes) -> None:
    """Tell what is not a project of ours before its layout is looked at."""
    choose = f"Choose a file that Chainrule saved (its name ends in {SUFFIX})."
    if not data:
        raise ProjectError("", "The file is empty.", DAMAGED)
    if (data[0] == 0x80 and 2 <= int.from_bytes(data[1:2], "big") <= 5) or b"data.pkl" in data[:200]:
        raise ProjectError("", _PICKLE, choose)
    head = data[:4] + data[30 : 30 + len(_HEAD) - 4]  # without version, date and sizes
    if not _HEAD.startswith(head):
        looks = next((text for head, text in _OTHERS if data.startswith(head)), "")
        kind = f"; it looks like {looks}" if looks else ""
        raise ProjectError("", f"It is not a project of Chainrule{kind}.", choose)


def _check_manifest(members: Mapping[str, bytes]) -> bool:
    """Compare every part with its checksum. Returns whether a newer minor version wrote the file."""
    manifest = parse_json(_part(members, "manifest.json"), "manifest.json")
    version = manifest.get("format") if isinstance(manifest, dict) else None
    major, minor = (version.get("major"), version.get("minor")) if isinstance(version, dict) else (None, None)
    if not (type(major) is int and type(minor) is int and major >= 1 and minor >= 0):
        raise ProjectError("manifest.json format", "The version of the file format is missing.", DAMAGED)
    if major > MAJOR:
        text = f"The file was made with a newer version of Chainrule (format {major}.{minor}; this one reads {MAJOR})."
        raise ProjectError("manifest.json format", text, "Update Chainrule to open it.")
    listed = manifest.get("members")
    if not isinstance(listed, dict) or set(listed) != set(members) - {"mimetype", "manifest.json"}:
        raise ProjectError("manifest.json members", "The list of parts does not fit the parts that are there.", DAMAGED)
    for name, about in listed.items():
        if about != {"size": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()}:
            raise ProjectError(name, "This part does not match its checksum: the file is damaged.", DAMAGED)
    if minor == MINOR and set(manifest) != {"format", "app", "members"}:
        raise ProjectError("manifest.json", "It holds names that are not known.", DAMAGED)
    return bool(minor > MINOR)


def _part(members: Mapping[str, bytes], name: str) -> bytes:
    if name not in members:
        raise ProjectError(name, "This part is missing.", DAMAGED)
    return members[name]


def _project(value: object, member: str, lenient: bool) -> ProjectSpec:
    try:
        return from_json(value, lenient)
    except ProjectError as error:
        raise error.inside("", member, "Correct this value, or open another copy of the file.") from error


def _ui(members: Mapping[str, bytes]) -> dict[str, object]:
    try:
        value = parse_json(members.get("ui.json", b"{}"), "ui.json")
    except ProjectError:
        return {}  # a layout is worth less than the project: the window opens with its usual one
    return value if isinstance(value, dict) else {}


def _run_state(members: Mapping[str, bytes], lenient: bool) -> RunState | None:
    if not _RUN_PARTS & set(members):
        return None
    name = _RUN + "state.json"
    state = parse_json(_part(members, name), name)
    if not isinstance(state, dict) or not isinstance(state.get("facts"), dict):
        raise ProjectError(name, "The state of the run is not described as it should be.", DAMAGED)
    project = _project(state.get("project"), name, lenient)
    blocks = {block: parse_arrays(_part(members, _RUN + _FILES[block]), _RUN + _FILES[block]) for block in _BLOCKS}
    return RunState(project, facts=state["facts"], **blocks)

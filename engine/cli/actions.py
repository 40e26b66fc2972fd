"""What each command does. Everything that needs torch goes through the engine thread."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine import edits
from engine.cli import tables
from engine.cli.driver import Driver, is_example, make_folder, read_project
from engine.cli.settings import with_settings
from engine.examples import EXAMPLES, example
from engine.exporters import EXPORTERS
from engine.grain import at_grain
from engine.progress import ProgressBar
from engine.project_file import Loaded, load, save
from engine.project_json import to_json
from engine.spec import ProjectSpec

_ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUTS = (
    ("state_dict", "model.pt"),
    ("curves", "curves.csv"),
    ("plot", "curves.png"),
    ("plot", "curves.svg"),
    ("graph", "graph.svg"),
    ("script", "train.py"),
    ("results", "results.json"),
)
"""What `train --out` writes besides project.chainrule."""


def examples(options: argparse.Namespace) -> int:
    if options.name is None:
        _say("\n".join(EXAMPLES))
        return 0
    if options.name not in EXAMPLES:
        options.parser.error(f"there is no example “{options.name}”; the known ones are: {', '.join(EXAMPLES)}")
    if options.file is None:
        options.parser.error("to write an example out, give NAME and FILE")
    path = save(options.file, example(options.name))
    _say(f"Wrote {EXAMPLES[options.name].title} to {path}.")
    return 0


def info(options: argparse.Namespace) -> int:
    loaded = Loaded(example(options.file)) if is_example(options.file) else _load(options.file)
    with Driver(_ignore, _whisper) as driver:
        report = driver.report(loaded.project)
    if options.json:
        state = loaded.run_state
        found = {"project": to_json(loaded.project), "run": None if state is None else state.facts}
        _say(_json(found | tables.report_json(report)))
    else:
        _say(tables.project_text(loaded, report))
    return 0


def train(options: argparse.Namespace) -> int:
    project = read_project(options.file)
    for name in ("epochs", "seed", "device"):
        if getattr(options, name) is not None:
            project = edits.set_train_value(project, name, getattr(options, name))
    try:
        project = with_settings(project, options.set or ())
    except ValueError as problem:
        options.parser.error(str(problem).rstrip("."))
    folder = None if options.out is None else make_folder(options.out)
    with ProgressBar(sys.stderr, project.train.epochs) as bar, Driver(bar.show, _whisper) as driver:
        driver.show(project)
        seconds = driver.train(project.train.epochs)
        found: dict[str, Any] = json.loads(driver.export_bytes("results", ".json"))
        status = driver.status
        found |= {"seconds": round(seconds, 3), "path": status.path, "path_reason": status.path_reason}
        found["traced_steps"] = status.traced_steps
        written = [] if folder is None else write_all(driver, project, folder)
        found["verdicts"] = tables.verdicts_json(driver.verdicts)
    if written:
        found["out"] = [str(path) for path in written]
    _say(_json(found) if options.json else tables.results_text(found))
    return 0


def write_all(driver: Driver, project: ProjectSpec, folder: Path) -> list[Path]:
    """Everything that a trained project can be taken away as, into one folder. Returns the paths."""
    paths = []
    for what, name in OUTPUTS:
        driver.export(what, folder / name)
        paths.append(folder / name)
    return [*paths, Path(driver.save(project, folder / "project.chainrule"))]


def trace(options: argparse.Namespace) -> int:
    with Driver(_ignore, _whisper) as driver:
        driver.open(options.file)
        tape = at_grain(driver.tape(), options.grain)
    _say(_json(tables.tape_json(tape)) if options.json else tables.tape_text(tape))
    return 0


def export(options: argparse.Namespace) -> int:
    exporter = EXPORTERS[options.to]
    exporter.target(options.out)  # a wrong ending is told before anything is trained
    epochs = read_project(options.file).train.epochs if exporter.needs_run else 0
    with ProgressBar(sys.stderr, epochs) as bar, Driver(bar.show, _whisper) as driver:
        driver.open(options.file)
        if exporter.needs_run and not driver.trained:
            _whisper(f"{options.file} holds no run yet: training it first ({epochs:,} epochs).")
            driver.train(epochs)
        done = driver.export(options.to, options.out)
    _say(done)
    return 0


def screenshot(options: argparse.Namespace) -> int:
    """The window is another program: the engine never imports Qt."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
    shown = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if not shown and os.name != "nt" and sys.platform != "darwin":
        environment["QT_QPA_PLATFORM"] = "offscreen"
    wishes = ["--mode", options.mode, "--size", options.size, "--theme", options.theme]
    command = [sys.executable, "-P", "-m", "gui.screenshot", options.file, options.out, *wishes]
    code = subprocess.run(command, env=environment, check=False).returncode
    if code == 0:
        _say(f"Wrote a picture of the window to {options.out}.")
    return code if code in (0, 2) else 1


def _load(name: str) -> Loaded:
    read_project(name)  # says more about a name that is neither a file nor an example
    return load(name)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _whisper(text: str) -> None:
    """To the person, not to the program that reads the output."""
    sys.stderr.write(text + "\n")


def _ignore(_: object) -> None:
    """Nobody looks at the status of something this short."""

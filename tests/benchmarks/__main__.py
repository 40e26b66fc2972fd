"""`python -m tests.benchmarks [start] [window] [canvas] [graph] [stepping] [steps] [looks] [live]`: measures, and prints tables. Nothing here passes or fails."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PARTS = ("start", "window", "canvas", "graph", "stepping", "steps", "looks", "live")
STARTS = 5
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 1920x1080x24")


def on_a_screen(module: str, *arguments: str) -> tuple[float, dict[str, dict[str, float]]]:
    """Run a module of this folder where it can open a window; when it was started, and the JSON that it prints last."""
    environment, prefix = dict(os.environ), ()
    if not any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        if shutil.which(SCREEN[0]):
            prefix = SCREEN
        else:
            environment["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        environment |= {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
        inner = [
            sys.executable,
            "-c",
            f"import time; print(time.time()); import runpy; runpy.run_module('{module}', run_name='__main__')",
        ]
        done = subprocess.run(
            [*prefix, *inner, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise SystemExit(f"{module} failed:\n{done.stderr}")
    lines = done.stdout.strip().splitlines()
    return float(lines[0]), json.loads("\n".join(lines[1:]))


def print_start() -> None:
    """The first paint, over several starts with warm files. The first start warms them and does not count."""
    print(f"Start, {STARTS} times with warm files, seconds from the interpreter's first line")
    rows = [on_a_screen("tests.benchmarks.start") for _ in range(STARTS + 1)][1:]
    for what in ("painted", "ready"):
        times = [float(str(moments[what])) - begin for begin, moments in rows]
        print(f"  {what:<10} median {statistics.median(times):5.2f}   worst {max(times):5.2f}")
    print()


def print_window() -> None:
    """Lateness of a 16 ms timer on the window's thread, and how soon Pause takes effect."""
    print("Window, milliseconds: how late a 16 ms timer comes (idle, training), and from Pause to standing")
    print(
        f"  {'':<8}{'idle p50':>10}{'p99':>8}{'max':>8}{'train p50':>12}{'p99':>8}{'max':>8}{'pause p50':>12}{'max':>8}{'steps/s':>10}"
    )
    for name in ("digits", "moons", "W1", "W4", "W6"):
        _, found = on_a_screen("tests.benchmarks.window", name)
        idle, training, pause = found["idle"], found["training"], found["pause"]
        speed = float(str(found["steps_per_second"]))
        print(
            f"  {name:<8}{idle['p50']:>10.1f}{idle['p99']:>8.1f}{idle['max']:>8.1f}"
            f"{training['p50']:>12.1f}{training['p99']:>8.1f}{training['max']:>8.1f}"
            f"{pause['p50']:>12.1f}{pause['max']:>8.1f}{speed:>10,.0f}"
        )
    print()


def print_canvas() -> None:
    """From an edit of a large network to its picture."""
    print("Canvas of 200 layers, milliseconds from an edit until it is painted")
    _, found = on_a_screen("tests.benchmarks.canvas")
    for what, times in found.items():
        print(f"  {what:<26} median {times['median_ms']:>7.2f}   worst {times['worst_ms']:>7.2f}")
    print()


def print_graph() -> None:
    """The autograd graph of a large network."""
    columns = ("nodes", "engine_s", "window_s", "fitted", "pan_25", "pan_51", "pan_70", "pan_100", "zoom", "step")
    _, found = on_a_screen("tests.benchmarks.graph")
    print("Autograd graph: seconds until it is laid out and until it is painted; then median milliseconds of a frame")
    print(f"  {'':<28}" + "".join(f"{column:>10}" for column in columns))
    for name, row in found.items():
        cells = (f"{row[column]:>10,g}" if column in row else f"{'':>10}" for column in columns)
        print(f"  {name:<28}" + "".join(cells))
    print()


def print_stepping() -> None:
    """The tape and the cursor on it."""
    print("Stepping, milliseconds: recording the tape of a step; from a move of the cursor to the painted window")
    _, found = on_a_screen("tests.benchmarks.stepping")
    for what, times in found.items():
        print(
            f"  {what:<16} median {times['median_ms']:>7.2f}   p95 {times['p95_ms']:>7.2f}   worst {times['worst_ms']:>7.2f}"
        )
    print()


def print_steps() -> None:
    """Training speed against the notes' own loop."""
    from tests.benchmarks.steps import FLOORS, GOALS, TURNS, measure

    print(f"Steps, microseconds, medians of {TURNS} turns with the notes' loop in the same process")
    print(f"  {'':<6}{'':<28}{'notes':>8}{'Chainrule':>11}{'ratio':>8}{'best':>8}{'floor':>8}{'goal':>8}  path")
    for result in measure():
        print(
            f"  {result.name:<6}{result.what:<28}{result.notes:>8.0f}{result.chainrule:>11.0f}{result.ratio:>8.2f}"
            f"{result.best:>8.2f}{FLOORS[result.name]:>8g}{GOALS[result.name]:>8g}  {result.path}",
            flush=True,
        )
    print()


def print_looks() -> None:
    """What the diagnosis takes of the training."""
    from tests.benchmarks.looks import SECONDS, every

    print(
        f"Looks of the diagnosis in {SECONDS:g} seconds of training, and the part of its time that they and the verdicts take"
    )
    for result in every():
        print(
            f"  {result.name:<6}{result.looks:>4} looks{100 * result.share:>7.2f} %{result.steps:>10,} steps",
            flush=True,
        )
    print()


def print_live() -> None:
    """What looking at a million points costs the training."""
    print(
        "Live curves of W1 at 1,000,000 recorded points: steps per second with the curves unseen and seen, and the timer seen"
    )
    print(f"  {'':<10}{'unseen':>10}{'seen':>10}{'kept':>8}{'late p50':>10}{'p99':>8}{'max':>8}{'bytes a step':>14}")
    for cores in (1, 2):
        _, found = on_a_screen("tests.benchmarks.live", str(cores))
        late = found["late"]
        numbers = {name: float(str(found[name])) for name in ("unseen", "seen", "kept", "bytes_per_step")}
        print(
            f"  {cores} core{'s' if cores > 1 else ' '}   {numbers['unseen']:>10,.0f}{numbers['seen']:>10,.0f}{numbers['kept']:>8.2f}"
            f"{late['p50']:>10.1f}{late['p99']:>8.1f}{late['max']:>8.1f}{numbers['bytes_per_step']:>14.1f}"
        )
    print()


def main(wanted: list[str]) -> int:
    """Print the wanted parts, or all."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    begin = time.monotonic()
    for part, show in {
        "start": print_start,
        "window": print_window,
        "canvas": print_canvas,
        "graph": print_graph,
        "stepping": print_stepping,
        "steps": print_steps,
        "looks": print_looks,
        "live": print_live,
    }.items():
        if not wanted or part in wanted:
            show()
    busy = f", load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
    print(f"measured in {time.monotonic() - begin:.0f} s{busy}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

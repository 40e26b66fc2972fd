"""`chainrule`: its commands, their help, and the exit codes 0 (done), 1 (could not be done), 2 (wrong usage)."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, TypeAlias

from engine.catalog import OPTIMIZERS
from engine.catalog.training import DEVICES, TRAIN_FIELDS
from engine.cli import actions, data, optimizing, weights
from engine.cli.lab import lab
from engine.cli.settings import HELP, setting
from engine.datasets.importing.plan import MISSING
from engine.datasets.importing.values import TARGET_KINDS
from engine.errors import NOTHING_CHANGED, AppError, sentence
from engine.exporters import EXPORTERS
from engine.fields import FieldError
from engine.grain import GRAINS

_FILE = "a project file, or the name of an example (see: chainrule examples)"
_MODES = ("start", "build", "train", "step", "lab")
_EPILOG = """\
Every command takes --help. FILE is a project file (.chainrule) or the name of an example.
Exit codes: 0 done, 1 could not be done (the reason is on standard error), 2 wrong usage.

  chainrule train digits                       train the digits classifier
  chainrule trace s3                           one training step, event by event
  chainrule lab autograd_01_square             a tensor expression and its gradient
  chainrule export moons --to script moons.py  a script that prints the same losses
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a console that lacks a sign shows its number
    try:
        options = build_parser().parse_args(argv)
        code: int = options.run(options)
        sys.stdout.flush()
    except SystemExit as end:  # argparse has told what is wrong, or printed the help
        return end.code if isinstance(end.code, int) else 2
    except AppError as error:
        failure = error.failure
        return _fail(sentence(replace(failure, kept="") if failure.kept == NOTHING_CHANGED else failure))
    except KeyboardInterrupt:
        return _fail("Stopped.")
    except BrokenPipeError:
        # The reader, for example `head`, has seen enough; at exit Python would flush once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the boundary: a bug is told in a sentence, its place on demand
        if os.environ.get("CHAINRULE_DEBUG"):
            traceback.print_exc()
        return _fail(f"Something unexpected happened: {error}. Set CHAINRULE_DEBUG=1 and try again to see where.")
    return code


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="chainrule",
        description="See how a neural network learns: train, take a step apart, export. The window opens with: python3 -m gui",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"chainrule {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_examples(commands)
    _add_info(commands)
    _add_data(commands)
    _add_train(commands)
    _add_trace(commands)
    _add_lab(commands)
    _add_weights(commands)
    _add_lens(commands)
    _add_path(commands)
    _add_export(commands)
    _add_screenshot(commands)
    return parser


if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def _add_examples(commands: _Commands) -> None:
    text = "Print the names of the ready projects, one a line; with NAME and FILE write one out."
    parser = commands.add_parser("examples", help="list the ready projects or write one out", description=text)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a name of the list")
    parser.add_argument("file", nargs="?", metavar="FILE", help="the project file to write (.chainrule)")
    parser.set_defaults(run=actions.examples, parser=parser)


def _add_info(commands: _Commands) -> None:
    text = "Say what a project holds: network, data, training, and the run that was saved with it."
    parser = commands.add_parser("info", help="say what a project holds", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("--json", action="store_true", help="the project as JSON")
    parser.set_defaults(run=actions.info)


def _add_data(commands: _Commands) -> None:
    text = (
        "Look through a file of data (CSV, TSV, Parquet, .npy, .npz, IDX) or a folder of images by class, and say what is in it. "
        "With --into it becomes the data of a project, with the loss and the number of outputs that fit."
    )
    parser = commands.add_parser("data", help="look at a file of data, or put it into a project", description=text)
    parser.add_argument("path", metavar="PATH", help="the file, or the folder above the folders of the classes")
    parser.add_argument("--into", metavar="FILE", help=f"put the data into this project: {_FILE}")
    parser.add_argument("--out", metavar="FILE", help="the project file to write (.chainrule); needed with --into")
    parser.add_argument(
        "--target", action="append", metavar="COLUMN", help="what is to be predicted; may be given again"
    )
    parser.add_argument("--ignore", action="append", metavar="COLUMN", help="a column to leave out; may be given again")
    parser.add_argument("--ask", choices=TARGET_KINDS, help="what the network is to answer")
    parser.add_argument("--missing", choices=MISSING, help="what is done about missing values")
    parser.add_argument("--labels", metavar="PATH", help="the file with the labels of .npy or IDX features")
    parser.add_argument("--json", action="store_true", help="what was found as one JSON object")
    parser.set_defaults(run=data.data, parser=parser)


def _add_train(commands: _Commands) -> None:
    text = "Train a project from its seed and print the losses of every epoch and the result on the test part."
    parser = commands.add_parser("train", help="train a project", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("--epochs", type=_checked("epochs"), metavar="N", help="passes over the training part")
    parser.add_argument("--seed", type=_checked("seed"), metavar="N", help="fixes weights, batches and dropout")
    parser.add_argument("--device", choices=DEVICES, help="where torch computes; auto takes the GPU when there is one")
    parser.add_argument(
        "--out", metavar="DIR", help="write model, curves, plot, graph, script, results and the trained project there"
    )
    parser.add_argument("--set", action="append", type=setting, metavar="NAME=VALUE", help=HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.set_defaults(run=actions.train, parser=parser)


def _add_trace(commands: _Commands) -> None:
    text = (
        "Take the next training step apart: every forward, backward, accumulate and update event in its true order, "
        "with its tensors. The backward events are autograd's own."
    )
    parser = commands.add_parser("trace", help="take one training step apart", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("--json", action="store_true", help='print {"events": […]} with exact numbers')
    grains = "layer by layer, layers forward and autograd's nodes backward (the usual), or ATen operation by operation"
    parser.add_argument("--grain", choices=GRAINS, default="node", help=grains)
    parser.set_defaults(run=actions.trace)


def _add_lab(commands: _Commands) -> None:
    text = (
        "Run Graph Lab text: tensor expressions that look like PyTorch, one statement a line. Prints what the text prints, and "
        "every name with its value and its .grad. The text is read by a small language of its own, never run as Python."
    )
    parser = commands.add_parser("lab", help="run Graph Lab text", description=text)
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="the text, - for standard input, or the name of a template"
    )
    parser.add_argument(
        "--json", action="store_true", help='print {"tensors": {…}, "printed": […], "errors": […]} with exact numbers'
    )
    parser.add_argument("--templates", action="store_true", help="list the names of the templates")
    parser.set_defaults(run=lab, parser=parser)


def _add_weights(commands: _Commands) -> None:
    text = (
        "List the parameters of a project, or print what one of them begins with: as torch draws it from the seed, with what is "
        "set by hand in its place. With --set and --out the project is written with other weights."
    )
    parser = commands.add_parser("weights", help="show and set initial weights", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("parameter", nargs="?", default="", metavar="PARAMETER", help="such as linear_1.weight")
    parser.add_argument("--set", action="append", type=weights.setting, metavar="WEIGHT=VALUE", help=weights.HELP)
    parser.add_argument("--out", metavar="OUT", help="the project file to write (.chainrule)")
    parser.add_argument("--json", action="store_true", help='print {"weights": {…}} with exact numbers')
    parser.set_defaults(run=weights.weights)


def _add_lens(commands: _Commands) -> None:
    text = (
        "Take the coming update of one weight apart: what the gradient, the optimizer's memory and weight decay add to it, "
        "with the optimizer's true state. With --steps the run goes on between them."
    )
    parser = commands.add_parser("lens", help="take the update of one weight apart", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("parameter", nargs="?", default="", metavar="PARAMETER", help="such as linear_1.weight")
    parser.add_argument("index", nargs="?", default=(), type=optimizing.place, metavar="INDEX", help="such as 0,1")
    _add_optimizer(parser, 1)
    parser.set_defaults(run=optimizing.lens, parser=parser)


def _add_path(commands: _Commands) -> None:
    text = (
        "Follow the optimizer: the weights and the training loss after every step. With one or two weights it starts at the "
        "initial ones, else at those that the project was saved with."
    )
    parser = commands.add_parser("path", help="follow the optimizer from step to step", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    _add_optimizer(parser, 10)
    parser.set_defaults(run=optimizing.path, parser=parser)


def _add_optimizer(parser: argparse.ArgumentParser, steps: int) -> None:
    parser.add_argument("--steps", type=optimizing.steps, default=steps, metavar="N", help=f"how many ({steps})")
    parser.add_argument("--optimizer", choices=OPTIMIZERS.kinds, help="another optimizer than the project's")
    parser.add_argument(
        "--set", action="append", type=optimizing.setting, metavar="NAME=VALUE", help="of the optimizer, such as lr=0.5"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with exact numbers")


def _add_export(commands: _Commands) -> None:
    lines = [
        f"  {exporter.name:<11} {' '.join(exporter.suffixes):<15} {exporter.help}" for exporter in EXPORTERS.values()
    ]
    text = (
        "Write one format to OUT; the ending of OUT chooses between several. What was written is read back and checked."
    )
    trained = (
        "\nstate_dict, curves, plot and results need a run: a project that was saved without one is trained first."
    )
    parser = commands.add_parser(
        "export",
        help="write weights, script, curves, plot or graph",
        description=text,
        epilog="formats:\n" + "\n".join(lines) + "\n" + trained,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument(
        "--to", required=True, choices=tuple(EXPORTERS), metavar="FORMAT", help="one of the formats below"
    )
    parser.add_argument("out", metavar="OUT", help="the file to write")
    parser.set_defaults(run=actions.export)


def _add_screenshot(commands: _Commands) -> None:
    text = "Write a picture of the window with a project in it; works without a screen."
    parser = commands.add_parser("screenshot", help="write a picture of the window", description=text)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    parser.add_argument("out", metavar="OUT.png", help="the picture")
    parser.add_argument("--mode", default="train", choices=_MODES, help="which arrangement of the window (train)")
    parser.add_argument("--size", default="1280x800", type=_size, metavar="WxH", help="in pixels (1280x800)")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.set_defaults(run=actions.screenshot)


def _checked(name: str) -> Callable[[str], int]:
    """An argument that obeys the same rule as the field in the window."""
    field = next(field for field in TRAIN_FIELDS if field.name == name)

    def convert(text: str) -> int:
        try:
            value = field.check(int(text))
        except (FieldError, ValueError, OverflowError):
            raise argparse.ArgumentTypeError(f"{field.label} must be {field.rule}, but is {text[:40]!r}") from None
        assert isinstance(value, int)
        return value

    return convert


def _size(text: str) -> str:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 320 <= int(width) <= 16_000 and 240 <= int(height) <= 16_000):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a size such as 1280x800")
    return f"{int(width)}x{int(height)}"


def _version() -> str:
    try:
        return version("chainrule")
    except PackageNotFoundError:
        return "(from a checkout)"


def _fail(text: str) -> int:
    sys.stderr.write(f"chainrule: {text}\n")
    return 1

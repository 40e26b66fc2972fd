"""How a file becomes a data set: which file, how it is written, what every column is for. Plain values, so a project can hold them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from engine.datasets.importing.text import ENCODINGS, SEPARATORS
from engine.datasets.importing.values import (
    FORMATS,
    KINDS,
    LAYOUTS,
    ROLES,
    TARGET_KINDS,
    Dialect,
    Format,
    Kind,
    Layout,
    Preview,
    Refusal,
    Role,
    TargetKind,
    Unreadable,
)
from engine.fields import Field, Value
from engine.spec import Choice

Missing = Literal["drop rows", "fill", "refuse"]
MISSING: tuple[Missing, ...] = get_args(Missing)
KIND = "file"


@dataclass(frozen=True, slots=True)
class Use:
    """What a column is for, and how it becomes numbers."""

    role: Role
    kind: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides which rows come out of a file, and its size and SHA-256, so that a change is noticed."""

    path: str
    format: Format
    size: int
    sha256: str
    dialect: Dialect = field(default_factory=Dialect)
    uses: tuple[Use, ...] = ()
    """Of a table: one per column."""
    target: TargetKind = "classes"
    missing: Missing = "drop rows"
    features: str = ""
    targets: str = ""
    """Of an .npz: names of arrays. Of .npy and IDX: `targets` is the path of the file with the labels."""
    labels_sha256: str = ""
    layout: Layout = "as stored"
    height: int = 0
    width: int = 0
    channels: int = 0
    """Of images in a folder: what all of them are brought to."""

    def choice(self) -> Choice:
        """The plan as the data source of a project."""
        values: dict[str, Value] = {name: getattr(self, name) for name in _PLAIN}
        values |= {name: getattr(self.dialect, name) for name in _DIALECT}
        values["columns"] = tuple(f"{use.role} {use.kind}" for use in self.uses)
        return Choice(KIND, tuple((one.name, values[one.name]) for one in FIELDS))


def plan_of(choice: Choice) -> Plan:
    """The plan that a data source holds.

    Raises:
        Unreadable: no file was chosen, or its columns are not described as they should be.
    """
    values = choice.as_dict()
    if not values["path"]:
        raise Unreadable("No file is chosen yet.", "Choose one with File, Import data.")
    dialect = Dialect(**{name: values[name] for name in _DIALECT})  # type: ignore[arg-type]
    columns = values["columns"]
    uses = tuple(_use(str(text)) for text in columns) if isinstance(columns, tuple) else ()
    return Plan(dialect=dialect, uses=uses, **{name: values[name] for name in _PLAIN})  # type: ignore[arg-type]


def _use(text: str) -> Use:
    role, _, kind = text.partition(" ")
    for known_role in ROLES:
        for known_kind in KINDS:
            if (role, kind) == (known_role, known_kind):
                return Use(known_role, known_kind)
    raise Unreadable(f"“{text[:40]}” says nothing about a column.", "Import the file again.")


def first_plan(preview: Preview) -> Plan:
    """What is proposed for a file: everything as it was guessed."""
    uses = tuple(Use(column.role, column.kind) for column in preview.columns)
    plan = Plan(preview.path, preview.format, preview.size, preview.sha256, preview.dialect, uses, preview.target)
    plan = replace(plan, features=preview.features, targets=preview.targets, layout=preview.layout)
    plan = replace(plan, labels_sha256=preview.labels_sha256)
    if preview.format == "images":
        channels, height, width = preview.shape
        plan = replace(plan, height=height, width=width, channels=channels)
    return plan


def plan_issue(plan: Plan) -> Refusal | None:
    """What is wrong with a plan whatever the rows hold: no target, no labels; None when they can be read."""
    if not plan.uses:
        missing = plan.format in ("npy", "npz", "idx") and not plan.targets
        return (
            Refusal("There are no labels yet.", "Choose the array, or the file, with the labels.") if missing else None
        )
    targets = [use for use in plan.uses if use.role == "target"]
    if not any(use.role == "feature" for use in plan.uses):
        return Refusal("No column is a feature.", "Give at least one column the role feature.")
    if not targets:
        return Refusal("No column is the target.", "Give the column that is to be predicted the role target.")
    if plan.target in ("classes", "two classes"):
        if len(targets) > 1:
            return Refusal(
                f"Classes come from one column, but {len(targets)} are targets.", "Choose multi-label, or one target."
            )
    elif any(use.kind in ("category", "index") for use in targets):
        return Refusal(
            "A target holds texts, not numbers.", f"Choose another kind than {plan.target}, or read it as numbers."
        )
    return None


def _text(name: str, label: str, help: str, default: str = "") -> Field:
    return Field(name, label, "text", default, help, shown=False)


FIELDS: tuple[Field, ...] = (
    _text("path", "File", "Where the file lies on this computer."),
    Field("format", "Format", "choice", "text", "What kind of file it is.", choices=FORMATS, shown=False),
    Field(
        "size", "Size", "int", 0, "Bytes of the file when it was imported.", low=0, high=1e15, unit="bytes", shown=False
    ),
    _text("sha256", "SHA-256", "The file's digest when it was imported: a change of the file is noticed."),
    Field("encoding", "Encoding", "choice", "utf-8", "How the text is stored.", choices=ENCODINGS, shown=False),
    Field("separator", "Separator", "choice", ",", "What stands between two cells.", choices=SEPARATORS, shown=False),
    Field("decimal", "Decimal sign", "choice", ".", "Point or comma in numbers.", choices=(".", ","), shown=False),
    Field("header", "Names", "bool", True, "The first line holds the names of the columns.", shown=False),
    Field("columns", "Columns", "names", (), "Role and kind of every column: “feature number”.", shown=False),
    Field(
        "target", "Asked for", "choice", "classes", "What the network is to answer.", choices=TARGET_KINDS, shown=False
    ),
    Field(
        "missing",
        "Missing values",
        "choice",
        "drop rows",
        "drop rows: rows with a missing value are left out. fill: a missing number becomes the mean of its column in the training "
        "part, a missing category the most frequent one there. refuse: nothing is read while a value is missing.",
        choices=MISSING,
    ),
    _text("features", "Features", "The array with the features, of a file with several."),
    _text("targets", "Targets", "The array, or the file, with the labels."),
    _text("labels_sha256", "SHA-256 of the labels", "Digest of the file with the labels."),
    Field("layout", "Layout", "choice", "as stored", "How the axes are understood.", choices=LAYOUTS, shown=False),
    Field("height", "Height", "int", 0, "Rows of pixels.", low=0, high=4096, unit="pixels", shown=False),
    Field("width", "Width", "int", 0, "Pixels in a row.", low=0, high=4096, unit="pixels", shown=False),
    Field("channels", "Channels", "int", 0, "1: grey, 3: red, green, blue.", low=0, high=3, shown=False),
)
_DIALECT = ("encoding", "separator", "decimal", "header")
_PLAIN = tuple(one.name for one in FIELDS if one.name not in (*_DIALECT, "columns"))

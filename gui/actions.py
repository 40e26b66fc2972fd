"""Every action of the window in one table: text, menu, shortcut, icon, tip and the slot it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from gui.theme.icons import icon
from gui.theme.tokens import Theme


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `slot` names target and method ("files.save"); `group` sets it off from its neighbours in the menu."""

    name: str
    menu: str
    group: int
    text: str
    keys: tuple[str, ...]
    icon: str
    tip: str
    slot: str
    checkable: bool = False
    canvas: bool = False
    """The key holds only while the canvas has the keyboard: elsewhere it may mean something of its own."""


def _on_canvas(  # noqa: PLR0917
    command: str, group: int, text: str, keys: tuple[str, ...], icon: str, tip: str
) -> ActionSpec:
    return ActionSpec(
        f"edit.{command}", "Edit", group, text, keys, icon, tip, f"canvas.commands.{command}", canvas=True
    )


def _by_hand(name: str, text: str, key: str, what: str) -> ActionSpec:
    tip = f"By hand, on a copy of the run: {what}"
    return ActionSpec(f"by_hand.{name}", "By hand", 0, text, (key,), "", tip, f"by_hand.{name}")


SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("file.new", "File", 0, "&New…", ("Ctrl+N",), "new", "Choose an example to start from", "files.new"),
    ActionSpec("file.open", "File", 0, "&Open…", ("Ctrl+O",), "open", "Open a project file", "files.open"),
    ActionSpec(
        "file.import",
        "File",
        0,
        "&Import data…",
        ("Ctrl+I",),
        "data",
        "Rows from a file of yours: CSV, Parquet, NumPy, IDX",
        "importing.choose",
    ),
    ActionSpec(
        "file.import_images",
        "File",
        0,
        "Import i&mages…",
        ("Ctrl+Shift+I",),
        "",
        "Images from a folder with one folder per class",
        "importing.choose_folder",
    ),
    ActionSpec("file.save", "File", 1, "&Save", ("Ctrl+S",), "save", "Save the project with its run", "files.save"),
    ActionSpec(
        "file.save_as", "File", 1, "Save &as…", ("Ctrl+Shift+S",), "", "Save under another name", "files.save_as"
    ),
    ActionSpec("file.quit", "File", 3, "&Quit", ("Ctrl+Q",), "quit", "Close Chainrule", "window.close"),
    ActionSpec("edit.undo", "Edit", 0, "&Undo", ("Ctrl+Z",), "undo", "Take back the last edit", "store.undo"),
    ActionSpec(
        "edit.redo", "Edit", 0, "&Redo", ("Ctrl+Y", "Ctrl+Shift+Z"), "redo", "Do again what was undone", "store.redo"
    ),
    _on_canvas("cut", 1, "Cu&t", ("Ctrl+X",), "", "Copy the selected layers and remove them"),
    _on_canvas("copy", 1, "&Copy", ("Ctrl+C",), "copy", "Copy the selected layers"),
    _on_canvas("paste", 1, "&Paste", ("Ctrl+V",), "", "Put the copied layers onto the canvas"),
    _on_canvas("duplicate", 1, "&Duplicate", ("Ctrl+D",), "", "Copy the selected layers beside themselves"),
    _on_canvas(
        "remove", 1, "De&lete", ("Del", "Backspace"), "trash", "Remove the selected layers; neighbours are joined"
    ),
    _on_canvas("select_all", 2, "Select &all", ("Ctrl+A",), "", "Select every layer"),
    _on_canvas("rename", 2, "Re&name", ("F2",), "edit", "Rename the selected layer; it is its name in the code"),
    _on_canvas(
        "add_behind", 2, "Add a layer &behind", ("Ins",), "plus", "Choose a layer to put behind the selected one"
    ),
    _on_canvas("blocks.group", 3, "&Group", ("Ctrl+G",), "layers", "Put the selected layers into a block with a name"),
    _on_canvas(
        "blocks.ungroup", 3, "Ungr&oup", ("Ctrl+Shift+G",), "", "Take the selected block apart; its layers stay"
    ),
    _on_canvas(
        "blocks.fold", 3, "&Fold or unfold", ("Ctrl+E",), "", "Show the selected block as one card, or its layers"
    ),
    _on_canvas("line_up.in_row", 4, "Stand &in one row", (), "", "At the height of the layer selected first"),
    _on_canvas("line_up.in_column", 4, "Stand in one colu&mn", (), "", "Under the layer selected first"),
    _on_canvas("line_up.spread_across", 4, "&Spread evenly across", (), "", "Equal distances from left to right"),
    _on_canvas("line_up.spread_down", 4, "Spread evenly do&wn", (), "", "Equal distances from top to bottom"),
    _on_canvas("arrange", 4, "Arrang&e", ("Ctrl+L",), "arrange", "Give every layer a tidy place"),
    ActionSpec(
        "mode.start",
        "View",
        0,
        "&Start",
        ("Ctrl+1",),
        "start",
        "Examples, recent projects, open a file",
        "modes.start",
        True,
    ),
    ActionSpec(
        "mode.build",
        "View",
        0,
        "&Build",
        ("Ctrl+2",),
        "build",
        "Put layers together, choose the data",
        "modes.build",
        True,
    ),
    ActionSpec(
        "mode.train",
        "View",
        0,
        "&Train",
        ("Ctrl+3",),
        "train",
        "Watch the losses fall while it learns",
        "modes.train",
        True,
    ),
    ActionSpec(
        "mode.step",
        "View",
        0,
        "Ste&p",
        ("Ctrl+4",),
        "stepper",
        "Take one training step apart: every tensor, every .grad",
        "modes.step",
        True,
    ),
    ActionSpec(
        "mode.lab",
        "View",
        0,
        "&Lab",
        ("Ctrl+5",),
        "lab",
        "Type tensor expressions: the same graph, tape and gradients",
        "modes.lab",
        True,
    ),
    ActionSpec(
        "view.reset",
        "View",
        1,
        "&Reset layout",
        (),
        "arrange",
        "Panels of this mode back to their places",
        "modes.reset",
    ),
    ActionSpec(
        "theme.system", "Theme", 0, "As the &system", (), "", "Follow the system's theme", "themes.system", True
    ),
    ActionSpec("theme.light", "Theme", 0, "&Light", (), "", "Dark text on light ground", "themes.light", True),
    ActionSpec("theme.dark", "Theme", 0, "&Dark", (), "", "Light text on dark ground", "themes.dark", True),
    ActionSpec(
        "view.theme",
        "Theme",
        1,
        "S&witch light and dark",
        ("Ctrl+Shift+T",),
        "theme",
        "Switch the theme",
        "themes.toggle",
    ),
    ActionSpec(
        "view.full",
        "View",
        2,
        "&Full screen",
        ("F11",),
        "fullscreen",
        "Use the whole screen",
        "window.toggle_full",
        True,
    ),
    ActionSpec(
        "view.message",
        "View",
        2,
        "Go to newest &message",
        ("F6",),
        "info",
        "Put the keyboard on it",
        "cards.focus_newest",
    ),
    ActionSpec(
        "run.play",
        "Run",
        0,
        "&Play",
        ("Ctrl+Return", "Ctrl+Enter"),
        "play",
        "Train until the end of the run; again: pause. Space does the same on the canvas",
        "running.play_or_pause",
    ),
    ActionSpec("run.step", "Run", 0, "One &step", ("F10",), "step", "Train with one batch, then pause", "running.step"),
    ActionSpec(
        "run.epoch",
        "Run",
        0,
        "One &epoch",
        ("F9",),
        "epoch",
        "Train to the end of the epoch, then pause",
        "running.epoch",
    ),
    ActionSpec(
        "run.rewind",
        "Run",
        1,
        "&Rewind",
        ("Ctrl+Home",),
        "rewind",
        "Back to step 0 with the very same initial weights",
        "running.rewind",
    ),
    ActionSpec(
        "run.new_weights",
        "Run",
        1,
        "&New weights",
        ("Ctrl+Shift+Home",),
        "dice",
        "Draw other initial weights: another seed, which also mixes the batches anew; undo brings the old ones back",
        "running.new_weights",
    ),
    ActionSpec(
        "run.apart",
        "Run",
        2,
        "&Take a step apart",
        ("Ctrl+T",),
        "apart",
        "Record the coming training step on a copy, to walk through it",
        "stepping.take_apart",
    ),
    ActionSpec(
        "run.prove",
        "Run",
        2,
        "Pro&ve a gradient",
        ("Ctrl+P",),
        "proof",
        "Find a gradient of the coming step in other ways: the one proved last, else the greatest",
        "proving.prove",
    ),
    ActionSpec(
        "run.jacobian",
        "Run",
        2,
        "&Jacobian",
        ("Ctrl+J",),
        "jacobian",
        "How every output for one sample moves with every number of its input",
        "proving.jacobian",
    ),
    _by_hand("forward", "&Forward", "F3", "loss = loss_fn(model(x), y)"),
    _by_hand("backward", "&Backward", "F4", "loss.backward()"),
    _by_hand("step", "&optimizer.step()", "F5", "optimizer.step()"),
    _by_hand("zero_grad", "&zero_grad()", "F7", "optimizer.zero_grad()"),
    _by_hand("next_batch", "&Next batch", "F8", "the next rows of the training part"),
    _by_hand("reset", "R&eset the copy", "Shift+F8", "begin again on a new copy of the run as it is"),
    ActionSpec("help.layer", "Help", 0, "&Selected layer", ("F1",), "help", "What the layer does", "help.show_layer"),
    ActionSpec("help.keys", "Help", 0, "&Keyboard shortcuts", ("Ctrl+/",), "keyboard", "All of them", "help.show_keys"),
    ActionSpec("help.about", "Help", 1, "&About Chainrule", (), "info", "Version and licenses", "help.show_about"),
)


class Actions(Mapping[str, QAction]):
    """The actions of `specs` as QActions of one parent, by name."""

    def __init__(self, parent: QObject, specs: tuple[ActionSpec, ...] = SPECS) -> None:
        self.specs = specs
        self._actions = {spec.name: _action(spec, parent) for spec in specs}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def connect(self, targets: Mapping[str, object]) -> None:
        """Join every action whose target is among `targets` to its slot.

        Raises:
            AttributeError: a target has no such method.
        """
        for spec in self.specs:
            target, method = spec.slot.split(".", 1)
            if target in targets:
                # `triggered` carries the check mark, which none of the slots wants: a QAction cuts it off by the
                # slot's signature only for plain methods, and these are.
                self._actions[spec.name].triggered.connect(attrgetter(method)(targets[target]))

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        for spec in self.specs:
            if spec.icon:
                colour = theme.on_accent if spec.name == "run.play" else ""
                self._actions[spec.name].setIcon(icon(spec.icon, theme, colour))

    def show_choice(self, theme: str) -> None:
        """Check the theme that was chosen: "system", "light" or "dark"."""
        self._actions[f"theme.{theme}"].setChecked(True)

    def show_history(self, undo: str, redo: str) -> None:
        """Name in the menu what undo and redo would do; "" switches them off."""
        for name, verb, edit in (("edit.undo", "&Undo", undo), ("edit.redo", "&Redo", redo)):
            self._actions[name].setEnabled(bool(edit))
            self._actions[name].setText(f"{verb}: {edit.replace('&', '&&')}" if edit else verb)

    def of_canvas(self) -> list[QAction]:
        """The actions whose keys hold on the canvas only; it has to have them."""
        return [self._actions[spec.name] for spec in self.specs if spec.canvas]

    def of_menu(self, menu: str) -> list[list[QAction]]:
        """The actions of one menu, in groups."""
        groups: dict[int, list[QAction]] = {}
        for spec in self.specs:
            if spec.menu == menu:
                groups.setdefault(spec.group, []).append(self._actions[spec.name])
        return [groups[number] for number in sorted(groups)]


def plain_text(spec: ActionSpec) -> str:
    """The text without its mnemonic and dots."""
    return spec.text.replace("&", "").rstrip("…")


def keys_text(spec: ActionSpec) -> str:
    """Its shortcuts as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return " or ".join(dict.fromkeys(QKeySequence(key).toString(native) for key in spec.keys))


def _action(spec: ActionSpec, parent: QObject) -> QAction:
    action = QAction(spec.text, parent)
    action.setObjectName(spec.name)
    action.setIconText(plain_text(spec))
    action.setShortcuts([QKeySequence(key) for key in spec.keys])
    action.setToolTip(f"{spec.tip} ({keys_text(spec)})" if spec.keys else spec.tip)
    action.setStatusTip(spec.tip)
    action.setCheckable(spec.checkable)
    if spec.canvas:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    return action

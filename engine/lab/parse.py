"""Graph Lab text → a Program. Python's own parser reads it, an allow-list walks it; nothing is ever executed."""

from __future__ import annotations

import ast
import warnings

from engine.lab import limits
from engine.lab.reader import Reader
from engine.lab.refusals import RefusedError
from engine.lab.syntax import Program, Refusal, Statement

_MOST_REFUSALS = 10
_NOTHING = ast.Module([], [])


def read(source: str) -> Program:
    """What the text means. Never raises: whatever cannot be read is a refusal with its line.

    Statements after the first refused one are checked, but are not part of the program.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode(errors="replace").decode()  # half a character, as a broken clipboard may hold
    refusal = _too_large(text)
    if refusal is not None:
        return Program((), (refusal,))
    tree, broken = _parsed(text)
    reader = Reader(text)
    statements: list[Statement] = []
    refusals: list[Refusal] = []
    for node in tree.body:
        try:
            statement = reader.statement(node)
            if not refusals:
                statements.append(statement)
        except RefusedError as error:
            refusals.append(Refusal(error.line, error.text, error.instead))
        except RecursionError:
            refusals.append(
                Refusal(node.lineno, "This line is nested too deeply.", "Give its parts names of their own.")
            )
    if broken is not None:
        refusals.append(broken)
    return Program(tuple(statements), tuple(refusals[:_MOST_REFUSALS]))


def _too_large(text: str) -> Refusal | None:
    lines = text.split("\n")
    if len(lines) > limits.LINES:
        return Refusal(
            limits.LINES + 1, f"The text has {len(lines)} lines; the lab takes {limits.LINES}.", "Shorten it."
        )
    if len(text) > limits.CHARACTERS:
        line = text[: limits.CHARACTERS].count("\n") + 1
        return Refusal(
            line, f"The text has {len(text):,} characters; the lab takes {limits.CHARACTERS:,}.", "Shorten it."
        )
    return None


def _strange_character(text: str) -> Refusal | None:
    """A character that Python would read as another one, or none that can be seen. Comments and texts may hold any."""
    inside = ""  # "", "#", or the quote of a text
    line, place = 1, 0
    while place < len(text):
        character = text[place]
        if character == "\n":
            line += 1
            inside = ""
        elif inside == "#":
            pass
        elif inside:
            if character == "\\":
                line += text[place + 1 : place + 2] == "\n"
                place += 1
            elif character == inside:
                inside = ""
        elif text.startswith(('"""', "'''"), place):
            return Refusal(
                line, "Texts in three quotes are not part of the lab's language.", "A comment begins with #."
            )
        elif character in "#\"'":
            inside = character
        elif not (" " <= character <= "~" or character == "\t"):
            return Refusal(
                line,
                f"The character “{character if character.isprintable() else ascii(character)}” is not allowed here.",
                "Use plain letters, digits and signs; minus is -, times is *, quotes are straight.",
            )
        place += 1
    return None


def _parsed(text: str) -> tuple[ast.Module, Refusal | None]:
    """The tree, or that of the whole statements above the line that cannot be read, with the refusal of that line."""
    broken = _strange_character(text)
    if broken is None:
        try:
            return _tree(text), None
        except SyntaxError as error:
            line = max(1, min(error.lineno or 1, text.count("\n") + 1))
            reason = (error.msg or "invalid syntax").rstrip(".")
            broken = Refusal(line, f"This line cannot be read: {reason}.", _tip(reason))
        except (RecursionError, MemoryError):
            return _NOTHING, Refusal(
                1, "The text is nested too deeply.", "Give parts of long expressions names of their own."
            )
        except ValueError as error:
            return _NOTHING, Refusal(1, f"The text cannot be read: {error}.", "Type it anew.")
    return _above(text, broken.line), broken


def _above(text: str, line: int) -> ast.Module:
    """The whole statements above a line that cannot be read."""
    lines = text.split("\n")
    for above in range(line - 1, 0, -1):
        first = lines[above]
        if first and not first[0].isspace() and not first.startswith("#"):
            try:
                return _tree("\n".join(lines[:above]))
            except (SyntaxError, RecursionError, MemoryError, ValueError):
                continue
    return _NOTHING


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of strange escapes in texts; they do no harm here
        return ast.parse(text)


def _tip(reason: str) -> str:
    if "never closed" in reason:
        return "Close the bracket."
    if "indent" in reason:
        return "Lines below for … : and with … : stand a little to the right, all others at the edge."
    return "Look for a missing bracket, comma or operator."

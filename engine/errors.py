"""Errors that are told to people: each carries a `Failure` (what, why, what to do, what is kept)."""

from __future__ import annotations

from engine.views import Failure

NOTHING_CHANGED = "What is open stays as it is."


class AppError(Exception):
    """Something that could not be done, told in plain words. Whoever catches it posts `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(sentence(failure))
        self.failure = failure


class FileProblem(AppError):  # noqa: N818 - a full disk is a problem of the file, not an error of the program
    """A file could not be written or read; what stood there before is unchanged."""


class ExportError(AppError):
    """Nothing was exported; the text says what is missing or what the check of the written file found."""


class ProjectError(AppError):
    """A project that cannot be accepted: `place` is the path of the value inside it, `text` the sentence about it."""

    def __init__(self, place: str, text: str, todo: str = "", file: str = "") -> None:
        self.place, self.text, self.todo, self.file = place, text, todo, file
        where = f"At {place}: " if place else ""
        what = f"{file} was not opened." if file else "The project cannot be used."
        super().__init__(Failure(what, where + text, todo, NOTHING_CHANGED))

    def inside(self, file: str, member: str = "", todo: str = "") -> ProjectError:
        """The same error with the name of the file, and of the part of it, in which it was found."""
        place = " ".join(part for part in (member, self.place) if part)
        return ProjectError(place, self.text, self.todo or todo, file)


def sentence(failure: Failure) -> str:
    """The failure in one line, as the command line prints it."""
    return " ".join(part for part in (failure.what, failure.why, failure.todo, failure.kept) if part)


class EditError(ValueError):
    """An edit that cannot be made; the text says why and what can be done."""

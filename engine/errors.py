"""Errors that are told to people: each carries a `Failure` (what, why, what to do, what is kept)."""

from __future__ import annotations

from engine.views import Failure


class AppError(Exception):
    """Something that could not be done, told in plain words. Whoever catches it posts `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(sentence(failure))
        self.failure = failure


class FileProblem(AppError):  # noqa: N818 - a full disk is a problem of the file, not an error of the program
    """A file could not be written or read; what stood there before is unchanged."""


class ExportError(AppError):
    """Nothing was exported; the text says what is missing or what the check of the written file found."""


def sentence(failure: Failure) -> str:
    """The failure in one line, as the command line prints it."""
    return " ".join(part for part in (failure.what, failure.why, failure.todo, failure.kept) if part)

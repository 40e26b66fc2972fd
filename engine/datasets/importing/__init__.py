"""People's own data: files are looked through, then read as they planned, in pieces, and never half."""

from engine.datasets.importing.survey import survey_text
from engine.datasets.importing.values import Block, Column, Dialect, Preview, Refusal, Unreadable

__all__ = ["Block", "Column", "Dialect", "Preview", "Refusal", "Unreadable", "survey_text"]

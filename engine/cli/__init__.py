"""The command line: train, take apart and export without a screen. Importing it does not load torch."""

from engine.cli.main import main

__all__ = ["main"]

"""What can be taken out of Chainrule: one file per format, each of which checks what it wrote.

Importing this package loads neither torch nor Pillow: an exporter imports what it needs when it is called.
"""

from __future__ import annotations

from engine.exporters.context import ExportContext
from engine.exporters.registry import EXPORTERS, Exporter, export

__all__ = ["EXPORTERS", "ExportContext", "Exporter", "export"]

"""Catalogs: one entry per layer, loss, optimizer. Palette, forms, files, command line and code grow from them."""

from engine.catalog.clipping import CLIPPINGS
from engine.catalog.entry import Catalog, Entry, UnknownKindError
from engine.catalog.initializers import INITIALIZERS, InitializerEntry
from engine.catalog.layers import LAYERS, LayerEntry, is_random
from engine.catalog.losses import LOSSES, LossEntry
from engine.catalog.optimizers import OPTIMIZERS, OptimizerEntry
from engine.catalog.schedules import SCHEDULES, ScheduleEntry
from engine.catalog.stopping import STOPPINGS

__all__ = [
    "CLIPPINGS",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "STOPPINGS",
    "Catalog",
    "Entry",
    "InitializerEntry",
    "LayerEntry",
    "LossEntry",
    "OptimizerEntry",
    "ScheduleEntry",
    "UnknownKindError",
    "is_random",
]

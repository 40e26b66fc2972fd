"""The names that no layer can have are those that a torch module has."""

from torch import nn

from engine.reserved import CODE_IDS, RESERVED_IDS, is_reserved


def test_every_name_of_a_module_is_reserved() -> None:
    known = {name for name in dir(nn.Module()) if not name.startswith("__")}
    assert known <= RESERVED_IDS
    assert RESERVED_IDS - known <= CODE_IDS | {"ipu"}  # a name that torch gives up may stay
    assert all(is_reserved(name) for name in dir(nn.Module()))


def test_names_of_layers_are_free() -> None:
    assert not any(is_reserved(name) for name in ("linear_1", "rnn_1", "hidden", "types", "_x"))

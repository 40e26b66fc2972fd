"""How large a text and its work may be: every evaluation ends soon and fits into memory."""

CHARACTERS = 4_000
LINES = 200
SYNTAX_NODES = 4_000
DEPTH = 30
"""How deeply expressions may be nested."""
ITEMS = 10_000
"""Numbers in one list."""
ELEMENTS = 4_000_000
"""Of one tensor; checked before it is made."""
ALL_ELEMENTS = 16_000_000
"""Of everything that one evaluation makes and writes down."""
OPERATIONS = 10_000
SECONDS = 2.0
PRINTED = 1_000
"""Printed lines."""
PRINTED_CHARACTERS = 200_000
"""Of all printed lines together."""
DRAWN_NODES = 3_000
"""A larger autograd graph is not drawn."""

"""A running engine for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.views import Failure
from tests.engine.session_reader import PATIENCE, Reader


@pytest.fixture
def reader() -> Iterator[Reader]:
    """Fails the test when a Failure came that it did not take."""
    one = Reader()
    yield one
    assert one.session.close_and_wait(PATIENCE)
    assert not any(isinstance(event, Failure) for event in one.taken()), one.events

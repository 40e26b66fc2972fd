"""Slots keep the latest, events lose nothing."""

import threading

from engine.mailbox import Mailbox
from engine.views import Failure, Notice, RunStatus


def test_a_slot_holds_the_latest_and_counts() -> None:
    box = Mailbox()
    assert box.read("status") == (0, None)
    first, second = RunStatus(step=1), RunStatus(step=2)
    box.put("status", first)
    assert box.read("status") == (1, first)
    box.put("status", second)
    version, value = box.read("status")
    assert (version, value) == (2, second)
    assert value is second
    assert box.read("tape") == (0, None)


def test_events_are_taken_once_in_order() -> None:
    box = Mailbox()
    events = [Notice("one"), Failure("two"), Notice("three")]
    for event in events:
        box.post(event)
    assert list(box.take()) == events
    assert list(box.take()) == []


def test_an_event_posted_while_taking_is_taken_too() -> None:
    box = Mailbox()
    box.post(Notice("one"))
    taken = []
    for event in box.take():
        taken.append(event)
        if len(taken) == 1:
            box.post(Notice("two"))
    assert taken == [Notice("one"), Notice("two")]


def test_nothing_is_lost_beside_a_writer() -> None:
    box, total = Mailbox(), 20_000

    def write() -> None:
        for number in range(total):
            box.put("status", RunStatus(step=number))
            box.post(Notice(str(number)))

    writer = threading.Thread(target=write)
    writer.start()
    taken: list[str] = []
    newest = 0
    while len(taken) < total:
        finished = not writer.is_alive()
        version, value = box.read("status")
        assert version >= newest
        if version:
            assert isinstance(value, RunStatus)
            assert value.step == version - 1, "version and value belong together"
        newest = version
        taken += [event.text for event in box.take() if isinstance(event, Notice)]
        assert not finished or len(taken) == total
    writer.join()
    assert taken == [str(number) for number in range(total)]

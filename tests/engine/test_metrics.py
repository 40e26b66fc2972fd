"""The metric log: nothing is lost, nothing is seen half."""

import threading

import numpy as np
import pytest

from engine.metrics import SERIES, STEP_LOSS, TRAIN_LOSS, MetricLog


def test_readers_have_cursors_of_their_own() -> None:
    log = MetricLog(generation=3, steps_per_epoch=7)
    assert (log.generation, log.steps_per_epoch, log.changes) == (3, 7, [])
    log.append(STEP_LOSS, 1, 0.5)
    log.append(STEP_LOSS, 2, 0.25)
    steps, values, cursor = log.since(STEP_LOSS)
    assert (steps.tolist(), values.tolist(), cursor) == ([1, 2], [0.5, 0.25], 2)
    log.append(STEP_LOSS, 3, 0.125)
    steps, values, cursor = log.since(STEP_LOSS, cursor)
    assert (steps.tolist(), values.tolist(), cursor) == ([3], [0.125], 3)
    assert log.since(STEP_LOSS, cursor)[0].size == 0
    assert log.since(STEP_LOSS)[2] == 3
    assert log.since(TRAIN_LOSS)[2] == 0


def test_the_last_value() -> None:
    log = MetricLog(1, 1)
    assert all(log.last(name) is None for name in SERIES)
    log.append(TRAIN_LOSS, 0, 2.0)
    log.append(TRAIN_LOSS, 10, 1.0)
    assert log.last(TRAIN_LOSS) == 1.0


@pytest.mark.parametrize("sizes", [[1] * 600, [256, 1, 511, 2], [10_000, 3], [0, 300, 0]])
def test_the_log_grows_without_losing_a_row(sizes: list[int]) -> None:
    log, total = MetricLog(1, 1), sum(sizes)
    everything = np.arange(total, dtype=np.float64)
    start = 0
    for size in sizes:
        log.extend(STEP_LOSS, everything[start : start + size], -everything[start : start + size])
        start += size
    steps, values, cursor = log.since(STEP_LOSS)
    assert cursor == total
    np.testing.assert_array_equal(steps, everything)
    np.testing.assert_array_equal(values, -everything)


def test_what_a_reader_holds_does_not_change() -> None:
    log = MetricLog(1, 1)
    log.append(STEP_LOSS, 1, 0.5)
    steps, values, _ = log.since(STEP_LOSS)
    log.extend(STEP_LOSS, np.arange(1000.0), np.arange(1000.0))
    assert (steps.tolist(), values.tolist()) == ([1], [0.5])


def test_a_reader_beside_the_writer_sees_every_row_once_and_whole() -> None:
    log, total = MetricLog(1, 1), 30_000
    seen: list[float] = []

    def write() -> None:
        for number in range(total):
            log.append(STEP_LOSS, number, number * 2.0)

    writer = threading.Thread(target=write)
    writer.start()
    cursor = 0
    while cursor < total:
        finished = not writer.is_alive()
        steps, values, cursor = log.since(STEP_LOSS, cursor)
        np.testing.assert_array_equal(values, steps * 2)
        seen.extend(steps.tolist())
        assert not finished or cursor == total, "the writer is done, but rows are missing"
    writer.join()
    assert seen == list(range(total))

"""What follows from a batch of a stream: pure cases and a law."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.services.pipes.checkpoints import Checkpoint, decide
from sundog.services.pipes.streams import Read


def a_read(start, count):
    positions = [str(at + 1) for at in range(start, start + count)]
    return Read([{}] * count, positions, [0] * count)


def test_a_batch_that_is_taken_moves_the_checkpoint_behind_it():
    assert decide(Checkpoint("0", 3, 2), a_read(0, 2), frozenset(), {}, 0).checkpoint == Checkpoint("2")


def test_what_came_before_the_first_failure_is_done():
    outcome = decide(Checkpoint("0"), a_read(0, 4), frozenset({3, 2}), {}, 0)
    assert outcome.checkpoint.position == "2"


def test_a_batch_that_fails_whole_is_tried_again():
    outcome = decide(Checkpoint("0"), a_read(0, 2), frozenset({0, 1}), {}, 0)
    assert outcome.checkpoint == Checkpoint("0", 1)


def test_bisecting_halves_the_batch_down_to_one():
    settings = {"OnPartialBatchItemFailure": "AUTOMATIC_BISECT", "MaximumRetryAttempts": 0}
    sizes, checkpoint, count = [], Checkpoint("0"), 10
    while count > 1:
        outcome = decide(checkpoint, a_read(0, count), frozenset(range(count)), settings, 0)
        checkpoint, count = outcome.checkpoint, outcome.checkpoint.count_max
        sizes.append(count)
    assert sizes == [5, 3, 2, 1]
    assert decide(checkpoint, a_read(0, 1), frozenset({0}), settings, 0).given_up == 1


@given(st.integers(1, 40), st.sets(st.integers(0, 39)), st.integers(0, 3), st.booleans())
def test_every_record_is_taken_or_given_up_exactly_once(total, poison, retries, bisects):
    """Whatever fails: no record is lost, and only records around a poisoned one are given up."""
    settings = {"MaximumRetryAttempts": retries}
    if bisects:
        settings["OnPartialBatchItemFailure"] = "AUTOMATIC_BISECT"
    taken, given_up, checkpoint = [], [], Checkpoint("0")
    for _ in range(2_000):
        start = int(checkpoint.position)
        count = min(checkpoint.count_max or 8, total - start)
        if count == 0:
            break
        batch = range(start, start + count)
        failed = frozenset(range(count)) if poison & set(batch) else frozenset()
        outcome = decide(checkpoint, a_read(start, count), failed, settings, 0)
        if not failed:
            taken.extend(batch)
        given_up.extend(batch[: outcome.given_up])
        checkpoint = outcome.checkpoint
    assert sorted(taken + given_up) == list(range(total))
    if bisects:
        assert set(given_up) == poison & set(range(total))

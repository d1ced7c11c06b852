"""Which environment is taken, who is retired, who is surplus."""

from dataclasses import dataclass, replace
from pathlib import Path

from sundog.clock import TEST_START_MS, Clock
from sundog.compute.contract import FunctionSpec
from sundog.compute.pool import AGE_MS_MAX, ENVIRONMENTS_MAX, IDLE_MS_MAX, Pool

SPEC = FunctionSpec("arn", "f", "$LATEST", "1", "0", "r", "python3.12", "a.h", Path("/c"), 128, 3)


@dataclass(eq=False)
class Place:
    spec: FunctionSpec = SPEC
    last_used_ns: int = 0
    is_running: bool = False
    is_snapshot: bool = False
    created_ms: int = TEST_START_MS


def give(pool, *places):
    for place in places:
        pool.add_busy(place)
        assert pool.give_back(place)


def test_the_environment_used_last_is_taken_first():
    pool, older, newer = Pool(Clock(TEST_START_MS)), Place(), Place()
    give(pool, older, newer)
    assert [pool.take(SPEC), pool.take(SPEC), pool.take(SPEC)] == [newer, older, None]


def test_another_revision_or_version_shares_nothing():
    pool = Pool(Clock(TEST_START_MS))
    give(pool, Place())
    assert pool.take(replace(SPEC, revision="2")) is None
    assert pool.take(replace(SPEC, version="1")) is None


def test_retiring_takes_free_ones_now_and_busy_ones_when_they_come_back():
    pool, free, busy, kept = Pool(Clock(TEST_START_MS)), Place(), Place(), Place(replace(SPEC, revision="2"))
    give(pool, free, kept)
    pool.add_busy(busy)
    assert pool.retire("arn", keep_revision="2") == [free]
    assert pool.give_back(busy) is False
    assert pool.take(kept.spec) is kept


def test_beyond_the_bound_the_longest_unused_are_surplus():
    pool = Pool(Clock(TEST_START_MS))
    places = [Place() for _ in range(ENVIRONMENTS_MAX + 2)]
    give(pool, *places)
    assert pool.surplus() == places[:2]
    assert pool.surplus() == []


def test_who_was_not_used_for_a_while_is_idle():
    pool, old, new = Pool(Clock(TEST_START_MS)), Place(), Place()
    give(pool, old, new)
    old.last_used_ns -= (IDLE_MS_MAX + 1) * 1_000_000
    assert pool.idle() == [old]
    assert pool.take(SPEC) is new


def test_a_closed_pool_hands_out_everything_and_takes_nothing_back():
    pool, free, busy = Pool(Clock(TEST_START_MS)), Place(), Place()
    give(pool, free)
    pool.add_busy(busy)
    assert set(pool.close()) == {free, busy}
    assert pool.give_back(busy) is False
    assert pool.take(SPEC) is None


async def test_one_whose_credentials_may_have_run_out_is_not_taken_but_ended():
    clock = Clock(TEST_START_MS)
    pool, old = Pool(clock), Place()
    give(pool, old)
    await clock.advance(AGE_MS_MAX)
    assert pool.take(SPEC) is old
    give(pool, old)
    await clock.advance(1)
    assert pool.take(SPEC) is None
    assert pool.surplus() == [old]


def test_a_snapshot_is_taken_when_no_restored_environment_is_left():
    pool, restored, waiting = Pool(Clock(TEST_START_MS)), Place(), Place(is_snapshot=True)
    give(pool, restored, waiting)
    assert pool.has_snapshot(SPEC)
    assert pool.take(SPEC) is restored
    assert pool.take(SPEC) is waiting
    assert not pool.has_snapshot(SPEC)

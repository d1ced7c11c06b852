"""One clock: it stands, runs, is moved, and stops at every deadline on the way."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.clock import NEVER_MS, TEST_START_MS, Clock


@pytest.fixture
def clock():
    return Clock(frozen_at_ms=TEST_START_MS)


def after(clock, ms, seen, **options):
    """A task that notes when it was woken."""

    async def sleeper():
        await clock.sleep_until(TEST_START_MS + ms, **options)
        seen.append(clock.now_ms() - TEST_START_MS)

    return asyncio.create_task(sleeper())


async def test_a_frozen_clock_stands(clock):
    await asyncio.sleep(0)
    assert clock.now_ms() == TEST_START_MS
    assert clock.is_frozen


async def test_whoever_sleeps_sees_their_own_deadline_when_the_clock_is_advanced(clock):
    seen = []
    tasks = [after(clock, ms, seen) for ms in (300, 100, 200)]
    await clock.advance(1_000)
    assert seen == [100, 200, 300]
    assert clock.now_ms() == TEST_START_MS + 1_000
    assert all(task.done() for task in tasks)


async def test_who_sleeps_again_on_the_way_is_woken_on_the_way(clock):
    seen = []

    async def twice():
        await clock.sleep_until(TEST_START_MS + 100)
        await clock.sleep_until(TEST_START_MS + 150)
        seen.append(clock.now_ms() - TEST_START_MS)

    task = asyncio.create_task(twice())
    await clock.advance(200)
    assert seen == [150] and task.done()


async def test_a_deadline_that_has_passed_does_not_wait(clock):
    await clock.sleep_until(TEST_START_MS)
    await clock.sleep_until(0)


async def test_advancing_waits_for_the_work_of_an_instant_before_it_goes_on(clock):
    seen = []

    async def work():
        await clock.sleep_until(TEST_START_MS + 100)
        with clock.busy():
            for _ in range(100):
                await asyncio.sleep(0)
            seen.append(clock.now_ms() - TEST_START_MS)

    task = asyncio.create_task(work())
    await clock.advance(1_000)
    assert seen == [100] and task.done()


async def test_who_waits_on_the_clock_inside_work_does_not_hold_it_up(clock):
    async def work():
        with clock.busy():
            await clock.sleep_until(TEST_START_MS + 100)

    task = asyncio.create_task(work())
    await clock.advance(1_000)
    assert task.done()


async def test_running_until_idle_ends_at_the_last_piece_of_work(clock):
    seen = []
    tasks = [after(clock, 86_400_000, seen), after(clock, 5, seen)]
    await clock.run_until_idle()
    assert seen == [5, 86_400_000]
    assert clock.now_ms() == TEST_START_MS + 86_400_000
    assert all(task.done() for task in tasks)


async def test_running_until_idle_does_not_chase_waits_that_expect_nothing(clock):
    seen = []
    task = after(clock, 100, seen, is_work=False)
    await clock.run_until_idle()
    assert clock.now_ms() == TEST_START_MS and not seen
    task.cancel()


async def test_running_until_idle_stops_at_recurring_work_on_its_way(clock):
    seen = []
    tasks = [after(clock, 10, seen, is_recurring=True), after(clock, 20, seen)]
    late = after(clock, 30, seen, is_recurring=True)
    await clock.run_until_idle()
    assert seen == [10, 20]
    assert all(task.done() for task in tasks)
    late.cancel()


async def test_a_wake_comes_before_the_deadline(clock):
    woken = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(clock.wait_for(woken, NEVER_MS))
    await asyncio.sleep(0)
    woken.set_result(True)
    assert await waiting is True


async def test_a_resumed_clock_runs_on_from_where_it_stood(clock):
    clock.resume()
    assert not clock.is_frozen
    assert 0 <= clock.now_ms() - TEST_START_MS < 60_000
    assert clock.offset_ms < 0
    clock.freeze()
    assert clock.is_frozen


async def test_a_running_clock_wakes_by_itself():
    clock = Clock()
    await clock.sleep_until(clock.now_ms() + 1)


async def test_a_running_clock_runs_on_after_it_was_advanced():
    clock = Clock()
    await clock.advance(3_600_000)
    assert not clock.is_frozen
    assert 3_599_000 < clock.offset_ms < 3_660_000  # real milliseconds may pass while it is set


async def test_a_restored_clock_stands_where_it_stood(clock):
    clock.restore(5_000, None)
    assert 4_000 < clock.offset_ms <= 5_000
    clock.restore(0, TEST_START_MS + 7)
    assert clock.now_ms() == TEST_START_MS + 7


@given(st.lists(st.integers(1, 10_000), max_size=30), st.integers(0, 10_000))
async def test_exactly_those_whose_deadline_has_come_are_woken_in_order(deadlines, duration):
    clock, seen = Clock(frozen_at_ms=TEST_START_MS), []
    tasks = [after(clock, ms, seen) for ms in deadlines]
    await clock.advance(duration)
    assert seen == sorted(ms for ms in deadlines if ms <= duration)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_many_sleepers_that_were_woken_early_take_no_room(clock):
    loop = asyncio.get_running_loop()
    for _ in range(5_000):
        woken = loop.create_future()
        waiting = asyncio.create_task(clock.wait_for(woken, TEST_START_MS + 1_000_000))
        await asyncio.sleep(0)
        woken.set_result(True)
        await waiting
    assert len(clock._sleepers) < 3_000


def patient(clock, ms, seen, may_be_late):
    """A housekeeper that notes when it was woken."""

    async def sleeper():
        woken = asyncio.get_running_loop().create_future()
        await clock.wait_for(woken, TEST_START_MS + ms, is_work=False, may_be_late=may_be_late)
        seen.append(clock.now_ms() - TEST_START_MS)

    return asyncio.create_task(sleeper())


async def test_advancing_does_not_stop_for_who_may_be_late_but_wakes_them_at_the_next_stop(clock):
    seen = []
    tasks = [patient(clock, 100, seen, lambda: True), after(clock, 300, seen)]
    await clock.advance(1_000)
    assert seen == [300, 300] and all(task.done() for task in tasks)


async def test_advancing_stops_for_who_may_be_late_no_more(clock):
    seen = []
    task = patient(clock, 100, seen, lambda: False)
    await clock.advance(1_000)
    assert seen == [100] and task.done()


async def test_who_may_be_late_is_on_time_where_the_clock_runs():
    clock, seen = Clock(), []
    start_ms = clock.now_ms()
    await clock.wait_for(asyncio.get_running_loop().create_future(), start_ms + 5, may_be_late=lambda: True)
    seen.append(clock.now_ms() - start_ms)
    assert seen[0] >= 5

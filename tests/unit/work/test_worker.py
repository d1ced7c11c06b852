"""A worker steps when woken and when due, and waits longer each time it fails."""

import asyncio

import pytest

from sundog.clock import NEVER_MS, TEST_START_MS, Clock
from sundog.store.sqlite import SqliteStore
from sundog.work.worker import Worker


@pytest.fixture
def clock():
    return Clock(frozen_at_ms=TEST_START_MS)


@pytest.fixture
async def store(clock):
    store = SqliteStore(clock, None)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def run(clock, store):
    workers = []

    async def start(step, **options):
        worker = Worker("test", clock, store, step, channel="bell", **options)
        workers.append(worker)
        await worker.start()
        await clock.settle()
        return worker

    yield start
    for worker in workers:
        await worker.stop()


@pytest.fixture
def ring(store, clock):
    async def wake():
        async with store.transaction() as tx:
            tx.wake("bell")
        await clock.settle()

    return wake


async def test_a_failing_worker_waits_longer_each_time_and_recovers(run, clock, caplog):
    tried_at_ms = []

    async def step():
        tried_at_ms.append(clock.now_ms() - TEST_START_MS)
        if len(tried_at_ms) < 4:
            raise RuntimeError("not yet")
        return clock.now_ms() + 1_000

    await run(step)
    await clock.advance(5_000)
    assert tried_at_ms == [0, 500, 1_500, 3_500, 4_500]


async def test_a_wake_does_not_shorten_a_back_off(run, clock, ring, caplog):
    tried_at_ms = []

    async def step():
        tried_at_ms.append(clock.now_ms() - TEST_START_MS)
        raise RuntimeError("no")

    await run(step)
    await ring()
    await clock.advance(500)
    assert tried_at_ms == [0, 500]


async def test_a_worker_steps_when_it_is_woken(run, ring):
    steps = []

    async def step():
        steps.append(1)
        return NEVER_MS

    await run(step)
    await ring()
    await ring()
    assert len(steps) == 3


async def test_a_wake_during_a_step_leads_to_another_step(run, store):
    steps = []

    async def step():
        steps.append(1)
        if len(steps) == 1:
            async with store.transaction() as tx:
                tx.wake("bell")
        return NEVER_MS

    await run(step)
    assert len(steps) == 2


async def test_a_stopped_worker_ends_its_step_and_begins_no_other(run, ring, clock):
    ended = []

    async def step():
        await clock.sleep_until(clock.now_ms() + 10)
        ended.append(1)
        return clock.now_ms()

    worker = await run(step)
    stopping = asyncio.ensure_future(worker.stop())
    await clock.advance(10)
    await stopping
    await clock.advance(100)
    assert ended == [1]

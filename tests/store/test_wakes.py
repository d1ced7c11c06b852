"""Wakes and actions happen after the commit, and none is lost."""

import asyncio

import pytest

from sundog.clock import NEVER_MS


async def commit(store, sql, name, *channels):
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name=name, value=0)
        for channel in channels:
            tx.wake(channel)


async def test_a_commit_wakes_who_waits_on_its_channel(store, sql):
    async with store.subscribe("a") as subscription:
        waiting = asyncio.create_task(subscription.wait(NEVER_MS))
        await asyncio.sleep(0)
        await commit(store, sql, "x", "a")
        assert await waiting is True


async def test_a_wake_between_two_waits_is_not_lost_and_counts_once(store, sql, clock):
    async with store.subscribe("a") as subscription:
        await commit(store, sql, "x", "a")
        await commit(store, sql, "y", "a")
        assert await subscription.wait(NEVER_MS) is True
        assert await subscription.wait(clock.now_ms()) is False


async def test_a_wait_ends_at_its_deadline(store, clock):
    async with store.subscribe("a") as subscription:
        waiting = asyncio.create_task(subscription.wait(clock.now_ms() + 1_000))
        await clock.advance(999)
        assert not waiting.done()
        await clock.advance(1)
        assert await waiting is False


async def test_other_channels_are_not_woken(store, sql, clock):
    async with store.subscribe("a") as subscription:
        await commit(store, sql, "x", "b")
        assert await subscription.wait(clock.now_ms()) is False


async def test_a_failed_transaction_wakes_nobody_and_does_no_action(store, sql, clock):
    done = []
    async with store.subscribe("a") as subscription:
        with pytest.raises(ValueError, match="no"):
            async with store.transaction() as tx:
                await tx.run(sql["insert_thing"], name="x", value=0)
                tx.wake("a")
                tx.after_commit(lambda: done.append(1))
                raise ValueError("no")
        assert await subscription.wait(clock.now_ms()) is False
    assert done == []


async def test_a_transaction_that_only_read_wakes_too(store, sql):
    async with store.subscribe("a") as subscription:
        async with store.transaction() as tx:
            await tx.all(sql["things"])
            tx.wake("a")
        assert await subscription.wait(NEVER_MS) is True


async def test_who_is_woken_sees_what_woke_them(store, sql, names):
    async with store.subscribe("a") as subscription:
        task = asyncio.create_task(commit(store, sql, "x", "a"))
        await subscription.wait(NEVER_MS)
        assert await names() == ["x"]
        await task


async def test_actions_are_done_in_order_when_the_block_is_left(store, sql):
    done = []
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name="x", value=0)
        for number in range(3):
            tx.after_commit(lambda number=number: done.append(number))
        assert done == []
    assert done == [0, 1, 2]


async def test_an_action_that_fails_stops_neither_the_others_nor_the_commit(store, sql, names):
    done, reports = [], []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, report: reports.append(report["message"]))
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name="x", value=0)
        tx.after_commit(lambda: 1 / 0)
        tx.after_commit(lambda: done.append(1))
    assert done == [1]
    assert reports == ["an action after a commit failed"]
    assert await names() == ["x"]


async def test_a_reset_has_everybody_look(store):
    async with store.subscribe("a") as subscription:
        await store.reset()
        assert await subscription.wait(NEVER_MS) is True


async def test_subscribe_look_wait_misses_nothing(store, sql, names):
    """Writers and one reader at the same time: in the end the reader has seen everything."""
    seen: list[str] = []

    async def read():
        async with store.subscribe("a") as subscription:
            while len(seen) < 20:
                seen[:] = await names()
                if len(seen) < 20:
                    await subscription.wait(NEVER_MS)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(commit(store, sql, f"{n:02}", "a") for n in range(20)))
    await asyncio.wait_for(reader, 10)
    assert len(seen) == 20

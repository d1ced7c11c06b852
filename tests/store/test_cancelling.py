"""Whoever is cancelled, wherever they stand: all of the transaction has happened, or nothing."""

import asyncio
from contextlib import suppress

import pytest


async def write_two(store, sql):
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name="a", value=0)
        await asyncio.sleep(0)
        await tx.run(sql["insert_thing"], name="b", value=0)


@pytest.mark.parametrize("turns", range(12))
async def test_a_cancelled_transaction_is_whole_or_not_there(store, sql, names, turns):
    task = asyncio.create_task(write_two(store, sql))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await names() in ([], ["a", "b"])


@pytest.mark.parametrize("turns", range(8))
async def test_after_a_cancelled_one_the_others_go_on(store, sql, names, turns):
    """One holds the turn, one who waits for it is cancelled, two come after."""
    holder = asyncio.create_task(write_two(store, sql))

    async def add(name):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name=name, value=0)

    await asyncio.sleep(0)
    others = [asyncio.create_task(add(name)) for name in "cde"]
    for _ in range(turns):
        await asyncio.sleep(0)
    others[0].cancel()
    await asyncio.wait_for(asyncio.gather(holder, *others, return_exceptions=True), 10)
    found = await names()
    assert [name for name in found if name != "c"] == ["a", "b", "d", "e"]


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancelled_transaction_leaves_the_clock_settled(store, sql, clock, turns):
    task = asyncio.create_task(write_two(store, sql))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.wait_for(clock.settle(), 10)


async def test_every_connection_comes_back(store, sql, names):
    """More transactions are cancelled than there are connections."""
    for turns in range(16):
        task = asyncio.create_task(write_two(store, sql))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with store.transaction() as tx:
            await tx.run(sql["delete_thing"], name="a")
            await tx.run(sql["delete_thing"], name="b")
    assert await names() == []

"""A process that dies at any step leaves each transaction whole or not there, in their order."""

import itertools
from contextlib import suppress

import pytest

from sundog.testing.crashes import DyingStore, ProcessDied


async def move_and_count(store, sql):
    """Two transactions: the second moves what the first made."""
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name="source", value=1)
        await tx.run(sql["insert_thing"], name="target", value=0)
    async with store.transaction() as tx:
        await tx.run(sql["add_value"], name="source", value=-1)
        row = await tx.one(sql["thing"], name="target")
        await tx.run(sql["set_value"], name="target", value=row["value"] + 1)


async def test_wherever_it_dies_nothing_is_half_done(store, sql):
    states = []
    for number in itertools.count(1):
        dying = DyingStore(store, number)
        with suppress(ProcessDied):
            await move_and_count(dying, sql)
        async with store.transaction() as tx:
            states.append({row["name"]: row["value"] for row in await tx.all(sql["things"])})
        await store.reset()
        if not dying.has_died:
            break
    nothing, made, moved = {}, {"source": 1, "target": 0}, {"source": 0, "target": 1}
    # Steps: two statements, before the commit, after it; three statements, before the commit, after it.
    assert states == [nothing] * 3 + [made] * 5 + [moved] * 2


async def test_who_dies_after_the_commit_has_still_committed(store, sql, names):
    with pytest.raises(ProcessDied):
        async with DyingStore(store, 3).transaction() as tx:
            await tx.run(sql["insert_thing"], name="a", value=0)
    assert await names() == ["a"]

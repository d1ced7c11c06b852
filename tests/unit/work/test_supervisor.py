"""Durable work is done at least once, in time, in order where asked, and survives whoever does it."""

import asyncio

import pytest

from sundog.clock import TEST_START_MS, Clock
from sundog.scope import Scope
from sundog.store import StoreError
from sundog.store.migrations import read_migrations
from sundog.store.sqlite import SqliteStore
from sundog.work import SCHEMA, WorkKind, cancel, finish, postpone, put, put_all
from sundog.work.items import SQL
from sundog.work.supervisor import Supervisor

SCOPE = Scope()


class Bench:
    """A store, a clock and a supervisor whose handlers write down what they did and when."""

    def __init__(self, store, clock):
        self.store, self.clock = store, clock
        self.done = []
        self.supervisor = Supervisor(clock, store, "node")

    def register(self, handler=None, **options):
        async def note(item):
            self.done.append((item.payload["name"], self.clock.now_ms() - TEST_START_MS))
            if handler is not None:
                await handler(item)

        self.supervisor.register(WorkKind("test", note, **options))

    async def put(self, name, delay_ms=0, **options):
        async with self.store.transaction() as tx:
            due_ms = self.clock.now_ms() + delay_ms
            await put(tx, "test", {"name": name}, scope=SCOPE, due_ms=due_ms, **options)

    async def restart(self):
        await self.supervisor.stop(0)
        await self.supervisor.start()


@pytest.fixture
async def bench():
    clock = Clock(frozen_at_ms=TEST_START_MS)
    store = SqliteStore(clock, None)
    await store.open()
    await store.migrate("work", read_migrations(SCHEMA))
    bench = Bench(store, clock)
    yield bench
    await bench.supervisor.stop(0)
    await store.close()


async def test_work_is_done_after_the_commit_and_not_again(bench):
    bench.register()
    await bench.supervisor.start()
    await bench.put("a")
    await bench.clock.advance(100_000)
    assert bench.done == [("a", 0)]


async def test_work_of_a_transaction_that_failed_is_never_done(bench):
    bench.register()
    await bench.supervisor.start()
    with pytest.raises(ValueError):
        async with bench.store.transaction() as tx:
            await put(tx, "test", {"name": "a"}, scope=SCOPE, due_ms=0)
            raise ValueError
    await bench.clock.advance(1_000)
    assert bench.done == []


async def test_work_is_done_when_it_is_due_and_not_before(bench):
    bench.register()
    await bench.supervisor.start()
    await bench.put("late", 2_000)
    await bench.put("early", 1_000)
    await bench.clock.advance(999)
    assert bench.done == []
    await bench.clock.advance(5_000)
    assert bench.done == [("early", 1_000), ("late", 2_000)]


async def test_work_that_raises_is_done_again_later_and_later(bench, caplog):
    async def fail(item):
        if item.attempt < 4:
            raise RuntimeError("no")

    bench.register(fail)
    await bench.supervisor.start()
    await bench.put("a")
    await bench.clock.advance(60_000)
    assert [at for _, at in bench.done] == [0, 500, 1_500, 3_500]


async def test_an_item_of_the_same_key_replaces_the_one_that_waits(bench):
    bench.register()
    await bench.supervisor.start()
    await bench.put("old", 1_000, key="k")
    await bench.put("new", 2_000, key="k")
    await bench.clock.advance(5_000)
    assert bench.done == [("new", 2_000)]


async def test_an_item_that_is_replaced_while_it_is_done_is_done_again(bench):
    async def slow(item):
        await bench.clock.sleep_until(bench.clock.now_ms() + 1_000)

    bench.register(slow)
    await bench.supervisor.start()
    await bench.put("old", key="k")
    await bench.clock.advance(500)
    await bench.put("new", key="k")
    await bench.clock.advance(5_000)
    assert [name for name, _ in bench.done] == ["old", "new"]


async def test_cancelled_work_is_not_done(bench):
    bench.register()
    await bench.supervisor.start()
    await bench.put("a", 1_000, key="k")
    async with bench.store.transaction() as tx:
        assert await cancel(tx, "test", "k")
        assert not await cancel(tx, "test", "k")
    await bench.clock.advance(5_000)
    assert bench.done == []


async def test_items_of_one_order_are_done_one_after_another(bench):
    async def slow(item):
        await bench.clock.sleep_until(bench.clock.now_ms() + 1_000)

    bench.register(slow)
    await bench.supervisor.start()
    for name in "abc":
        await bench.put(name, order="o")
    await bench.put("other", order="p")
    await bench.clock.advance(10_000)
    assert sorted(bench.done) == [("a", 0), ("b", 1_000), ("c", 2_000), ("other", 0)]


async def test_an_item_that_fails_holds_up_those_behind_it(bench, caplog):
    async def fail_once(item):
        if item.payload["name"] == "a" and item.attempt == 1:
            raise RuntimeError("no")

    bench.register(fail_once)
    await bench.supervisor.start()
    await bench.put("a", order="o")
    await bench.put("b", order="o")
    await bench.clock.advance(10_000)
    assert bench.done == [("a", 0), ("a", 500), ("b", 500)]


async def test_a_kind_never_runs_more_at_a_time_than_it_may_and_all_are_done(bench):
    running = []

    async def slow(item):
        running.append(item.id)
        assert len(running) <= 2
        await bench.clock.sleep_until(bench.clock.now_ms() + 1_000)
        running.remove(item.id)

    bench.register(slow, concurrency_max=2)
    await bench.supervisor.start()
    for number in range(5):
        await bench.put(str(number))
    await bench.clock.advance(10_000)
    assert [at for _, at in bench.done] == [0, 0, 1_000, 1_000, 2_000]


async def test_a_handler_may_finish_in_the_transaction_of_its_effect(bench):
    async def act(item):
        async with bench.store.transaction() as tx:
            await finish(tx, item)

    bench.register(act)
    await bench.supervisor.start()
    await bench.put("a", order="o")
    await bench.put("b", order="o")
    await bench.clock.advance(1_000)
    assert bench.done == [("a", 0), ("b", 0)]


async def test_postponed_work_comes_again_with_its_new_payload(bench):
    async def act(item):
        if item.payload["name"] == "a":
            async with bench.store.transaction() as tx:
                await postpone(tx, item, bench.clock.now_ms() + 1_000, {"name": "b"})

    bench.register(act)
    await bench.supervisor.start()
    await bench.put("a")
    await bench.clock.advance(10_000)
    assert bench.done == [("a", 0), ("b", 1_000)]


async def test_what_was_being_done_when_the_server_ended_is_done_again(bench):
    begun = asyncio.Event()

    async def hang(item):
        if item.attempt == 1:
            begun.set()
            await asyncio.Event().wait()

    bench.register(hang)
    await bench.supervisor.start()
    await bench.put("a")
    await begun.wait()
    await bench.restart()
    await bench.clock.settle()
    assert [name for name, _ in bench.done] == ["a", "a"]


async def test_what_a_killed_server_had_claimed_is_done_by_the_next(bench):
    bench.register()
    await bench.put("a")
    async with bench.store.transaction() as tx:
        await tx.all(
            SQL["claim_work"],
            kind="test",
            now_ms=bench.clock.now_ms(),
            count=1,
            owner="a node that died",
            lease_ms=1 << 62,
        )
    await bench.supervisor.start()
    await bench.clock.settle()
    assert bench.done == [("a", 0)]


async def test_running_until_idle_does_not_chase_recurring_work(bench):
    async def again(item):
        async with bench.store.transaction() as tx:
            await postpone(tx, item, bench.clock.now_ms() + 1_000)

    bench.register(again, recurring=True)
    await bench.supervisor.start()
    await bench.put("tick")
    await bench.clock.run_until_idle()
    assert len(bench.done) == 1
    await bench.clock.advance(3_000)
    assert len(bench.done) == 4


async def test_room_that_comes_while_rows_are_claimed_is_used(bench):
    async def be_quick_or_slow(item):
        for _ in range(int(item.payload["name"]) % 7):
            await asyncio.sleep(0)
        async with bench.store.transaction() as tx:
            await finish(tx, item)

    bench.register(be_quick_or_slow, concurrency_max=8)
    await bench.supervisor.start()
    for batch in range(20):
        async with bench.store.transaction() as tx:
            for n in range(15):
                name = str(batch * 15 + n)
                await put(tx, "test", {"name": name}, scope=SCOPE, due_ms=bench.clock.now_ms())
    await bench.clock.settle()
    assert len(bench.done) == 300


async def test_many_are_put_at_once_and_each_is_done_once(bench):
    bench.register()
    await bench.supervisor.start()
    async with bench.store.transaction() as tx:
        payloads = [(SCOPE, {"name": str(n)}) for n in range(200)]
        await put_all(tx, "test", payloads, due_ms=bench.clock.now_ms() + 1_000)
    await bench.clock.advance(100_000)
    assert sorted(bench.done) == sorted((str(n), 1_000) for n in range(200))


async def is_left(bench):
    async with bench.store.transaction() as tx:
        (row,) = await tx.all(SQL["ready_kinds"], kinds='["test"]')
        owned = await tx.run(SQL["renew_leases"], owner="node", lease_ms=0)
    return row["due_ms"] is not None or owned > 0


async def test_what_is_done_while_the_store_fails_is_struck_off_later_and_not_done_again(bench):
    bench.register()
    await bench.supervisor.start()
    transaction, failures = bench.store.transaction, iter(range(3))

    def failing(*, takes_locks=False):
        if bench.done and takes_locks and next(failures, None) is not None:
            raise StoreError("the disk is full")
        return transaction(takes_locks=takes_locks)

    bench.store.transaction = failing
    await bench.put("a")
    while await is_left(bench):
        await bench.clock.sleep_wall(0.01)
    await bench.restart()
    assert bench.done == [("a", 0)]

"""Several nodes over one PostgreSQL, and what happens when the database goes away for a moment."""

import asyncio

import psycopg
import pytest

from sundog.clock import NEVER_MS
from sundog.store import Conflict, OutcomeUnknown, Statement, StoreError
from sundog.store.postgres import PostgresStore

LOCK = Statement(
    "lock",
    sqlite="",
    postgres="select * from thing where name = %(name)s for update",
    is_read=True,
)
CLAIM = Statement(
    "claim",
    sqlite="",
    postgres="select name from thing order by id limit 1 for update skip locked",
    is_read=True,
)


@pytest.fixture
def kind(store_database, request):
    with psycopg.connect(store_database, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return type("Kind", (), {"make": lambda _, clock: PostgresStore(clock, store_database, node="a")})()


@pytest.fixture
async def other(store, store_database, clock):
    """A second node over the same database."""
    other = PostgresStore(clock, store_database, node="b")
    await other.open()
    yield other
    await other.close()


@pytest.fixture
def disconnect(store_database):
    """Have the database throw everybody out, as when it restarts."""

    def disconnect():
        with psycopg.connect(store_database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )

    return disconnect


async def test_both_nodes_see_what_either_commits(store, other, sql, add):
    await add("a")
    async with other.transaction() as tx:
        assert await tx.one(sql["thing"], name="a")
        await tx.run(sql["insert_thing"], name="b", value=0)
    async with store.transaction() as tx:
        assert len(await tx.all(sql["things"])) == 2


@pytest.mark.parametrize("direction", ["to the other", "from the other"])
async def test_a_commit_on_one_node_wakes_who_waits_on_the_other(store, other, sql, direction):
    here, there = (store, other) if direction == "to the other" else (other, store)
    async with there.subscribe("a") as subscription:
        async with here.transaction() as tx:
            await tx.run(sql["insert_thing"], name="x", value=0)
            tx.wake("a")
        assert await asyncio.wait_for(subscription.wait(NEVER_MS), 5) is True


async def test_many_wakes_reach_the_other_node(store, other):
    async with other.subscribe("last") as last, other.subscribe("first") as first:
        for name in ["first", *(f"c{n}" for n in range(500)), "last"]:
            async with store.transaction() as tx:
                tx.wake(name)
        assert await asyncio.wait_for(last.wait(NEVER_MS), 5) is True
        assert await asyncio.wait_for(first.wait(NEVER_MS), 5) is True


async def test_a_reset_on_one_node_has_everybody_look_on_the_other(store, other):
    async with other.subscribe("a") as subscription:
        await store.reset()
        assert await asyncio.wait_for(subscription.wait(NEVER_MS), 5) is True


async def test_who_reads_what_another_changes_meanwhile_is_told_to_run_again(store, other, sql, add):
    await add("a", 0)
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.one(sql["thing"], name="a")
            async with other.transaction() as theirs:
                await theirs.run(sql["add_value"], name="a", value=5)
            await tx.run(sql["add_value"], name="a", value=1)
    async with store.transaction() as tx:
        assert (await tx.one(sql["thing"], name="a"))["value"] == 5


async def test_the_same_name_inserted_twice_at_once_is_a_conflict(store, other, sql):
    async def insert(node):
        async with node.transaction() as tx:
            assert await tx.one(sql["thing"], name="a") is None
            await asyncio.sleep(0.01)
            await tx.run(sql["insert_thing"], name="a", value=0)

    results = await asyncio.gather(insert(store), insert(other), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]


async def test_who_takes_locks_waits_for_the_row_and_then_sees_what_changed(store, other, sql, add):
    await add("a", 0)

    async def increment(node):
        async with node.transaction(takes_locks=True) as tx:
            value = (await tx.one(LOCK, name="a"))["value"]
            await tx.run(sql["set_value"], name="a", value=value + 1)

    await asyncio.gather(*(increment(node) for node in (store, other) for _ in range(10)))
    async with store.transaction() as tx:
        assert (await tx.one(sql["thing"], name="a"))["value"] == 20


async def test_claims_pass_one_another(store, other, add):
    await add("a")
    await add("b")
    async with store.transaction(takes_locks=True) as mine, other.transaction(takes_locks=True) as theirs:
        assert (await mine.one(CLAIM))["name"] == "a"
        assert (await theirs.one(CLAIM))["name"] == "b"


async def test_a_lost_connection_is_a_failure_that_may_be_run_again(store, sql, add, disconnect):
    with pytest.raises(StoreError):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name="a", value=0)
            disconnect()
            await tx.run(sql["insert_thing"], name="b", value=0)
    for _ in range(20):
        try:
            await add("c")
            break
        except StoreError:
            continue
    async with store.transaction() as tx:
        assert [row["name"] for row in await tx.all(sql["things"])] == ["c"]


async def test_a_connection_lost_at_the_commit_leaves_the_outcome_open_and_says_so(store, sql, disconnect):
    with pytest.raises(OutcomeUnknown):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name="a", value=0)
            disconnect()


async def test_after_the_database_comes_back_everybody_looks_and_wakes_arrive_again(
    store, other, sql, disconnect
):
    async with other.subscribe("a") as subscription:
        disconnect()
        assert await asyncio.wait_for(subscription.wait(NEVER_MS), 5) is True
        for _ in range(20):
            try:
                async with store.transaction() as tx:
                    await tx.all(sql["things"])
                    tx.wake("a")
                break
            except StoreError:
                continue
        assert await asyncio.wait_for(subscription.wait(NEVER_MS), 5) is True


async def test_nodes_that_start_together_build_the_tables_once(store_database, clock, kind):
    stores = [PostgresStore(clock, store_database, node=str(n), connections_max=2) for n in range(4)]

    async def start(store):
        await store.open()
        await store.migrate("m", [(1, "create table m1 (id integer primary key)")])

    await asyncio.gather(*(start(store) for store in stores))
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_database_that_cannot_be_reached_is_said_so(clock):
    store = PostgresStore(clock, "postgresql://127.0.0.1:1/nowhere", node="a", connection_s_max=0.2)
    with pytest.raises(StoreError, match="cannot be reached"):
        await store.open()


async def test_more_transactions_than_connections_wait_for_one_another(store, sql, names):
    async def add(name):
        async with store.transaction(takes_locks=True) as tx:
            await tx.run(sql["insert_thing"], name=name, value=0)

    await asyncio.gather(*(add(f"{n:03}") for n in range(100)))
    assert len(await names()) == 100


async def test_many_who_change_one_row_at_once_need_few_attempts_each(store, sql, add):
    """Those who were refused do not get in one another's way again."""
    await add("a", 0)
    attempts = []

    async def increment():
        for attempt in range(1, 100):
            try:
                async with store.transaction() as tx:
                    value = (await tx.one(sql["thing"], name="a"))["value"]
                    await tx.run(sql["set_value"], name="a", value=value + 1)
                attempts.append(attempt)
                return
            except Conflict:
                continue

    await asyncio.gather(*(increment() for _ in range(64)))
    async with store.transaction() as tx:
        assert (await tx.one(sql["thing"], name="a"))["value"] == 64
    assert sum(attempts) <= 64 * 4
    assert max(attempts) < 20  # so often does dispatch run an operation

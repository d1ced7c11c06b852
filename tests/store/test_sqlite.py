"""What SQLite's batches promise: one commit for many, nobody answered before it, everybody or nobody."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sundog.store import DataFolderInUse, StoreError
from sundog.store.sqlite import SqliteStore

CHILD = Path(__file__).with_name("killed_child.py")


class Watched(sqlite3.Connection):
    """A connection that notes its commits, and fails as told."""

    log: list
    failing: str = ""

    def execute(self, text, *values):
        if text in ("commit", "rollback"):
            self.log.append(text)
        if text == self.failing:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(text, *values)


@pytest.fixture
async def watched(clock, tmp_path, sql, monkeypatch):
    """A store on disk and the connection that notes what it does."""
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, factory=Watched, **k))
    Watched.log = []
    store = SqliteStore(clock, tmp_path / "sundog.db")
    await store.open()
    script = "create table thing (id integer primary key, name text unique, value integer, data, weight)"
    await store.migrate("test", [(1, script)])
    store.connection.log.clear()
    yield store
    store.connection.failing = ""
    await store.close()


async def write(store, sql, name):
    async with store.transaction() as tx:
        await tx.run(sql["insert_thing"], name=name, value=0)


async def read(store, sql):
    async with store.transaction() as tx:
        return [row["name"] for row in await tx.all(sql["things"])]


async def test_transactions_that_come_together_share_one_commit(watched, sql):
    await asyncio.gather(*(write(watched, sql, f"{n}") for n in range(50)))
    assert watched.connection.log == ["commit"]


async def test_requests_that_arrive_together_share_one_commit(watched, sql):
    """Over sockets, where a request is parsed one turn of the loop after it was read."""
    done = 0

    async def serve(reader, writer):
        nonlocal done
        await write(watched, sql, (await reader.readline()).decode())
        done += 1
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
    for number, (_, writer) in enumerate(streams):
        writer.write(f"{number}\n".encode())
    for reader, writer in streams:
        await reader.read()
        writer.close()
    server.close()
    assert done == 16
    assert len(watched.connection.log) <= 2


async def test_nobody_is_answered_before_the_commit(watched, sql):
    log = watched.connection.log

    async def write_and_note(name):
        await write(watched, sql, name)
        log.append(name)

    await asyncio.gather(write_and_note("a"), write_and_note("b"))
    assert log == ["commit", "a", "b"]


async def test_a_reader_of_rows_not_yet_committed_waits_for_their_commit(watched, sql):
    log = watched.connection.log

    async def read_and_note():
        assert await read(watched, sql) == ["a"]
        log.append("read")

    await asyncio.gather(write(watched, sql, "a"), read_and_note())
    assert log == ["commit", "read"]


async def test_a_refusal_that_may_rest_on_rows_not_yet_committed_waits_too(watched, sql):
    log = watched.connection.log

    async def refuse():
        try:
            async with watched.transaction() as tx:
                assert await tx.one(sql["thing"], name="a")
                raise ValueError("it exists")
        except ValueError:
            log.append("refused")

    await asyncio.gather(write(watched, sql, "a"), refuse())
    assert log == ["commit", "refused"]


async def test_reading_alone_costs_no_commit(watched, sql):
    assert await read(watched, sql) == []
    assert watched.connection.log == []


async def test_a_commit_that_fails_fails_everybody_in_it_and_the_next_works(watched, sql):
    watched.connection.failing = "commit"
    done = []

    async def write_with_action(name):
        async with watched.transaction() as tx:
            await tx.run(sql["insert_thing"], name=name, value=0)
            tx.after_commit(lambda: done.append(name))

    results = await asyncio.gather(
        write_with_action("a"), write(watched, sql, "b"), read(watched, sql), return_exceptions=True
    )
    assert [type(result) for result in results] == [StoreError] * 3
    assert done == []
    watched.connection.failing = ""
    await write(watched, sql, "c")
    assert await read(watched, sql) == ["c"]


async def test_a_savepoint_that_cannot_be_undone_takes_the_whole_batch_along(watched, sql):
    watched.connection.failing = "rollback to body"

    async def fail():
        async with watched.transaction() as tx:
            await tx.run(sql["insert_thing"], name="b", value=0)
            raise ValueError("no")

    results = await asyncio.gather(write(watched, sql, "a"), fail(), return_exceptions=True)
    assert [type(result) for result in results] == [StoreError] * 2
    watched.connection.failing = ""
    assert await read(watched, sql) == []


async def test_bodies_that_suspend_never_interleave_and_go_in_the_order_they_came(watched, sql):
    order = []

    async def slow(name):
        async with watched.transaction() as tx:
            order.append(f"{name} begins")
            await tx.run(sql["insert_thing"], name=name, value=0)
            for _ in range(5):
                await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(*(slow(name) for name in "abc"))
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_a_turn_that_was_passed_on_cannot_be_taken_by_somebody_quicker(watched, sql):
    """Between being given the turn and waking up, its owner is not overtaken."""
    running, most = 0, 0

    async def body():
        nonlocal running, most
        async with watched.transaction():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    async def late(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
        await body()

    await asyncio.gather(*(body() for _ in range(3)), *(late(turns) for turns in range(12)))
    assert most == 1


async def test_closing_answers_who_still_waits(watched, sql):
    task = asyncio.create_task(write(watched, sql, "a"))
    await asyncio.sleep(0)
    await watched.close()
    await task
    await watched.open()
    assert await read(watched, sql) == ["a"]


async def test_a_second_process_is_kept_out_of_the_data_folder(clock, tmp_path):
    first, second = (SqliteStore(clock, tmp_path / "sundog.db") for _ in range(2))
    await first.open()
    with pytest.raises(DataFolderInUse, match=r"in use by another sundog \(process \d+\)"):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(clock, tmp_path):
    path = tmp_path / "sundog.db"
    path.write_bytes(b"not a database" * 100)
    store = SqliteStore(clock, path)
    with pytest.raises(StoreError, match="cannot be opened"):
        await store.open()
    assert path.read_bytes() == b"not a database" * 100


@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("process", 0)])
async def test_durability_decides_whether_a_commit_is_synced(clock, tmp_path, durability, level):
    store = SqliteStore(clock, tmp_path / "sundog.db", durability=durability)
    await store.open()
    assert store.connection.execute("pragma synchronous").fetchone()[0] == level
    assert store.connection.execute("pragma journal_mode").fetchone()[0] == "wal"
    await store.close()


@pytest.mark.parametrize("number", [1, 20, 21, 50])
async def test_a_process_killed_in_the_middle_of_a_batch_loses_nothing_it_answered(
    clock, tmp_path, sql, number
):
    """The child prints every name whose block was left, and dies with ten unfinished ones in its batch."""
    path = tmp_path / "sundog.db"
    command = [sys.executable, CHILD, path, str(number)]
    result = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)
    assert result.returncode == -signal.SIGKILL, result.stderr
    answered = result.stdout.split()
    assert len(answered) == number
    store = SqliteStore(clock, path)
    await store.open()
    assert sorted(await read(store, sql)) == sorted(answered)
    await store.close()


async def test_a_new_data_folder_is_its_owners_alone(tmp_path, clock):
    store = SqliteStore(clock, tmp_path / "data" / "sundog.db")
    await store.open()
    await store.close()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0

"""SQLite: one file, one process, one writer on the event loop's thread.

Statements take microseconds, so they run where they are called. Transactions of one turn of the loop
share one physical transaction (a *batch*), a savepoint each, and one commit with one fsync; each block
is left after that commit. So nobody learns of anything that could still be lost.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sundog.clock import Clock
from sundog.config import Durability
from sundog.store.channels import Channels, ChannelSubscription
from sundog.store.contract import DataFolderInUse, Row, StoreError
from sundog.store.migrations import (
    MIGRATION_TABLE,
    Migration,
    decide_migrations,
    split_script,
)
from sundog.store.statements import Statement

STATEMENTS_CACHED = 1_024
CHECKPOINT_PAGES = 4_000  # 16 MB of log
PRAGMAS = (
    "journal_mode = wal",
    "foreign_keys = on",
    "busy_timeout = 5000",
    "temp_store = memory",
    "cache_size = -65536",  # KiB
    "mmap_size = 1073741824",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    "journal_size_limit = 67108864",
)
_TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
_KEPT_AT_RESET = {"sundog_migration", "sundog_meta"}


class _Batch:
    """The transactions that share one commit. ``members`` are the ends that wait for it."""

    __slots__ = ("actions", "channels", "members")

    def __init__(self) -> None:
        self.members: list[asyncio.Future[None]] = []
        self.actions: list[Callable[[], None]] = []
        self.channels: set[str] = set()


class SqliteStore:
    """`Store` over a file, or over memory when ``path`` is None."""

    is_shared = False

    def __init__(self, clock: Clock, path: Path | None, *, durability: Durability = "full") -> None:
        self._clock, self._path, self._durability = clock, path, durability
        self._channels = Channels(clock)
        self._lock_file: int | None = None
        self._open_connection: sqlite3.Connection | None = None
        self._batch: _Batch | None = None
        self._is_commit_due = False
        self._body: SqliteTransaction | None = None
        self._queue: list[asyncio.Future[None]] = []

    # Opening and closing

    async def open(self) -> None:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file = _lock(self._path)
        try:
            self._open_connection = _connect(self._path, self._durability)
        except sqlite3.Error as error:
            self._release_folder()
            raise StoreError(f"{self._path} cannot be opened: {error}") from error

    async def close(self) -> None:
        if self._open_connection is not None:
            self._commit()
            self._open_connection.close()
            self._open_connection = None
        self._release_folder()

    def _release_folder(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    @property
    def connection(self) -> sqlite3.Connection:
        assert self._open_connection is not None, "the store is not open"
        return self._open_connection

    # Transactions and wakes

    def transaction(self) -> SqliteTransaction:
        return SqliteTransaction(self, self._clock)

    def subscribe(self, channel: str) -> ChannelSubscription:
        return self._channels.subscribe(channel)

    def wake(self, channels: list[str]) -> None:
        self._channels.wake(channels)

    def enter(self, transaction: SqliteTransaction) -> bool:
        """Take the turn at once if nobody has it."""
        if self._body is not None or self._queue:
            return False
        self._body = transaction
        return True

    async def wait_for_turn(self, transaction: SqliteTransaction) -> None:
        """Take the turn after everybody who waits for it: a body that suspends makes others wait."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._queue:
                self._queue.remove(turn)
            elif turn.done() and not turn.cancelled():
                self._pass_turn()
            raise
        self._body = transaction

    def leave(self) -> None:
        self._body = None
        if self._is_commit_due:
            self._commit()
        self._pass_turn()

    def _pass_turn(self) -> None:
        while self._queue and self._body is None:
            turn = self._queue.pop(0)
            if not turn.done():
                turn.set_result(None)
                return

    @property
    def batch(self) -> _Batch | None:
        """The batch that is open. Everything read now may depend on it."""
        return self._batch

    def begin(self) -> _Batch:
        """The open batch, or a new one that ends with this turn of the loop."""
        if self._batch is None:
            self.connection.execute("begin immediate")
            self._batch = _Batch()
            asyncio.get_running_loop().call_soon(self._on_turn_end)
        return self._batch

    def _on_turn_end(self) -> None:
        if self._body is not None:
            self._is_commit_due = True
        else:
            self._commit()

    def _commit(self) -> None:
        """End the batch: everybody in it has happened, or nobody has."""
        self._is_commit_due = False
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            self.connection.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            _fail(batch, error)
            return
        for action in batch.actions:
            action()
        self._channels.wake(batch.channels)
        for member in batch.members:
            if not member.done():
                member.set_result(None)

    def lose(self, error: sqlite3.Error) -> None:
        """SQLite itself gave up the physical transaction: nobody in the batch has happened."""
        batch, self._batch = self._batch, None
        self._is_commit_due = False
        if batch is not None:
            _fail(batch, error)

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("rollback")

    # Tables

    async def migrate(self, owner: str, migrations: list[Migration]) -> None:
        query = "select number from sundog_migration where owner = ?"
        applied = [number for (number,) in self.connection.execute(query, (owner,))]
        for number, script in decide_migrations(owner, applied, migrations):
            self._migrate(owner, number, script)

    def _migrate(self, owner: str, number: int, script: str) -> None:
        self._commit()
        self.connection.execute("begin immediate")
        try:
            for statement in split_script(script):
                self.connection.execute(statement)
            self.connection.execute("insert into sundog_migration values (?, ?)", (owner, number))
            self.connection.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            raise StoreError(f"migration {number} of {owner}: {error}") from error

    async def get_meta(self, name: str) -> str | None:
        row = self.connection.execute("select value from sundog_meta where name = ?", (name,)).fetchone()
        return str(row["value"]) if row else None

    async def set_meta(self, name: str, value: str) -> None:
        async with self.transaction() as tx:
            tx.write("insert or replace into sundog_meta values (:name, :value)", name=name, value=value)

    async def reset(self) -> None:
        async with self.transaction() as tx:
            names = {row["name"] for row in self.connection.execute(_TABLES)} - _KEPT_AT_RESET
            for name in sorted(names):
                tx.write(f'delete from "{name}"')
            if self.connection.execute(
                "select 1 from sqlite_master where name = 'sqlite_sequence'"
            ).fetchone():
                tx.write("delete from sqlite_sequence")
        self._channels.wake_all()


class SqliteTransaction:
    """`Transaction`, and the block it lives in. It costs nothing until it writes."""

    __slots__ = ("_actions", "_channels", "_clock", "_has_savepoint", "_store")

    def __init__(self, store: SqliteStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._has_savepoint = False
        self._actions: list[Callable[[], None]] = []
        self._channels: list[str] = []

    async def __aenter__(self) -> SqliteTransaction:
        self._clock.begin_work()
        try:
            if not self._store.enter(self):
                await self._store.wait_for_turn(self)
        except BaseException:
            self._clock.end_work()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            committed = self._end(error)
            if committed is not None:
                await committed
        finally:
            self._clock.end_work()

    def _end(self, error: BaseException | None) -> asyncio.Future[None] | None:
        """End the body; what to wait for, if anything the body wrote or read is not yet durable."""
        try:
            if error is not None:
                self._undo()
            elif self._has_savepoint:
                self._store.connection.execute("release body")
            return self._join(error)
        finally:
            self._store.leave()

    def _join(self, error: BaseException | None) -> asyncio.Future[None] | None:
        batch = self._store.batch
        if batch is None:
            if error is None:
                for action in self._actions:
                    action()
                self._store.wake(self._channels)
            return None
        if error is None:
            batch.actions += self._actions
            batch.channels.update(self._channels)
        elif not isinstance(error, Exception):
            return None  # cancelled: nobody hears the answer
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        batch.members.append(committed)
        return committed

    def _undo(self) -> None:
        if self._has_savepoint and self._store.batch is not None:
            self._store.connection.execute("rollback to body")
            self._store.connection.execute("release body")

    # Statements

    async def all(self, statement: Statement, **values: Any) -> list[Row]:
        if not statement.is_read:
            return self.write(statement.sqlite, **values).fetchall()
        try:
            return self._store.connection.execute(statement.sqlite, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    async def one(self, statement: Statement, **values: Any) -> Row | None:
        rows = await self.all(statement, **values)
        assert len(rows) <= 1, f"{statement.name} names {len(rows)} rows, not one"
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: Any) -> int:
        return self.write(statement.sqlite, **values).rowcount

    async def run_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> int:
        self._save()
        try:
            return self._store.connection.executemany(statement.sqlite, values).rowcount if values else 0
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def write(self, text: str, **values: Any) -> sqlite3.Cursor:
        """Execute a statement that may change something."""
        self._save()
        try:
            return self._store.connection.execute(text, values)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def wake(self, channel: str) -> None:
        self._channels.append(channel)

    def after_commit(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def _save(self) -> None:
        if self._has_savepoint:
            return
        try:
            self._store.begin()
            self._store.connection.execute("savepoint body")
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._has_savepoint = True

    def _failed(self, error: sqlite3.Error) -> Exception:
        """What the body sees. A statement we wrote wrong stays what it is: our mistake."""
        if not self._store.connection.in_transaction:
            self._has_savepoint = False
            self._store.lose(error)
        return error if isinstance(error, sqlite3.ProgrammingError) else StoreError(str(error))


def _connect(path: Path | None, durability: Durability) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path, isolation_level=None, cached_statements=STATEMENTS_CACHED
    )
    connection.row_factory = sqlite3.Row
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    connection.execute(f"pragma synchronous = {'full' if durability == 'full' else 'off'}")
    connection.executescript(MIGRATION_TABLE)
    return connection


def _lock(path: Path) -> int:
    """Own the folder: held until the process ends, however it ends."""
    file = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(file, 32, 0).decode() or "unknown"
        os.close(file)
        text = f"{path.parent} is in use by another sundog (process {owner}); choose another --data folder"
        raise DataFolderInUse(error.errno, text) from error
    os.ftruncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)
    return file


def _fail(batch: _Batch, error: sqlite3.Error) -> None:
    for member in batch.members:
        if not member.done():
            failure = StoreError(str(error))
            failure.__cause__ = error
            member.set_exception(failure)

"""PostgreSQL: one database, any number of nodes, one transaction a request.

Isolation. Services are written for SQLite, where transactions run one after another. So transactions here
are SERIALIZABLE: where running two at once would differ from running them in some order, one of them fails
with `Conflict`, has had no effect, and whoever owns it runs it again (dispatch, the supervisor, workers).
That is right for every service without a thought, and dear only where many meet at the same rows. There,
``transaction(takes_locks=True)`` is READ COMMITTED: SQS claims messages with ``for update skip locked``, so
that receivers pass one another instead of failing, and holds a FIFO group's row before it reads the group;
each statement then sees what was committed before it began, also by who held the lock.

Plans. Sequential scans are switched off: a table that was small when a statement was prepared would be
scanned ever after, and under SERIALIZABLE a scan reads, and so conflicts with, the whole table.

Wakes. This node's subscribers are woken right after the commit; the others by NOTIFY a moment later, many
wakes in one. Not in the transaction itself: NOTIFY makes all commits of a database wait for one another.
Should a node die in between, the others look by themselves within `LOOK_AROUND_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any

import psycopg
from psycopg import AsyncConnection, IsolationLevel
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from sundog.clock import Clock
from sundog.store.channels import Channels, ChannelSubscription, perform
from sundog.store.contract import Conflict, OutcomeUnknown, Row, StoreError
from sundog.store.migrations import (
    MIGRATION_TABLE,
    Migration,
    decide_migrations,
    split_script,
    to_postgres,
)
from sundog.store.postgres_retries import RetryLane, Task
from sundog.store.postgres_types import register_types
from sundog.store.postgres_wakes import Wakes
from sundog.store.statements import Statement

CONNECTIONS_MIN, CONNECTIONS_MAX = 2, 16
CONNECTION_S_MAX = 5.0
"""How long a transaction waits for a connection."""
OPTIONS = "-c jit=off -c enable_seqscan=off -c timezone=UTC -c lock_timeout=30s"
STATEMENTS_PREPARED_MAX = 1_000
RESET_ATTEMPTS_MAX = 5
_MIGRATION_LOCK = 0x73756E646F67  # "sundog"
_NO_CONNECTION = (PoolTimeout, PoolClosed, TooManyRequests, OSError)
_CONFLICTS = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.UniqueViolation,  # two looked, found nothing, and inserted the same
)
_TABLES = """
select tablename as name from pg_tables
where schemaname = current_schema() and tablename not in ('sundog_migration', 'sundog_meta')
"""

Connection = AsyncConnection[dict[str, Any]]


class PostgresStore:
    """`Store` over a PostgreSQL database. ``node`` names this process among those that share it."""

    is_shared = True

    def __init__(
        self,
        clock: Clock,
        url: str,
        *,
        node: str,
        connections_max: int = CONNECTIONS_MAX,
        connection_s_max: float = CONNECTION_S_MAX,
    ) -> None:
        self._clock, self._url, self._node = clock, url, node
        self._connections_max, self._connection_s_max = connections_max, connection_s_max
        self._channels = Channels(clock)
        self._bodies: set[Task] = set()
        self._lane = RetryLane()
        self._open_pool: AsyncConnectionPool[Connection] | None = None
        self._wakes: Wakes | None = None

    # Opening and closing

    async def open(self) -> None:
        self._open_pool = AsyncConnectionPool(
            self._url,
            connection_class=AsyncConnection[dict[str, Any]],
            kwargs={"row_factory": dict_row, "options": OPTIONS, "prepare_threshold": 2},
            min_size=min(CONNECTIONS_MIN, self._connections_max),
            max_size=self._connections_max,
            timeout=self._connection_s_max,
            configure=_configure,
            name="sundog",
            open=False,
        )
        try:
            await self._open_pool.open(wait=True, timeout=self._connection_s_max)
            await self._build_own_tables()
            self._wakes = Wakes(self._clock, self._url, self._node, self._channels, self._open_pool)
            await self._wakes.start()
        except (*_NO_CONNECTION, psycopg.Error, StoreError) as error:
            await self.close()
            raise StoreError(f"the database cannot be reached: {error}") from error

    async def close(self) -> None:
        if self._wakes is not None:
            await self._wakes.stop()
            self._wakes = None
        if self._open_pool is not None:
            await self._open_pool.close()
            self._open_pool = None

    @property
    def pool(self) -> AsyncConnectionPool[Connection]:
        assert self._open_pool is not None, "the store is not open"
        return self._open_pool

    # Transactions and wakes

    def transaction(self, *, takes_locks: bool = False) -> PostgresTransaction:
        level = IsolationLevel.READ_COMMITTED if takes_locks else IsolationLevel.SERIALIZABLE
        return PostgresTransaction(self, self._clock, level)

    def subscribe(self, channel: str) -> ChannelSubscription:
        return self._channels.subscribe(channel)

    async def enter(self, task: Task, level: IsolationLevel) -> Connection:
        """A connection for a body of ``task``."""
        assert task not in self._bodies, "a transaction inside a transaction"
        await self._lane.enter(task)
        try:
            connection = await self._connect(level)
        except BaseException:
            self._lane.leave(task, was_refused=True)
            raise
        self._bodies.add(task)
        return connection

    async def _connect(self, level: IsolationLevel) -> Connection:
        try:
            connection = await self.pool.getconn()
        except _NO_CONNECTION as error:
            raise StoreError(f"no connection to the database: {error}") from error
        try:
            if connection.isolation_level is not level:
                await connection.set_isolation_level(level)
        except BaseException:
            await self.pool.putconn(connection)
            raise
        return connection

    def leave(self, task: Task) -> None:
        """The body of ``task`` is over, its commit is not."""
        self._bodies.discard(task)

    async def end(self, task: Task, connection: Connection, *, was_refused: bool) -> None:
        """The transaction is over."""
        self._lane.leave(task, was_refused=was_refused)
        is_lost = connection.closed
        await self.pool.putconn(connection)
        if is_lost:
            await self.pool.check()  # the others are probably lost too: not one failure for each of them

    def announce(self, actions: Sequence[Callable[[], None]], channels: Sequence[str]) -> None:
        """What follows a commit."""
        perform(actions)
        names = dict.fromkeys(channels)
        self._channels.wake(names)
        if self._wakes is not None:
            self._wakes.tell(names)

    # Tables

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        """A transaction that no other node's migration runs beside."""
        async with self.pool.connection() as connection:
            await connection.set_isolation_level(IsolationLevel.READ_COMMITTED)
            await connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            yield connection

    async def _build_own_tables(self) -> None:
        async with self._alone() as connection:
            for statement in split_script(MIGRATION_TABLE):
                await connection.execute(to_postgres(statement).encode())

    async def migrate(self, owner: str, migrations: list[Migration]) -> None:
        try:
            async with self._alone() as connection:
                query = "select number from sundog_migration where owner = %s"
                applied = [row["number"] for row in await _rows(connection, query, (owner,))]
                for number, script in decide_migrations(owner, applied, migrations):
                    for statement in split_script(script):
                        await connection.execute(to_postgres(statement).encode())
                    await connection.execute("insert into sundog_migration values (%s, %s)", (owner, number))
        except psycopg.Error as error:
            raise StoreError(f"migrations of {owner}: {error}") from error

    async def get_meta(self, name: str) -> str | None:
        async with self.transaction(takes_locks=True) as tx:
            rows = await tx.query("select value from sundog_meta where name = %(name)s", {"name": name})
        return str(rows[0]["value"]) if rows else None

    async def set_meta(self, name: str, value: str) -> None:
        text = (
            "insert into sundog_meta (name, value) values (%(name)s, %(value)s) "
            "on conflict (name) do update set value = excluded.value"
        )
        async with self.transaction(takes_locks=True) as tx:
            await tx.change(text, {"name": name, "value": value})

    async def keep_meta(self, name: str, value: str) -> str:
        text = (
            "insert into sundog_meta (name, value) values (%(name)s, %(value)s) "
            "on conflict (name) do update set value = sundog_meta.value returning value"
        )
        async with self.transaction(takes_locks=True) as tx:
            rows = await tx.query(text, {"name": name, "value": value})
        return str(rows[0]["value"])

    async def reset(self) -> None:
        for attempt in range(1, RESET_ATTEMPTS_MAX + 1):
            try:
                await self._reset()
                break
            except Conflict:
                if attempt == RESET_ATTEMPTS_MAX:
                    raise
        self._channels.wake_all()
        if self._wakes is not None:
            self._wakes.tell_all()

    async def _reset(self) -> None:
        """Only tables with rows in them, or that had any: truncating costs more than looking."""
        async with self.transaction(takes_locks=True) as tx:
            names = [row["name"] for row in await tx.query(_TABLES)]
            used = [name for name in names if await tx.query(f'select 1 as row from "{name}" limit 1')]
            if used:
                await tx.change("truncate " + ", ".join(f'"{name}"' for name in used) + " cascade")
            await tx.query(
                "select setval(format('%%I.%%I', schemaname, sequencename)::regclass, 1, false) "
                "from pg_sequences where schemaname = current_schema() and last_value is not null"
            )


class PostgresTransaction:
    """`Transaction`, and the block it lives in. Its BEGIN goes out with the first statement."""

    __slots__ = (
        "_actions",
        "_channels",
        "_clock",
        "_failure",
        "_level",
        "_open_connection",
        "_store",
        "_task",
    )

    def __init__(self, store: PostgresStore, clock: Clock, level: IsolationLevel) -> None:
        self._store, self._clock, self._level = store, clock, level
        self._open_connection: Connection | None = None
        self._task: Task = None
        self._failure: Exception | None = None
        self._actions: list[Callable[[], None]] = []
        self._channels: list[str] = []

    async def __aenter__(self) -> PostgresTransaction:
        self._clock.begin_work()
        try:
            self._task = asyncio.current_task()
            self._open_connection = await self._store.enter(self._task, self._level)
        except BaseException:
            self._clock.end_work()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.leave(self._task)
        # Who is cancelled here must not take the connection along in the middle of a commit.
        ending = asyncio.ensure_future(self._end(error is None))
        ending.add_done_callback(_retrieve)
        await asyncio.shield(ending)

    async def _end(self, is_good: bool) -> None:
        connection, self._open_connection = self._connection, None
        try:
            try:
                await self._commit_or_undo(connection, is_good)
            finally:
                was_refused = isinstance(self._failure, Conflict)
                await self._store.end(self._task, connection, was_refused=was_refused)
            if is_good:
                self._store.announce(self._actions, self._channels)
        finally:
            self._clock.end_work()

    async def _commit_or_undo(self, connection: Connection, is_good: bool) -> None:
        if self._failure is not None or not is_good:
            with suppress(psycopg.Error):  # a connection that cannot even roll back is thrown away
                await connection.rollback()
            if is_good and self._failure is not None:
                raise self._failure  # a body that hides the failure of a statement has failed all the same
            return
        try:
            await connection.commit()
        except psycopg.Error as error:
            if connection.broken:
                raise OutcomeUnknown(str(error)) from error
            raise self._failed(error) from error

    @property
    def _connection(self) -> Connection:
        assert self._open_connection is not None, "the transaction is over"
        return self._open_connection

    # Statements

    async def all(self, statement: Statement, **values: Any) -> list[Row]:
        return await self.query(statement.postgres, values)

    async def one(self, statement: Statement, **values: Any) -> Row | None:
        rows = await self.query(statement.postgres, values)
        assert len(rows) <= 1, f"{statement.name} names {len(rows)} rows, not one"
        return rows[0] if rows else None

    async def run(self, statement: Statement, **values: Any) -> int:
        return await self.change(statement.postgres, values)

    async def run_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> int:
        if not values:
            return 0
        try:
            async with self._connection.cursor() as cursor:
                await cursor.executemany(statement.postgres.encode(), values)
                return cursor.rowcount
        except psycopg.Error as error:
            raise self._failed(error) from error

    async def query(self, text: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        try:
            return list(await _rows(self._connection, text, values or {}))
        except psycopg.Error as error:
            raise self._failed(error) from error

    async def change(self, text: str, values: Mapping[str, Any] | None = None) -> int:
        try:
            return (await self._connection.execute(text.encode(), values or {})).rowcount
        except psycopg.Error as error:
            raise self._failed(error) from error

    def wake(self, channel: str) -> None:
        self._channels.append(channel)

    def after_commit(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def _failed(self, error: psycopg.Error) -> Exception:
        """What the body sees: the first failure; what follows it says only that there was one."""
        if self._failure is None:
            self._failure = _translate(error)
        return self._failure


async def _configure(connection: Connection) -> None:
    register_types(connection.adapters)
    connection.prepared_max = STATEMENTS_PREPARED_MAX


async def _rows(connection: Connection, text: str, values: Any) -> list[dict[str, Any]]:
    return await (await connection.execute(text.encode(), values)).fetchall()


def _translate(error: psycopg.Error) -> Exception:
    """What an error means to who runs the transaction. A statement we wrote wrong stays what it is."""
    if isinstance(error, _CONFLICTS):
        return Conflict(str(error))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return StoreError(str(error))
    return error


def _retrieve(ending: asyncio.Future[None]) -> None:
    """Whoever waited may have been cancelled: then nobody else asks how it went."""
    if not ending.cancelled():
        ending.exception()

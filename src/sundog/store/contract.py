"""The promises every database keeps; one suite of tests (tests/store) runs over all of them.

Rules for a transaction's body: await nothing but the transaction's own methods, so that it never
suspends on SQLite and never holds a PostgreSQL connection for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sundog.clock import MayBeLate
from sundog.store.statements import Statement


class Row(Protocol):
    """One row; columns by name. ``dict(row)`` works too."""

    def __getitem__(self, column: str, /) -> Any: ...
    def keys(self) -> Any: ...


class StoreError(Exception):
    """The database failed; the transaction had no effect and may be run again."""


class Conflict(StoreError):
    """Another transaction came in between: run it again at once."""


class OutcomeUnknown(StoreError):
    """The connection broke during the commit, which may have happened: run again only what bears it twice."""


class DataFolderInUse(OSError):
    """Another process works on the same data."""


class Transaction(Protocol):
    """All or nothing: durable when the ``async with`` block has been left, without effect if it raises.

    A statement that fails fails the transaction, even if the body hides the exception.
    """

    async def all(self, statement: Statement, **values: Any) -> list[Row]: ...

    async def one(self, statement: Statement, **values: Any) -> Row | None:
        """The single row the statement names, or None. More than one is our mistake (assert)."""
        ...

    async def run(self, statement: Statement, **values: Any) -> int:
        """Execute; the number of rows changed."""
        ...

    async def run_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> int:
        """Execute once for each of ``values``, in order; the number of rows changed in all."""
        ...

    def wake(self, channel: str) -> None:
        """After commit, wake whoever waits on ``channel``, on every node."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """After commit, call ``action`` in this process; never if the transaction failed."""
        ...


class Subscription(Protocol):
    """A wait for wakes on one channel. A wake between two waits is not lost."""

    async def wait(
        self,
        deadline_ms: int,
        *,
        is_work: bool = False,
        is_recurring: bool = False,
        may_be_late: MayBeLate | None = None,
    ) -> bool:
        """True once woken, False when the clock reaches ``deadline_ms`` first; see `Clock.wait_for`."""
        ...


class Store(Protocol):
    is_shared: bool
    """Other nodes may work on the same data at the same time."""

    async def open(self) -> None:
        """Connect, and bring the store's own tables up to date. Raises StoreError or DataFolderInUse."""
        ...

    def transaction(self, *, takes_locks: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Transactions take effect as if they ran one after another.

        ``takes_locks`` gives that up for speed where many meet at the same rows: the body locks what it
        changes (``for update`` in queries.postgres.sql) and bears what others commit between its
        statements. SQLite has no such difference.
        """
        ...

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[Subscription]:
        """Listen to ``channel``. Subscribe first, look second, wait third: then no wake is missed."""
        ...

    async def migrate(self, owner: str, migrations: list[tuple[int, str]]) -> None:
        """Bring ``owner``'s tables up to date: (number, SQL script) pairs, each applied once, in order."""
        ...

    async def get_meta(self, name: str) -> str | None:
        """A value the server remembers about itself (where its clock stands)."""
        ...

    async def set_meta(self, name: str, value: str) -> None: ...

    async def keep_meta(self, name: str, value: str) -> str:
        """Remember ``value`` unless there is one already; what is remembered now, the same for all askers."""
        ...

    async def reset(self) -> None:
        """Forget every row except of `get_meta`, keep the tables. Ids start again from 1."""
        ...

    async def close(self) -> None: ...

"""The process dies at step n, for every n: what is then in the store is what a restart finds.

A step is a statement, the moment before a commit, or the moment after it, before the caller hears of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any

from sundog.store import Store, Transaction

_STATEMENTS = ("all", "one", "run", "run_many")


class ProcessDied(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


class DyingStore:
    """``store``, whose transactions die at the ``number``-th step counted over all of them.

    ``has_died`` tells whether it came to that: when it did not, every step has had its turn.
    """

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._steps, self._number = store, itertools.count(1), number
        self.has_died = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def step(self) -> None:
        if next(self._steps) == self._number:
            self.has_died = True
            raise ProcessDied

    def transaction(self, **options: Any) -> _DyingBlock:
        return _DyingBlock(self._store.transaction(**options), self.step)


class _DyingTransaction:
    def __init__(self, tx: Transaction, step: Callable[[], None]) -> None:
        self._tx, self._step = tx, step

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Awaitable[Any]] = getattr(self._tx, name)
        if name not in _STATEMENTS:
            return method

        async def statement(*arguments: Any, **values: Any) -> Any:
            self._step()
            return await method(*arguments, **values)

        return statement


class _DyingBlock:
    def __init__(self, block: AbstractAsyncContextManager[Transaction], step: Callable[[], None]) -> None:
        self._block, self._step = block, step

    async def __aenter__(self) -> Any:
        return _DyingTransaction(await self._block.__aenter__(), self._step)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self._block.__aexit__(kind, error, trace)
            return
        try:
            self._step()
        except ProcessDied as death:
            await self._block.__aexit__(ProcessDied, death, None)
            raise
        await self._block.__aexit__(None, None, None)
        self._step()

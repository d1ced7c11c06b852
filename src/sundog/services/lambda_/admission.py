"""How many invocations may run at once: counted here, on this node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.errors import TooManyRequestsException

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
UNRESERVED = "ConcurrentInvocationLimitExceeded"


@dataclass(frozen=True, slots=True)
class Place:
    """How many of the function now run, and how many of them in the provisioned environments of the name.

    ``in_provisioned`` is 0 where this invocation does not run in one; ``unreserved`` is how many run in the
    account's unreserved concurrency, 0 where this one does not.
    """

    running: int
    in_provisioned: int
    unreserved: int


class Admission:
    """Invocations going on: of each function, in provisioned environments, and unreserved in each account."""

    def __init__(self) -> None:
        self._running: Counter[tuple[str, ...]] = Counter()

    @contextmanager
    def enter(self, callee: Callee) -> Iterator[Place]:
        """Take a place for one invocation, or raise."""
        name = callee.name
        function = name.scope.account, name.scope.region, name.name
        place = self._place(callee, function)
        total = ("function", *function)
        self._running[place] += 1
        self._running[total] += 1
        try:
            kind, here = place[0], self._running[place]
            yield Place(
                self._running[total],
                here if kind == "provisioned" else 0,
                here if kind == "account" else 0,
            )
        finally:
            self._leave(place)
            self._leave(total)

    def _place(self, callee: Callee, function: tuple[str, str, str]) -> tuple[str, ...]:
        """Provisioned environments first, then what is reserved or left to all."""
        provisioned = ("provisioned", *function, callee.name.qualifier)
        if callee.provisioned and self._running[provisioned] < callee.provisioned:
            return provisioned
        place = ("reserved", *function) if callee.is_reserved else ("account", *function[:2])
        if self._running[place] >= callee.on_demand_max:
            raise TooManyRequestsException(RESERVED if callee.is_reserved else UNRESERVED)
        return place

    def _leave(self, key: tuple[str, ...]) -> None:
        self._running[key] -= 1
        if not self._running[key]:
            del self._running[key]

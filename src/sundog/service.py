"""What one AWS service brings to the server: its operations, tables, targets, durable work and parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Protocol

from sundog.bus import Target
from sundog.context import Context, Operation
from sundog.work import Schedule, WorkItem


@dataclass(frozen=True, slots=True)
class DurableWork:
    """Rows of one kind and who does them; see `sundog.work.WorkKind`."""

    handler: Callable[[Context, WorkItem], Awaitable[None]]
    concurrency_max: int = 64
    schedule: Schedule = Schedule()
    recurring: bool = False


class Part(Protocol):
    """Something a service builds once per server (a pool, a cache, pollers) and reaches by `Context.part`.

    Parts inherit it, and with it that there is nothing to do at a moment that they do not name.
    """

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        """The store was reset: drop everything remembered."""
        return


@dataclass(frozen=True, slots=True)
class Service:
    """One AWS service, named as botocore names it.

    ``refused``: operations we do not support, with the remedy named; every operation of the model is
    either in ``operations`` or here. ``targets``: by the service part of an ARN, what a delivery does.
    ``work``: durable work by kind. ``parts``: built in order when the server starts, each from a
    """

    name: str
    operations: tuple[Operation, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    schema: Path | None = None
    targets: Mapping[str, Target] = field(default_factory=dict)
    work: Mapping[str, DurableWork] = field(default_factory=dict)
    parts: tuple[Callable[[Context], Part], ...] = ()


def operations_in(service: str, *modules: ModuleType) -> tuple[Operation, ...]:
    """The operations of ``service`` that these modules define."""
    found = [
        v for m in modules for v in vars(m).values() if isinstance(v, Operation) and v.service == service
    ]
    unique = {o.name: o for o in found}
    return tuple(unique.values())

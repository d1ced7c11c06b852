"""Finding the queue a request means: one cheap look at the store for its version, the rest remembered."""

from __future__ import annotations

from pathlib import Path

from sundog.arn import parse_arn
from sundog.context import Context, Request
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.sqs.errors import InvalidAddress, QueueDoesNotExist
from sundog.services.sqs.limits import BY_NAME, Limits
from sundog.services.sqs.model import Queue
from sundog.services.sqs.queue_urls import QueueAddress, parse_queue_url
from sundog.services.sqs.rows import to_queue
from sundog.services.sqs.rules import require
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
QUEUES_MAX = 20_000
"""How many queues and addresses are remembered; more only cost the time to read them again."""


class QueueMemory(Part):
    """Queues as last read. Exact on every node: a queue is used only with the version the store has now."""

    def __init__(self, _ctx: Context) -> None:
        self._queues: dict[int, Queue] = {}
        self._addresses: dict[tuple[str, Scope], QueueAddress] = {}

    async def forget(self) -> None:
        self._queues.clear()
        self._addresses.clear()

    def recall(self, id: int, version: int) -> Queue | None:
        queue = self._queues.get(id)
        return queue if queue is not None and queue.version == version else None

    def learn(self, queue: Queue) -> Queue:
        if len(self._queues) >= QUEUES_MAX:
            self._queues.clear()
        self._queues[queue.id] = queue
        return queue

    def address(self, url: str, caller: Scope) -> QueueAddress:
        """The queue that ``url`` names. Raises `InvalidAddress`."""
        address = self._addresses.get((url, caller))
        if address is None:
            address = parse_queue_url(url, caller)
            if address is None:
                raise InvalidAddress(url=url)
            if len(self._addresses) >= QUEUES_MAX:
                self._addresses.clear()
            self._addresses[(url, caller)] = address
        return address


def quotas(ctx: Context) -> Limits:
    return BY_NAME[ctx.config.limits]


def no_such_queue(ctx: Context) -> QueueDoesNotExist:
    """The old protocol words it in its own way (recorded 2024-04-30)."""
    if ctx.protocol == "query":
        return QueueDoesNotExist("The specified queue does not exist for this wsdl version.")
    return QueueDoesNotExist()


async def load_queue(ctx: Context, tx: Transaction, request: Request) -> Queue:
    """The queue that ``request["QueueUrl"]`` names. Raises `QueueDoesNotExist`."""
    require(request, "QueueUrl")
    address = ctx.part(QueueMemory).address(request["QueueUrl"], ctx.scope)
    queue = await find_queue(ctx, tx, address.scope, address.name)
    if queue is None:
        raise no_such_queue(ctx)
    return queue


async def load_queue_for_update(ctx: Context, tx: Transaction, request: Request) -> Queue:
    """The same for who changes the queue itself: nobody else changes it before the transaction ends."""
    require(request, "QueueUrl")
    address = ctx.part(QueueMemory).address(request["QueueUrl"], ctx.scope)
    row = await tx.one(SQL["queue_for_update"], **_key(address.scope, address.name))
    if row is None:
        raise no_such_queue(ctx)
    return to_queue(row, quotas(ctx))


async def find_queue(ctx: Context, tx: Transaction, scope: Scope, name: str) -> Queue | None:
    memory = ctx.part(QueueMemory)
    key = _key(scope, name)
    found = await tx.one(SQL["queue_version"], **key)
    if found is None:
        return None
    known = memory.recall(found["id"], found["version"])
    if known is not None:
        return known
    row = await tx.one(SQL["queue"], **key)
    return None if row is None else read_queue(ctx, row)


async def find_queue_by_arn(ctx: Context, tx: Transaction, text: str) -> Queue | None:
    arn = parse_arn(text)
    if arn is None or arn.service != "sqs":
        return None
    return await find_queue(ctx, tx, arn.scope, arn.resource)


def read_queue(ctx: Context, row: Row) -> Queue:
    return ctx.part(QueueMemory).learn(to_queue(row, quotas(ctx)))


def _key(scope: Scope, name: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "name": name}

"""A delivery as a value, and the durable row it becomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sundog.context import Context
from sundog.store import Transaction
from sundog.work import put

KIND = "bus.deliver"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long the bus keeps trying. AWS's figures for EventBridge targets are the default."""

    attempts_max: int = 185
    age_ms_max: int = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one target.

    ``body`` is the text the target receives. ``source_arn`` is the resource that sends (the rule, the
    function); ``service`` the principal it acts as (``lambda.amazonaws.com``). ``parameters`` are the
    target's own (``MessageGroupId``, ``MessageAttributes``, ...), as its operation names them.
    """

    target_arn: str
    body: str
    source_arn: str
    service: str
    role_arn: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    retry: RetryPolicy = RetryPolicy()
    dead_letter_arn: str = ""
    trace_header: str = ""
    trace_id: str = ""
    """The event or message whose trace (`sundog.bus.Traces`) tells what becomes of this."""


Target = Callable[[Context, Delivery], Awaitable[None]]
"""What a service does when something is delivered to an ARN of its. Raises `AwsError` where it fails.

The context acts in the scope of the target's ARN, as the sending service (or its role).
"""


async def send(ctx: Context, tx: Transaction, delivery: Delivery, *, order: str | None = None) -> None:
    """Deliver after commit, at least once. Deliveries with the same ``order`` arrive one after another."""
    await put(tx, KIND, asdict(delivery), scope=ctx.scope, due_ms=ctx.clock.now_ms(), order=order)

"""A delivery as a value, and the durable row it becomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sundog.context import Context
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.store import Transaction
from sundog.work import put, put_all

KIND = "bus.deliver"
TOGETHER_MAX = 10
CONCURRENCY_MAX = 512
"""Deliveries at once. Rounds of few would spend their time waiting for commits."""


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
    held: int = 0
    """Claims of the row that were no attempts, since the target put this off (`NotNow`); below zero:
    attempts that were made under another row."""

    is_letter: bool = False
    """It goes to the dead-letter queue of another delivery."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of bringing ``delivery`` to its target for the ``number``-th time, ``age_ms`` after it began.

    Parts of the sending service that have a method ``attempted`` are told.
    """

    delivery: Delivery
    number: int
    outcome: Literal["delivered", "retrying", "given up"]
    age_ms: int


class NotNow(AwsError):
    """The target takes nothing more before {due_ms}."""

    def __init__(self, due_ms: int) -> None:
        super().__init__(due_ms=due_ms)
        self.due_ms = due_ms


class DeliveryFailed(AwsError):
    """An attempt failed, and the target has a say in what follows.

    ``is_final``: trying again is no use. ``not_before_ms``: when the target asked not to be tried earlier.
    ``error_code`` is the ERROR_CODE of the dead letter.
    """

    def __init__(
        self, error_code: str, message: str, *, is_final: bool = False, not_before_ms: int = 0
    ) -> None:
        super().__init__(message)
        self.error_code, self.is_final, self.not_before_ms = error_code, is_final, not_before_ms

    @property
    def wire_code(self) -> str:
        return self.error_code


Target = Callable[[Context, Delivery], Awaitable[None]]
"""What a service does when something is delivered to an ARN of its. Raises `AwsError` where it fails.

`NotNow` and `DeliveryFailed` say more about when to try again than other errors do.

The context acts in the scope of the target's ARN, as the sending service (or its role).
"""


async def send(ctx: Context, tx: Transaction, delivery: Delivery, *, order: str | None = None) -> None:
    """Deliver after commit, at least once. Deliveries with the same ``order`` arrive one after another."""
    await put(tx, KIND, delivery, scope=ctx.scope, due_ms=ctx.clock.now_ms(), order=order)


async def send_all(ctx: Context, tx: Transaction, deliveries: Iterable[tuple[Scope, Delivery]]) -> None:
    """The same for many that have no order, each in the scope of its sender.

    What goes from one service to one target shares rows (`read_deliveries`): a row costs as much as
    sending what it holds.
    """
    groups: dict[tuple[Scope, str, str], list[Delivery]] = {}
    for scope, delivery in deliveries:
        groups.setdefault((scope, delivery.service, delivery.target_arn), []).append(delivery)
    payloads = [
        (scope, group[n] if n + 1 == len(group) else {"together": group[n : n + TOGETHER_MAX]})
        for (scope, _, _), group in groups.items()
        for n in range(0, len(group), TOGETHER_MAX)
    ]
    await put_all(tx, KIND, payloads, due_ms=ctx.clock.now_ms())


def read_deliveries(payload: Mapping[str, Any]) -> list[Delivery]:
    """What a row is to bring to its target: one delivery, or several that came together."""
    return [_read(one) for one in payload["together"]] if "together" in payload else [_read(payload)]


def _read(payload: Mapping[str, Any]) -> Delivery:
    return Delivery(**{**payload, "retry": RetryPolicy(**payload["retry"])})

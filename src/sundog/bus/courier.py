"""The durable end of `send`: delivers each row to its target until it arrives or is given up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from sundog.arn import Arn, parse_arn
from sundog.bus.delivery import (
    KIND,
    Attempt,
    Delivery,
    DeliveryFailed,
    NotNow,
    RetryPolicy,
    Target,
    read_deliveries,
    send,
)
from sundog.bus.traces import Traces
from sundog.clock import Clock
from sundog.context import Context, Parts, Principal
from sundog.errors import AwsError
from sundog.ids import Ids
from sundog.scope import Scope
from sundog.store import Store, Transaction
from sundog.work import WorkItem, finish, postpone, put_all

logger = logging.getLogger(__name__)

NewContext = Callable[[Scope, Principal], Context]
BACK_OFF_MS_MIN, BACK_OFF_MS_MAX = 1_000, 300_000


class NoTarget(AwsError):
    """Nothing in sundog can receive at {arn}."""


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again then. ``held``: 1 if the attempt does not count."""

    due_ms: int
    held: int = 0


class Courier:
    """Does the bus's rows. ``targets`` by the service part of an ARN.

    What came of an attempt is recorded in transactions that take locks: one that had to be run again would
    deliver again.
    """

    def __init__(
        self,
        clock: Clock,
        store: Store,
        ids: Ids,
        targets: Mapping[str, Target],
        new_context: NewContext,
        traces: Traces,
        parts: Parts,
    ) -> None:
        self._clock, self._store, self._ids, self._traces = clock, store, ids, traces
        self._targets, self._new_context = targets, new_context
        self._parts = parts
        self._observers: dict[str, Callable[[Attempt], None]] | None = None

    async def handle(self, item: WorkItem) -> None:
        """One attempt to deliver what ``item`` holds; never raises for what the target does."""
        deliveries = read_deliveries(item.payload)
        if len(deliveries) == 1:
            await self._handle_one(item, deliveries[0])
        else:
            await self._handle_together(item, deliveries)

    async def _handle_one(self, item: WorkItem, delivery: Delivery) -> None:
        error = await self._try(item, delivery)
        if error is None:
            return
        next = self._after(item, delivery, error)
        async with self._store.transaction(takes_locks=True) as tx:
            if isinstance(next, Again):
                await postpone(tx, item, next.due_ms, replace(delivery, held=delivery.held + next.held))
                return
            await finish(tx, item)
            await self._give_up(tx, item, next)

    async def _handle_together(self, item: WorkItem, deliveries: Sequence[Delivery]) -> None:
        """Those that fail go on under rows of their own."""
        errors = await asyncio.gather(*(self._try(item, one) for one in deliveries))
        if not any(errors):
            return
        async with self._store.transaction(takes_locks=True) as tx:
            await finish(tx, item)
            for delivery, error in zip(deliveries, errors, strict=True):
                if error is None:
                    continue
                next = self._after(item, delivery, error)
                if isinstance(next, Again):
                    alone = replace(delivery, held=delivery.held + next.held - item.attempt)
                    await put_all(
                        tx, KIND, [(item.scope, alone)], due_ms=next.due_ms, created_ms=item.created_ms
                    )
                else:
                    await self._give_up(tx, item, next)

    async def _try(self, item: WorkItem, delivery: Delivery) -> AwsError | None:
        try:
            arn = parse_arn(delivery.target_arn)
            target = self._targets.get(arn.service) if arn else None
            if arn is None or target is None:
                raise NoTarget(arn=delivery.target_arn)
            await target(self._new_context(arn.scope, _principal(delivery, arn)), delivery)
        except AwsError as error:
            return error
        attempt = item.attempt - delivery.held
        self._traces.note(delivery.trace_id, delivery.target_arn, "delivered", attempt=attempt)
        self._tell(Attempt(delivery, attempt, "delivered", self._clock.now_ms() - item.created_ms))
        return None

    def _after(self, item: WorkItem, delivery: Delivery, error: AwsError) -> Again | Delivery | None:
        """What follows a failure: another attempt, the dead letter, or nothing."""
        attempt = item.attempt - delivery.held
        if isinstance(error, NotNow) and error.due_ms - item.created_ms <= delivery.retry.age_ms_max:
            self._traces.note(delivery.trace_id, delivery.target_arn, "waiting", due_ms=error.due_ms)
            return Again(error.due_ms, held=1)
        tried, now_ms = replace(item, attempt=attempt), self._clock.now_ms()
        due_ms = decide_retry(tried, delivery.retry, error, now_ms, self._ids.random())
        self._note_failure(delivery, error, attempt, due_ms)
        outcome: Literal["retrying", "given up"] = "given up" if due_ms is None else "retrying"
        self._tell(Attempt(delivery, attempt, outcome, now_ms - item.created_ms))
        if due_ms is not None:
            return Again(due_ms)
        logger.warning("%s gave up on %s: %s", delivery.source_arn, delivery.target_arn, error.message)
        return dead_letter(delivery, error, attempt) if delivery.dead_letter_arn else None

    async def _give_up(self, tx: Transaction, item: WorkItem, letter: Delivery | None) -> None:
        if letter is not None:
            sender = Principal.service(letter.service, item.scope.account)
            await send(self._new_context(item.scope, sender), tx, letter)

    def _tell(self, attempt: Attempt) -> None:
        if self._observers is None:  # all parts are there before the first row is done
            self._observers = {part.service: part.attempted for part in self._parts.with_method("attempted")}
        observer = self._observers.get(attempt.delivery.service)
        if observer is not None:
            observer(attempt)

    def _note_failure(self, delivery: Delivery, error: AwsError, attempt: int, due_ms: int | None) -> None:
        note = partial(self._traces.note, delivery.trace_id)
        told = {"attempt": attempt, "code": error.wire_code, "message": error.message}
        if due_ms is not None:
            note(delivery.target_arn, "retrying", **told, due_ms=due_ms)
            return
        note(delivery.target_arn, "given up", **told)
        if delivery.dead_letter_arn:
            note(delivery.dead_letter_arn, "dead letter", target_arn=delivery.target_arn)


def decide_retry(
    item: WorkItem, policy: RetryPolicy, error: AwsError, now_ms: int, jitter: float
) -> int | None:
    """When to try again, or None to give up: too often, too old, or an error that time does not heal."""
    is_final = isinstance(error, NoTarget) or (isinstance(error, DeliveryFailed) and error.is_final)
    if is_final or item.attempt > policy.attempts_max:
        return None
    delay_ms = min(BACK_OFF_MS_MAX, BACK_OFF_MS_MIN << min(item.attempt - 1, 20))
    due_ms = now_ms + delay_ms // 2 + int(delay_ms / 2 * jitter)
    if isinstance(error, DeliveryFailed):
        due_ms = max(due_ms, error.not_before_ms)
    return due_ms if due_ms - item.created_ms <= policy.age_ms_max else None


def dead_letter(delivery: Delivery, error: AwsError, attempts: int) -> Delivery:
    """What goes to the dead-letter queue: the body, with attributes that say why.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-attributes
    """
    texts = {
        "ERROR_CODE": error.wire_code,
        "ERROR_MESSAGE": error.message,
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts" if attempts > delivery.retry.attempts_max else "",
        "RETRY_ATTEMPTS": str(attempts - 1),
        "RULE_ARN": delivery.source_arn,
        "TARGET_ARN": delivery.target_arn,
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
    return Delivery(
        target_arn=delivery.dead_letter_arn,
        body=delivery.body,
        source_arn=delivery.source_arn,
        service=delivery.service,
        parameters={"MessageAttributes": attributes},
        trace_header=delivery.trace_header,
        is_letter=True,
    )


def _principal(delivery: Delivery, arn: Arn) -> Principal:
    return Principal.service(delivery.service, arn.account)

"""The durable end of `send`: delivers each row to its target until it arrives or is given up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sundog.arn import Arn, parse_arn
from sundog.bus.delivery import Delivery, DeliveryFailed, NotNow, RetryPolicy, Target, send
from sundog.bus.traces import Traces
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.ids import Ids
from sundog.scope import Scope
from sundog.store import Store
from sundog.work import WorkItem, finish, postpone

logger = logging.getLogger(__name__)

NewContext = Callable[[Scope, Principal], Context]
BACK_OFF_MS_MIN, BACK_OFF_MS_MAX = 1_000, 300_000


class NoTarget(AwsError):
    """Nothing in sundog can receive at {arn}."""


class Courier:
    """Does the bus's rows. ``targets`` by the service part of an ARN."""

    def __init__(
        self,
        store: Store,
        ids: Ids,
        targets: Mapping[str, Target],
        new_context: NewContext,
        traces: Traces,
    ) -> None:
        self._store, self._ids, self._traces = store, ids, traces
        self._targets, self._new_context = targets, new_context

    async def handle(self, item: WorkItem) -> None:
        """One attempt to deliver ``item``; never raises for what the target does."""
        delivery = read_delivery(item.payload)
        if delivery.held:
            item = replace(item, attempt=item.attempt - delivery.held)
        try:
            await self._deliver(delivery)
        except NotNow as order:
            await self._hold(item, delivery, order.due_ms)
        except AwsError as error:
            await self._failed(item, delivery, error)
        else:
            self._traces.note(delivery.trace_id, delivery.target_arn, "delivered", attempt=item.attempt)

    async def _deliver(self, delivery: Delivery) -> None:
        arn = parse_arn(delivery.target_arn)
        target = self._targets.get(arn.service) if arn else None
        if arn is None or target is None:
            raise NoTarget(arn=delivery.target_arn)
        await target(self._new_context(arn.scope, _principal(delivery, arn)), delivery)

    async def _hold(self, item: WorkItem, delivery: Delivery, due_ms: int) -> None:
        """Come back then; what is too old by then is given up as after any failure."""
        if due_ms - item.created_ms > delivery.retry.age_ms_max:
            await self._failed(item, delivery, NotNow(due_ms))
            return
        self._traces.note(delivery.trace_id, delivery.target_arn, "waiting", due_ms=due_ms)
        async with self._store.transaction() as tx:
            await postpone(tx, item, due_ms, replace(delivery, held=delivery.held + 1))

    async def _failed(self, item: WorkItem, delivery: Delivery, error: AwsError) -> None:
        context = self._new_context(item.scope, Principal.service(delivery.service, item.scope.account))
        now_ms = context.clock.now_ms()
        due_ms = decide_retry(item, delivery.retry, error, now_ms, self._ids.random())
        self._note_failure(delivery, error, item.attempt, due_ms)
        async with self._store.transaction() as tx:
            if due_ms is not None:
                await postpone(tx, item, due_ms)
                return
            await finish(tx, item)
            if delivery.dead_letter_arn:
                await send(context, tx, dead_letter(delivery, error, item.attempt))
        logger.warning("%s gave up on %s: %s", delivery.source_arn, delivery.target_arn, error.message)

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
    )


def read_delivery(payload: Mapping[str, Any]) -> Delivery:
    return Delivery(**{**payload, "retry": RetryPolicy(**payload["retry"])})


def _principal(delivery: Delivery, arn: Arn) -> Principal:
    return Principal.service(delivery.service, arn.account)

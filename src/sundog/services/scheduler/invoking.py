"""Durable work: one occurrence calls its target until that succeeds or it is given up to the dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sundog.bus import Delivery, DeliveryFailed, RetryPolicy, send
from sundog.bus.courier import decide_retry
from sundog.context import Context
from sundog.errors import AwsError, UnsupportedOperation
from sundog.protocol.models import Models, UnknownService
from sundog.services.scheduler.calls import Call, make_call, parse_universal
from sundog.services.scheduler.errors import ValidationException
from sundog.services.scheduler.inputs import write_input, write_time
from sundog.services.scheduler.metrics import Metrics
from sundog.work import WorkItem, finish, postpone

INVOKE: Final = "scheduler.invoke"
SERVICE: Final = "scheduler.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed: what was sent, and why it was not taken. ``code`` is the error's on AWS's wire."""

    text: str
    error: AwsError
    code: str
    is_final: bool


async def invoke(ctx: Context, item: WorkItem) -> None:
    """One attempt. What the target answers never fails the work: it is tried again or given up."""
    count = partial(ctx.part(Metrics).count, (item.scope, item.payload["group"]))
    count("InvocationAttemptCount")
    failure = await _attempt(ctx, item)
    if failure is None:
        return
    count("TargetErrorCount")
    if "Throttl" in failure.code or "TooManyRequests" in failure.code:
        count("TargetErrorThrottledCount")
    await _fail(ctx, item, failure)


async def _attempt(ctx: Context, item: WorkItem) -> Failure | None:
    target = item.payload["target"]
    text = write_input(item.payload, item.attempt, parse_universal(target["Arn"]) is not None)
    try:
        call = make_call(ctx.part(Models), target, text)
    except ValidationException as error:
        return Failure(text, error, error.wire_code, is_final=True)
    try:
        await _perform(ctx, call)
    except AwsError as error:
        code = _code(ctx.part(Models), call.service, error)
        return Failure(call.text, error, code, is_final=isinstance(error, UnsupportedOperation))
    return None


def _code(models: Models, service: str, error: AwsError) -> str:
    """The code as the service's model has it: ``NotFound`` of SNS."""
    try:
        model = models.get(service)
    except UnknownService:
        return error.wire_code
    known = model.shape_for(error.shape_name).metadata if error.shape_name in model.shape_names else {}
    return str(error.code or known.get("error", {}).get("code") or error.wire_code)


async def _perform(ctx: Context, call: Call) -> None:
    scope = ctx.scope if call.arn is None else call.arn.scope
    answer = await ctx.acting(scope=scope).dispatch(call.service, call.operation, call.request)
    if answer.get("FailedEntryCount"):  # PutEvents and its like answer well when they fail
        first: dict[str, Any] = next(e for e in answer["Entries"] if e.get("ErrorCode"))
        raise DeliveryFailed(first["ErrorCode"], first.get("ErrorMessage") or "")


async def _fail(ctx: Context, item: WorkItem, failure: Failure) -> None:
    retry = item.payload["target"]["RetryPolicy"]
    policy = RetryPolicy(retry["MaximumRetryAttempts"], retry["MaximumEventAgeInSeconds"] * 1_000)
    now_ms = ctx.clock.now_ms()
    due_ms = None
    if not failure.is_final:
        due_ms = decide_retry(item, policy, failure.error, now_ms, ctx.ids.random())
    async with ctx.store.transaction() as tx:
        if due_ms is not None:
            await postpone(tx, item, due_ms)
            return
        await finish(tx, item)
        letter = dead_letter(item, failure, policy)
        if letter is not None:
            await send(ctx, tx, letter)
    count = partial(ctx.part(Metrics).count, (item.scope, item.payload["group"]))
    count("InvocationsSentToDeadLetterCount" if letter else "InvocationDroppedCount")


def dead_letter(item: WorkItem, failure: Failure, policy: RetryPolicy) -> Delivery | None:
    """What goes to the dead-letter queue: the request, with attributes that say why; None without a queue.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    invocation = item.payload
    arn = (invocation["target"].get("DeadLetterConfig") or {}).get("Arn")
    if not arn:
        return None
    texts = {
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.error.message,
        "EXECUTION_ID": invocation["execution_id"],
        "EXHAUSTED_RETRY_CONDITION": _exhausted(item, failure, policy),
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(item.attempt - 1),
        "SCHEDULED_TIME": write_time(invocation["scheduled_ms"]),
        "SCHEDULE_ARN": invocation["schedule_arn"],
        "TARGET_ARN": invocation["target"]["Arn"],
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
    return Delivery(
        target_arn=arn,
        body=failure.text,
        source_arn=invocation["schedule_arn"],
        service=SERVICE,
        parameters={"MessageAttributes": attributes},
    )


def _exhausted(item: WorkItem, failure: Failure, policy: RetryPolicy) -> str:
    if failure.is_final:
        return ""
    return "MaximumRetryAttempts" if item.attempt > policy.attempts_max else "MaximumEventAgeInSeconds"

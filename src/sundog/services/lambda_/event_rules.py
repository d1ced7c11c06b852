"""Decisions about asynchronous events: when to try again, when to give up, and what is told of it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from sundog.services.lambda_ import limits

Condition = Literal[
    "Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency", "RecursiveInvocation"
]


@dataclass(frozen=True, slots=True)
class Event:
    """An event on its way. ``failures`` and ``throttles`` count what has happened to it so far."""

    name: str
    qualifier: str
    request_id: str
    payload: str
    client_context: str
    trace_header: str
    received_ms: int
    failures: int = 0
    throttles: int = 0


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """What the function's EventInvokeConfig says, defaults filled in."""

    retries_max: int = limits.EVENT_RETRIES_DEFAULT
    age_ms_max: int = limits.EVENT_AGE_MS_MAX
    on_success: str = ""
    on_failure: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    due_ms: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Answer:
    """What the function answered last; None of it where it never ran."""

    version: str
    function_error: str | None
    payload: bytes


def read_policy(body: Mapping[str, Any]) -> EventPolicy:
    destinations = body.get("DestinationConfig") or {}
    retries = body.get("MaximumRetryAttempts")
    age_s = body.get("MaximumEventAgeInSeconds")
    return EventPolicy(
        limits.EVENT_RETRIES_DEFAULT if retries is None else retries,
        limits.EVENT_AGE_MS_MAX if age_s is None else age_s * 1000,
        (destinations.get("OnSuccess") or {}).get("Destination") or "",
        (destinations.get("OnFailure") or {}).get("Destination") or "",
    )


def decide_failed(event: Event, policy: EventPolicy, now_ms: int) -> Retry | GiveUp:
    """The function has failed once more: again after one minute, then after two."""
    failures = event.failures + 1
    if failures > policy.retries_max:
        return GiveUp("RetriesExhausted")
    delay_ms = limits.EVENT_RETRY_MS[min(failures, len(limits.EVENT_RETRY_MS)) - 1]
    return _unless_too_old(event, policy, now_ms + delay_ms)


def decide_throttled(event: Event, policy: EventPolicy, now_ms: int, *, is_closed: bool) -> Retry | GiveUp:
    """No place for it now, or we failed: again after one second up to five minutes.

    ``is_closed``: nothing of the function may run at all (reserved concurrency of zero).
    """
    if is_closed:
        return GiveUp("ZeroReservedConcurrency")
    delay_ms = min(limits.THROTTLE_MS_MAX, limits.THROTTLE_MS_MIN << min(event.throttles, 20))
    return _unless_too_old(event, policy, now_ms + delay_ms)


def is_too_old(event: Event, policy: EventPolicy, now_ms: int) -> bool:
    return now_ms - event.received_ms > policy.age_ms_max


def _unless_too_old(event: Event, policy: EventPolicy, due_ms: int) -> Retry | GiveUp:
    return GiveUp("EventAgeExceeded") if is_too_old(event, policy, due_ms) else Retry(due_ms)


def invocation_record(
    event: Event,
    qualified_arn: str,
    condition: Condition,
    invoke_count: int,
    answer: Answer | None,
    now_ms: int,
) -> str:
    """What a destination is told, version 1.0.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    moment = datetime.fromtimestamp(now_ms // 1000, UTC)
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S}.{now_ms % 1000:03d}Z",
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": qualified_arn,
            "condition": condition,
            "approximateInvokeCount": invoke_count,
        },
        "requestPayload": orjson.loads(event.payload),
    }
    if answer is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": answer.version}
        if answer.function_error:
            context["functionError"] = answer.function_error
        record["responseContext"] = context
        record["responsePayload"] = _json_or_text(answer.payload)
    return orjson.dumps(record).decode()


def dead_letter_attributes(event: Event, answer: Answer | None, condition: Condition) -> dict[str, Any]:
    """The message attributes that say why: RequestID, ErrorCode, ErrorMessage (its first KB)."""
    error = _json_or_text(answer.payload) if answer else None
    message = error.get("errorMessage") if isinstance(error, dict) else None
    texts = {
        "RequestID": ("String", event.request_id),
        "ErrorCode": ("Number", "200" if answer else "429"),
        "ErrorMessage": ("String", (message or condition)[:1024]),
    }
    return {name: {"DataType": kind, "StringValue": text} for name, (kind, text) in texts.items()}


def _json_or_text(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "replace") if payload else None

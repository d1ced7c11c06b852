"""What a delivery to an API destination does, and which answers mean that it is to be tried again.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from sundog.bus import ConnectionFailure, Delivery, DeliveryFailed, HttpAnswer, HttpFailure
from sundog.context import Context
from sundog.services.events.calling import Caller

ERROR_CODE = "SDK_CLIENT_ERROR"
_RETRIED = {401, 407, 409, 429}
_SECONDS_MAX = 10 * 365 * 24 * 3_600


async def deliver_to_api_destination(ctx: Context, delivery: Delivery) -> None:
    """One invocation, in its turn. Raises `NotNow` or `DeliveryFailed`."""
    caller = ctx.part(Caller)
    if not delivery.held:  # what was put off comes back at the time that was kept for it
        await caller.wait_turn(ctx, delivery.target_arn)
    try:
        answer = await caller.invoke_destination(
            ctx, delivery.target_arn, delivery.body, delivery.parameters.get("HttpParameters") or {}
        )
    except ConnectionFailure as failure:
        raise failed(str(failure), is_final=failure.is_final) from failure
    except HttpFailure as failure:
        is_late = failure.reason == "timeout"
        raise failed(
            "Timeout calling endpoint for API Destination."
            if is_late
            else "API destination endpoint cannot be reached."
        ) from failure
    if not 200 <= answer.status < 300:
        raise read_refusal(answer, ctx.clock.now_ms(), ctx.clock.wall_ms())


def failed(text: str, *, is_final: bool = False, not_before_ms: int = 0) -> DeliveryFailed:
    return DeliveryFailed(
        ERROR_CODE,
        f"Unable to invoke ApiDestination endpoint: {text}",
        is_final=is_final,
        not_before_ms=not_before_ms,
    )


def read_refusal(answer: HttpAnswer, now_ms: int, wall_ms: int) -> DeliveryFailed:
    """What an answer that is no success means for the event: 401, 407, 409, 429 and 5xx are retried."""
    text = f"Request failed due to status code {answer.status}."
    if answer.status not in _RETRIED and answer.status < 500:
        return failed(text, is_final=True)
    pause_ms = read_retry_after(answer.headers.get("retry-after", ""), wall_ms)
    if pause_ms is None:
        return failed(text)
    return failed(text, is_final=pause_ms < 0, not_before_ms=now_ms + pause_ms)


def read_retry_after(text: str, wall_ms: int) -> int | None:
    """The pause in ms that seconds or a date ask for; negative means never, None says nothing."""
    digits = text.strip().removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        pause_ms = min(int(digits[:12]), _SECONDS_MAX) * 1_000
        return -pause_ms if text.strip().startswith("-") else pause_ms
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, int(at.timestamp() * 1_000) - wall_ms)

"""Notifications for devices: kept in the outbox, and what their application wants to hear of them.

https://docs.aws.amazon.com/sns/latest/dg/application-event-notifications.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog import bus
from sundog.arn import Arn, parse_arn
from sundog.bus import Delivery
from sundog.context import Context
from sundog.services.sns.documents import find_document
from sundog.services.sns.feedback import is_sampled, put_report, status_entry
from sundog.services.sns.model import Message
from sundog.services.sns.outbox import put_sent
from sundog.services.sns.rendering import write_time
from sundog.services.sns.rows import write_json
from sundog.store import Transaction

SERVICE = "sns.amazonaws.com"
_OK = 200
_REFUSED = 400


async def put_push(ctx: Context, endpoint_arn: str, message: Message) -> str:
    """A notification for a device; answers what stands in the way, empty if nothing does."""
    arn = parse_arn(endpoint_arn)
    if arn is None:
        return "InvalidEndpoint"
    platform = arn.resource.split("/")[1]
    text = message.texts.get(platform, message.text)
    async with ctx.store.transaction() as tx:
        endpoint = await find_document(tx, arn.scope, "endpoint", arn.resource)
        if endpoint is None:
            return "EndpointNotFound"
        application = await find_document(tx, arn.scope, "application", str(application_of(arn).resource))
        problem = _problem(endpoint, application)
        if not problem:
            body = {
                "to": endpoint_arn,
                "token": endpoint["Token"],
                "platform": platform,
                "text": text,
                "message_id": message.id,
                "topic_arn": message.topic_arn,
            }
            await put_sent(ctx, tx, arn.scope, "push", body)
        if application is not None:
            await _tell(ctx, tx, arn, application, message, text, endpoint["Token"], problem)
    return problem


def _problem(endpoint: Mapping[str, str], application: Mapping[str, str] | None) -> str:
    if endpoint.get("Enabled") != "true":
        return "EndpointDisabled"
    if application is None or application.get("Enabled") != "true":
        return "PlatformApplicationDisabled"
    return ""


def application_of(endpoint: Arn) -> Arn:
    """``endpoint/GCM/name/uuid`` is one of ``app/GCM/name``."""
    _, platform, name, *_ = endpoint.resource.split("/")
    return Arn.of("sns", endpoint.scope, f"app/{platform}/{name}")


async def tell_application(
    ctx: Context,
    tx: Transaction,
    application: Mapping[str, str],
    endpoint: Arn,
    event: str,
    **more: Any,
) -> None:
    """Publish an event (``EndpointCreated``, ``DeliveryFailure``, ...) to the topic the application names."""
    topic = parse_arn(application.get(f"Event{event}", ""))
    if topic is None:
        return
    source = str(application_of(endpoint))
    told = {
        **more,
        "EndpointArn": str(endpoint),
        "EventType": event,
        "Resource": source,
        "Service": "SNS",
        "Time": write_time(ctx.clock.now_ms()),
    }
    body = write_json(dict(sorted(told.items())))
    await bus.send(ctx, tx, Delivery(str(topic), body, source_arn=source, service=SERVICE))


async def _tell(
    ctx: Context,
    tx: Transaction,
    arn: Arn,
    application: Mapping[str, str],
    message: Message,
    text: str,
    token: str,
    problem: str,
) -> None:
    """What came of a notification: as event, and in Logs where it had no topic that logs for it."""
    if problem:
        more = {
            "DeliveryAttempts": 1,
            "FailureMessage": problem,
            "FailureType": problem,
            "MessageId": message.id,
        }
        await tell_application(ctx, tx, application, arn, "DeliveryFailure", **more)
    if message.topic_arn or not is_sampled(ctx, application, "", has_failed=bool(problem)):
        return
    now_ms = ctx.clock.now_ms()
    delivery = {
        "deliveryId": ctx.ids.uuid(),
        "destination": str(arn),
        "providerResponse": problem or write_json({"token": token}),
        "dwellTimeMs": now_ms - message.time_ms,
        "token": token,
        "statusCode": _REFUSED if problem else _OK,
    }
    if problem:
        delivery["attempts"] = 1
    entry = status_entry(message, text, delivery, has_failed=bool(problem))
    await put_report(tx, arn.scope, application_of(arn).resource, entry, now_ms, has_failed=bool(problem))

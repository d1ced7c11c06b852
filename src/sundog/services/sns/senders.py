"""One delivery to one subscriber, by protocol. What fails is told apart: for good, or to be tried again."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from sundog import bus
from sundog.arn import Arn, parse_arn
from sundog.context import Context, Endpoint, Principal
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.sns.delivery_policy import http_policy
from sundog.services.sns.devices import put_push
from sundog.services.sns.letters import DeliveryFailed, Letter, Receipt
from sundog.services.sns.model import Message
from sundog.services.sns.outbox import put_mail
from sundog.services.sns.rendering import make_confirmation, make_envelope, write_envelope, write_event
from sundog.services.sns.signing import Signer
from sundog.services.sns.texts import put_text

SERVICE: Final = "sns.amazonaws.com"
HTTP_TIMEOUT_MS: Final = 15_000
USER_AGENT: Final = "Amazon Simple Notification Service Agent"
RETRIED_STATUSES: Final = frozenset({429})
RAW_ATTRIBUTES_MAX: Final = 10
"""What a queue takes with a message."""


Sender = Callable[[Context, Letter], Awaitable[Receipt]]


async def _envelope(ctx: Context, letter: Letter, version: str = "") -> dict[str, Any]:
    version = version or letter.topic.signature_version
    signer, url = ctx.part(Signer), ctx.part(Endpoint).url
    if letter.message is None:
        return await make_confirmation(signer, url, letter, ctx.clock.now_ms(), version)
    return await make_envelope(signer, url, letter.message, letter.subscription, version)


async def body_for(ctx: Context, letter: Letter) -> tuple[str, dict[str, Any]]:
    """What a queue gets: text, and attributes where the message goes as it is."""
    message = letter.message
    if message is None or not letter.subscription.is_raw:
        return write_envelope(await _envelope(ctx, letter)), {}
    attributes = dict(message.attributes)
    if message.is_replayed and len(attributes) < RAW_ATTRIBUTES_MAX:
        attributes["Replayed"] = {"DataType": "String", "StringValue": "true"}
    return message.text_for(letter.subscription.protocol), attributes


async def to_queue(ctx: Context, letter: Letter, queue_arn: str = "") -> Receipt:
    """``queue_arn``: another queue than the subscription's own, its dead-letter queue."""
    arn = parse_arn(queue_arn or letter.subscription.endpoint)
    assert arn is not None, "checked when it was subscribed"
    body, attributes = await body_for(ctx, letter)
    request: dict[str, Any] = {"QueueUrl": f"/{arn.account}/{arn.resource}", "MessageBody": body}
    if attributes:
        request["MessageAttributes"] = {name: from_delivery(value) for name, value in attributes.items()}
    message = letter.message
    if message is not None:
        request |= _order(message, is_fifo=arn.resource.endswith(".fifo"))
        if message.trace_header:
            header = {"DataType": "String", "StringValue": message.trace_header}
            request["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    try:
        answer = await ctx.part(bus.Postbox).post(
            ctx,
            request,
            scope=Scope(arn.account, arn.region),
            principal=Principal.service(SERVICE, arn.account),
        )
    except AwsError as error:
        raise _failure(error) from error
    return Receipt(200, {"sqsRequestId": ctx.request_id, "sqsMessageId": answer["MessageId"]})


def _order(message: Message, *, is_fifo: bool) -> dict[str, str]:
    """A standard queue takes the group of a standard topic's message, as fair queues do."""
    if is_fifo:
        return {
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.deduplication_id or message.id,
        }
    return {"MessageGroupId": message.group} if message.group and not message.sequence else {}


def from_delivery(attribute: Mapping[str, str]) -> dict[str, Any]:
    """Rows of work are JSON: binary values travel as base64."""
    if "BinaryValue" in attribute:
        return {**attribute, "BinaryValue": base64.b64decode(attribute["BinaryValue"])}
    return dict(attribute)


async def to_function(ctx: Context, letter: Letter) -> Receipt:
    """As an event; AWS signs these in version 1 whatever the topic says (recorded)."""
    arn = parse_arn(letter.subscription.endpoint)
    assert arn is not None
    event = write_event(await _envelope(ctx, letter, "1"), letter.subscription)
    request = {"FunctionName": letter.subscription.endpoint, "InvocationType": "Event", "Payload": event}
    try:
        await _caller(ctx, letter, arn).dispatch("lambda", "Invoke", request)
    except AwsError as error:
        raise _failure(error) from error
    return Receipt(202, {"lambdaRequestId": ctx.ids.uuid()})


async def to_url(ctx: Context, letter: Letter) -> Receipt:
    """Every status from 200 to 499 but 429 is final, the others are tried again, as AWS documents."""
    topic, subscription, message = letter.topic, letter.subscription, letter.message
    policy = http_policy(
        topic.attributes.get("DeliveryPolicy"), subscription.attributes.get("DeliveryPolicy")
    )
    body, _ = await body_for(ctx, letter)
    headers = {
        "x-amz-sns-message-type": letter.kind,
        "x-amz-sns-message-id": message.id if message else letter.delivery_id,
        "x-amz-sns-topic-arn": topic.arn,
        "Content-Type": policy.content_type,
        "User-Agent": USER_AGENT,
    }
    if letter.kind != "SubscriptionConfirmation":
        headers["x-amz-sns-subscription-arn"] = subscription.arn
    if message is not None and subscription.is_raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    try:
        answer = await ctx.part(bus.HttpClient).send(
            "POST",
            subscription.endpoint,
            headers=headers,
            body=body.encode(),
            timeout_ms=HTTP_TIMEOUT_MS,
        )
    except bus.HttpFailure as failure:
        raise DeliveryFailed(str(failure), is_final=failure.reason == "url") from failure
    if 200 <= answer.status < 300:
        return Receipt(answer.status, answer.body[:1_024].decode("utf-8", "replace"))
    is_final = 300 <= answer.status < 500 and answer.status not in RETRIED_STATUSES
    raise DeliveryFailed(
        f"{subscription.endpoint} answered {answer.status}", is_final=is_final, status=answer.status
    )


async def to_mailbox(ctx: Context, letter: Letter) -> Receipt:
    envelope = await _envelope(ctx, letter)
    await put_mail(ctx, letter.topic, letter.subscription, envelope)
    return Receipt(200, {})


async def to_phone(ctx: Context, letter: Letter) -> Receipt:
    assert letter.message is not None
    text = letter.message.text_for("sms")
    if not await put_text(ctx, letter.subscription.endpoint, text, letter.message):
        raise DeliveryFailed("Phone number is opted out", is_final=True)
    return Receipt(200, {})


async def to_device(ctx: Context, letter: Letter) -> Receipt:
    assert letter.message is not None
    problem = await put_push(ctx, letter.subscription.endpoint, letter.message)
    if problem:
        raise DeliveryFailed(problem, is_final=True)
    return Receipt(200, {})


SENDERS: Final[Mapping[str, Sender]] = {
    "sqs": to_queue,
    "lambda": to_function,
    "http": to_url,
    "https": to_url,
    "email": to_mailbox,
    "email-json": to_mailbox,
    "sms": to_phone,
    "application": to_device,
}


def _caller(ctx: Context, letter: Letter, arn: Arn) -> Context:
    """SNS itself, where the subscriber is."""
    caller = ctx.acting(
        scope=Scope(arn.account, arn.region), principal=Principal.service(SERVICE, arn.account)
    )
    header = letter.message.trace_header if letter.message is not None else ""
    return replace(caller, trace_header=header) if header else caller


def _failure(error: AwsError) -> DeliveryFailed:
    is_throttled = "Throttl" in error.wire_code or "TooManyRequests" in error.wire_code
    is_final = error.sender_fault and not is_throttled
    return DeliveryFailed(f"{error.wire_code}: {error.message}", is_final=is_final, status=error.status)

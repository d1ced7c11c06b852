"""Queues as Lambda sees them: how it calls SQS, and what it must know of a queue."""

from __future__ import annotations

from sundog.arn import Arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.lambda_.errors import InvalidParameterValueException

NO_QUEUE_CODE = "AWS.SimpleQueueService.NonExistentQueue"
"""What SQS calls it in the protocol that Lambda still speaks with it."""


async def find_visibility(ctx: Context, queue: Arn) -> int:
    """The queue's visibility timeout in seconds; an error in AWS's words where there is no such queue."""
    service = as_poller(ctx, queue)
    request = {"QueueUrl": queue_url(queue), "AttributeNames": ["VisibilityTimeout"]}
    try:
        answer = await service.dispatch("sqs", "GetQueueAttributes", request)
    except AwsError as error:
        code = NO_QUEUE_CODE if error.shape_name == "QueueDoesNotExist" else error.wire_code
        raise InvalidParameterValueException(
            reason=f"Error occurred while ReceiveMessage. SQS Error Code: {code}. "
            f"SQS Error Message: {error.message}"
        ) from None
    return int(answer["Attributes"]["VisibilityTimeout"])


def as_poller(ctx: Context, queue: Arn) -> Context:
    """Lambda, where the queue is."""
    principal = Principal.service("lambda.amazonaws.com", queue.account)
    return ctx.acting(scope=queue.scope, principal=principal)


def queue_url(queue: Arn) -> str:
    return f"/{queue.account}/{queue.resource}"


def is_fifo(queue: Arn) -> bool:
    return queue.resource.endswith(".fifo")

"""ARNs of topics and subscriptions, refused in AWS's words."""

from __future__ import annotations

import re

from sundog.arn import Arn
from sundog.context import Context
from sundog.services.sns import limits
from sundog.services.sns.errors import InvalidParameterException, invalid

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PARTS = 6


def check_name(name: str, *, is_fifo: bool) -> None:
    """A FIFO topic's name ends in ``.fifo``, no other does."""
    stem = name.removesuffix(".fifo") if is_fifo else name
    has_right_end = name.endswith(".fifo") == is_fifo
    if not has_right_end or len(name) > limits.NAME_LENGTH_MAX or not _NAME.fullmatch(stem):
        raise invalid("Topic Name")


def read_arn(text: str | None, parameter: str) -> list[str]:
    """The six parts of an ARN of SNS; ``parameter`` is the one that holds it."""
    if not text:
        raise invalid(f"{parameter} Reason: no value for required parameter")
    parts = text.split(":", _PARTS - 1)
    if len(parts) < _PARTS:
        raise invalid(f"{parameter} Reason: An ARN must have at least {_PARTS} elements, not {len(parts)}")
    if parts[0] != "arn" or parts[2] != "sns":
        raise invalid(parameter)
    return parts


def parse_topic(ctx: Context, text: str | None, parameter: str = "TopicArn") -> Arn:
    """The topic an ARN names, which must be of this region."""
    _, partition, service, region, account, name = read_arn(text, parameter)
    if region != ctx.scope.region or ":" in name or not name:
        raise invalid(parameter)
    return Arn(service, region, account, name, partition)


def parse_subscription(ctx: Context, text: str | None) -> tuple[Arn, str]:
    """The topic and the id that the ARN of a subscription names."""
    _, partition, service, region, account, rest = read_arn(text, "SubscriptionArn")
    name, _, id = rest.partition(":")
    if not _ID.fullmatch(id):
        raise _no_id()
    if region != ctx.scope.region:
        raise invalid("SubscriptionArn")
    return Arn(service, region, account, name, partition), id


def _no_id() -> InvalidParameterException:
    return invalid("SubscriptionId")

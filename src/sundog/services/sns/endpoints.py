"""Where a subscription delivers to: what each protocol demands of its endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from sundog.arn import Arn, parse_arn
from sundog.errors import UnsupportedOperation
from sundog.services.sns.errors import InvalidParameterException, invalid

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"\+?[0-9]{7,15}")

NEEDS_CONFIRMATION: Final = frozenset({"http", "https", "email", "email-json"})


def _queue(endpoint: str, _is_fifo: bool) -> None:
    arn = parse_arn(endpoint)
    if arn is None or arn.service != "sqs" or not arn.account or not arn.region:
        raise invalid("SQS endpoint ARN")
    if arn.resource.endswith(".fifo") and not _is_fifo:
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def _function(endpoint: str, _is_fifo: bool) -> None:
    arn = parse_arn(endpoint)
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        raise invalid("Lambda endpoint ARN")


def _url(scheme: str) -> Callable[[str, bool], None]:
    def check(endpoint: str, _is_fifo: bool) -> None:
        if not endpoint.lower().startswith(f"{scheme}://"):
            raise invalid("Endpoint must match the specified protocol")

    return check


def _email(endpoint: str, _is_fifo: bool) -> None:
    if not _EMAIL.fullmatch(endpoint):
        raise invalid("Email address")


def _phone(endpoint: str, _is_fifo: bool) -> None:
    if not _PHONE.fullmatch(endpoint.replace("-", "")):
        raise InvalidParameterException(f"Invalid SMS endpoint: {endpoint}")


def _device(endpoint: str, _is_fifo: bool) -> None:
    arn = parse_arn(endpoint)
    if arn is None or arn.service != "sns" or not arn.resource.startswith("endpoint/"):
        raise invalid(f"Application endpoint arn invalid:{endpoint}")


def _stream(_endpoint: str, _is_fifo: bool) -> None:
    raise UnsupportedOperation(
        what="sns subscriptions of the protocol firehose",
        remedy="Subscribe a queue or a function instead.",
    )


CHECKS: Final[Mapping[str, Callable[[str, bool], None]]] = {
    "http": _url("http"),
    "https": _url("https"),
    "email": _email,
    "email-json": _email,
    "sms": _phone,
    "sqs": _queue,
    "lambda": _function,
    "application": _device,
    "firehose": _stream,
}


def check_endpoint(protocol: str, endpoint: str | None, *, is_fifo: bool) -> None:
    """Refuse what AWS refuses."""
    check = CHECKS.get(protocol)
    if check is None:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if not endpoint:
        raise invalid("Endpoint")
    if is_fifo and protocol != "sqs":
        raise invalid(
            f"Invalid parameter: Endpoint Reason: Please use FIFO SQS queue or SQS queue, {protocol} is not "
            "supported for FIFO topics"
        )
    check(endpoint, is_fifo)


def account_of(endpoint: str) -> str:
    """The account an endpoint belongs to, empty where it has none."""
    arn: Arn | None = parse_arn(endpoint)
    return arn.account if arn else ""

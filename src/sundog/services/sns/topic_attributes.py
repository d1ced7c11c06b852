"""Attributes of topics: what may be set, and what is shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.services.sns import limits
from sundog.services.sns.delivery_policy import check_topic_policy, effective_topic_policy
from sundog.services.sns.errors import invalid
from sundog.services.sns.model import Topic
from sundog.services.sns.policies import check_policy, default_policy
from sundog.services.sns.rows import write_json

Check = Callable[[str, str, str], None]
"""(name, value, what stands before the reason in a refusal)"""

FEEDBACK_PROTOCOLS: Final = ("HTTP", "SQS", "Lambda", "Firehose", "Application")


def _is_boolean(name: str, value: str, prefix: str) -> None:
    if value.lower() not in ("true", "false"):
        raise invalid(f"{prefix}{name}: Invalid value [{value}]. Must be true or false.")


def _is_display_name(name: str, value: str, prefix: str) -> None:
    if len(value) > limits.DISPLAY_NAME_LENGTH_MAX or any(not c.isprintable() for c in value):
        raise invalid(f"{prefix}{name}: Invalid value [{value}].")


def _is_policy(_name: str, value: str, prefix: str) -> None:
    check_policy(value, prefix)


def _is_delivery_policy(_name: str, value: str, prefix: str) -> None:
    if value:
        check_topic_policy(value, prefix)


def _is_size(name: str, value: str, prefix: str) -> None:
    low, high = limits.MESSAGE_BYTES_MIN, limits.MESSAGE_BYTES_MAX
    if not value.isdecimal() or not low <= int(value) <= high:
        raise invalid(f"{prefix}{name}: Invalid value [{value}]. Must be between {low} and {high}.")


def _is_rate(name: str, value: str, prefix: str) -> None:
    if not value.isdecimal() or int(value) > 100:
        raise invalid(f"{prefix}{name}: Invalid value [{value}]. Must be between 0 and 100.")


def _is_role(name: str, value: str, prefix: str) -> None:
    arn = parse_arn(value)
    if value and (arn is None or arn.service != "iam" or not arn.resource.startswith("role/")):
        raise invalid(f"{prefix}{name}: Invalid role ARN [{value}].")


def _is_archive_policy(name: str, value: str, prefix: str) -> None:
    try:
        days = json.loads(value or "{}").get("MessageRetentionPeriod")
    except (ValueError, AttributeError):
        raise invalid(f"{prefix}{name}: failed to parse JSON.") from None
    if value not in ("", "{}") and not (str(days).isdecimal() and 1 <= int(days) <= 365):
        raise invalid(f"{prefix}{name}: MessageRetentionPeriod must be between 1 and 365 days.")


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: str, prefix: str) -> None:
        if value not in allowed:
            raise invalid(f"{prefix}{name}: Invalid value [{value}]. Must be one of {', '.join(allowed)}.")

    return check


def _anything(_name: str, _value: str, _prefix: str) -> None:
    """A key of KMS may be named in many ways; it is kept and shown."""


CHECKS: Final[Mapping[str, Check]] = {
    "ContentBasedDeduplication": _is_boolean,
    "DeliveryPolicy": _is_delivery_policy,
    "DisplayName": _is_display_name,
    "FifoThroughputScope": _one_of("Topic", "MessageGroup"),
    "KmsMasterKeyId": _anything,
    "MaximumMessageSize": _is_size,
    "Policy": _is_policy,
    "SignatureVersion": _one_of("1", "2"),
    "TracingConfig": _one_of("PassThrough", "Active"),
    "ArchivePolicy": _is_archive_policy,
    **{f"{protocol}SuccessFeedbackRoleArn": _is_role for protocol in FEEDBACK_PROTOCOLS},
    **{f"{protocol}FailureFeedbackRoleArn": _is_role for protocol in FEEDBACK_PROTOCOLS},
    **{f"{protocol}SuccessFeedbackSampleRate": _is_rate for protocol in FEEDBACK_PROTOCOLS},
}
_FIFO_ONLY: Final = frozenset({"ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy"})
_BOOLEANS: Final = frozenset({"FifoTopic", "ContentBasedDeduplication"})
_DEFAULTS: Final = {"SignatureVersion": "1", "DisplayName": "", "FifoTopic": "false"}


def read_attributes(given: Mapping[str, str], *, is_classic: bool) -> dict[str, str]:
    """The attributes a topic is created with, normalised. ``is_classic``: 256 KiB is the most."""
    is_fifo = given.get("FifoTopic", "").lower() == "true"
    read = {}
    for name, value in given.items():
        if name == "FifoTopic":
            _is_boolean(name, value, "Attributes Reason: ")
        elif name not in CHECKS or (name in _FIFO_ONLY and not is_fifo):
            raise invalid(f"Attributes Reason: Unknown attribute {name}")
        else:
            _check(name, value, "Attributes Reason: ", is_classic=is_classic)
        read[name] = value.lower() if name in _BOOLEANS else value
    if is_fifo:
        read.setdefault("ContentBasedDeduplication", "false")
    return read


def changed_attributes(topic: Topic, name: str, value: str, *, is_classic: bool) -> dict[str, str]:
    """The topic's attributes after SetTopicAttributes; an empty value takes an attribute away."""
    if name not in CHECKS or (name in _FIFO_ONLY and not topic.is_fifo):
        raise invalid("AttributeName")
    if value:
        _check(name, value, "", is_classic=is_classic)
    changed = dict(topic.attributes)
    if value or name == "DisplayName":
        changed[name] = value.lower() if name in _BOOLEANS else value
    else:
        changed.pop(name, None)
    return changed


def _check(name: str, value: str, prefix: str, *, is_classic: bool) -> None:
    CHECKS[name](name, value, prefix)
    if is_classic and name == "MaximumMessageSize" and int(value) > limits.MESSAGE_BYTES_DEFAULT:
        raise invalid(
            f"{prefix}{name}: Invalid value [{value}]. Must be at most {limits.MESSAGE_BYTES_DEFAULT}."
        )


def is_same(topic: Topic, given: Mapping[str, str]) -> bool:
    """Whether creating the topic again with these attributes means the one there is."""
    have = {**_DEFAULTS, **topic.attributes}
    return all(have.get(name) == value for name, value in given.items())


def shown_attributes(topic: Topic, confirmed: int, pending: int) -> dict[str, str]:
    """What GetTopicAttributes answers."""
    hidden = {"FifoTopic"} if not topic.is_fifo else set()
    own = {name: value for name, value in topic.attributes.items() if name not in hidden}
    facts: dict[str, Any] = {
        "TopicArn": topic.arn,
        "Owner": topic.scope.account,
        "DisplayName": "",
        "Policy": write_json(default_policy(topic.arn, topic.scope.account)),
        "EffectiveDeliveryPolicy": write_json(effective_topic_policy(topic.attributes.get("DeliveryPolicy"))),
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsPending": str(pending),
        "SubscriptionsDeleted": str(topic.unsubscribed),
    }
    return facts | own

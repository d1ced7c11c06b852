"""Attributes of subscriptions: what may be set, and what is shown.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.lang.event_pattern import Dialect, InvalidPattern, compile_pattern, rewrite_policy
from sundog.services.sns.delivery_policy import check_subscription_policy, effective_subscription_policy
from sundog.services.sns.errors import invalid
from sundog.services.sns.model import Subscription, Topic
from sundog.services.sns.rows import write_json

SCOPES: Final = ("MessageAttributes", "MessageBody")
KNOWN: Final = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "SubscriptionRoleArn",
        "ReplayPolicy",
    }
)
RAW_PROTOCOLS: Final = frozenset({"sqs", "http", "https", "firehose"})
_SUBSCRIBE: Final = "Attributes Reason: "
_DEFAULTS: Final = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}


def read_attributes(given: Mapping[str, str], protocol: str, topic: Topic) -> dict[str, str]:
    """The attributes a subscription is made with, normalised."""
    read: dict[str, str] = {}
    for name, value in given.items():
        if name not in KNOWN:
            raise invalid(f"{_SUBSCRIBE}Unknown attribute {name}" if name else f"{_SUBSCRIBE}AttributeName")
        if name not in ("FilterPolicy", "FilterPolicyScope"):
            read |= _normal(name, _checked(name, value, protocol, topic, _SUBSCRIBE))
    scope = _scope(given.get("FilterPolicyScope", SCOPES[0]), _SUBSCRIBE)
    if given.get("FilterPolicy"):
        read["FilterPolicy"] = _filter_policy(given["FilterPolicy"], scope, _SUBSCRIBE)
    if "FilterPolicyScope" in given:
        read["FilterPolicyScope"] = scope
    return read


def changed_attributes(subscription: Subscription, topic: Topic, name: str, value: str) -> dict[str, str]:
    """The subscription's attributes after SetSubscriptionAttributes; an empty value takes one away."""
    if name not in KNOWN:
        raise invalid("AttributeName")
    changed = dict(subscription.attributes)
    scope = changed.get("FilterPolicyScope", SCOPES[0])
    if name == "FilterPolicyScope":
        scope = _scope(value, "")
        if changed.get("FilterPolicy"):
            _filter_policy(changed["FilterPolicy"], scope, "")
        changed[name] = scope
    elif name == "FilterPolicy":
        if value and value != "{}":
            changed[name] = _filter_policy(value, scope, "")
        else:
            changed.pop(name, None)
    elif checked := _normal(name, _checked(name, value, subscription.protocol, topic, "")):
        changed |= checked
    else:
        changed.pop(name, None)
    return changed


def is_same(subscription: Subscription, given: Mapping[str, str]) -> bool:
    """Whether subscribing again with these attributes means the subscription there is."""
    have = {**_DEFAULTS, **subscription.attributes}
    return all(have.get(name, "") == value for name, value in given.items())


def shown_attributes(subscription: Subscription, topic: Topic) -> dict[str, str]:
    """What GetSubscriptionAttributes answers."""
    shown: dict[str, Any] = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "RawMessageDelivery": "false",
        "PendingConfirmation": str(not subscription.is_confirmed).lower(),
        "ConfirmationWasAuthenticated": str(subscription.was_authenticated).lower(),
        "SubscriptionPrincipal": subscription.principal,
        **subscription.attributes,
    }
    if "FilterPolicy" in shown:
        shown.setdefault("FilterPolicyScope", SCOPES[0])
    else:
        shown.pop("FilterPolicyScope", None)
    if subscription.protocol in ("http", "https"):
        effective = effective_subscription_policy(
            topic.attributes.get("DeliveryPolicy"), shown.get("DeliveryPolicy")
        )
        shown["EffectiveDeliveryPolicy"] = write_json(effective)
    return shown


def redrive_target(subscription: Subscription) -> str:
    """The ARN of the dead-letter queue, empty where there is none."""
    text = subscription.attributes.get("RedrivePolicy")
    return str(json.loads(text)["deadLetterTargetArn"]) if text else ""


def _checked(name: str, value: str, protocol: str, topic: Topic, prefix: str) -> str:
    if name == "RawMessageDelivery":
        return _raw(value, protocol, prefix)
    if name == "RedrivePolicy" and value:
        _check_redrive(value, prefix, is_fifo=topic.is_fifo)
    elif name == "DeliveryPolicy" and value:
        if protocol not in ("http", "https"):
            raise invalid(
                f"{prefix}Delivery protocol [{protocol}] does not support specific delivery policies."
            )
        check_subscription_policy(value, prefix)
    elif name == "ReplayPolicy" and value:
        _check_replay(prefix, is_fifo=topic.is_fifo)
    elif name == "SubscriptionRoleArn" and protocol != "firehose":
        raise invalid(f"{prefix}SubscriptionRoleArn: Only the protocol firehose has a role.")
    return value


def _normal(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _raw(value: str, protocol: str, prefix: str) -> str:
    if value.lower() not in ("true", "false"):
        raise invalid(f"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if value.lower() == "true" and protocol not in RAW_PROTOCOLS:
        raise invalid(
            f"{prefix}RawMessageDelivery: Delivery protocol [{protocol}] does not support raw message "
            f"delivery."
        )
    return value.lower()


def _scope(value: str, prefix: str) -> str:
    if value not in SCOPES:
        raise invalid(
            f"{prefix}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or "
            f"MessageAttributes"
        )
    return value


def _filter_policy(text: str, scope: str, prefix: str) -> str:
    try:
        compile_pattern(text, Dialect(scope))
    except InvalidPattern as error:
        raise invalid(f"{prefix}{error.message}") from None
    return text


def _check_redrive(text: str, prefix: str, *, is_fifo: bool) -> None:
    try:
        _, policy = rewrite_policy(text)
    except InvalidPattern as error:
        raise invalid(f"{prefix}RedrivePolicy: {error.message}") from None
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    arn = parse_arn(target) if isinstance(target, str) else None
    if arn is None or arn.service != "sqs":
        raise invalid(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if arn.resource.endswith(".fifo") != is_fifo:
        kinds = ("FIFO", "FIFO") if is_fifo else ("standard", "standard")
        raise invalid(f"{prefix}RedrivePolicy: must use a {kinds[0]} queue as DLQ for a {kinds[1]} topic")


def _check_replay(prefix: str, *, is_fifo: bool) -> None:
    """What it says is read when the replay begins."""
    if not is_fifo:
        raise invalid(f"{prefix}ReplayPolicy: Replay policies are only supported for FIFO topics.")

"""The policy of a topic: the one it has from the start, and statements that AddPermission writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import Arn
from sundog.services.sns import limits
from sundog.services.sns.errors import invalid
from sundog.services.sns.model import Topic

OWNER_ACTIONS: Final = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
ACTIONS: Final = frozenset(
    {*OWNER_ACTIONS, "ListTagsForResource", "PutDataProtectionPolicy", "GetDataProtectionPolicy"}
)

_ACCOUNT: Final = re.compile(r"\d{12}")


def default_policy(arn: str, account: str) -> dict[str, Any]:
    """Everybody may do these things who acts for the topic's owner."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in OWNER_ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def policy_of(topic: Topic) -> dict[str, Any]:
    text = topic.attributes.get("Policy")
    policy: dict[str, Any] = json.loads(text) if text else default_policy(topic.arn, topic.scope.account)
    return policy


def with_permission(topic: Topic, label: str, accounts: list[str], actions: list[str]) -> dict[str, Any]:
    """The topic's policy with one more statement; a label names at most one."""
    for action in actions:
        if action not in ACTIONS:
            raise invalid("Policy statement action out of service scope!")
    policy = policy_of(topic)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid("Statement already exists")
    if not all(_ACCOUNT.fullmatch(account) for account in accounts):
        raise invalid("Policy Error: PrincipalNotFound")
    principals = [str(Arn("iam", "", account, "root")) for account in accounts]
    named = [f"SNS:{action}" for action in actions]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _single(principals)},
        "Action": _single(named),
        "Resource": topic.arn,
    }
    return {**policy, "Statement": [*policy["Statement"], statement]}


def without_permission(topic: Topic, label: str) -> dict[str, Any]:
    policy = policy_of(topic)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    return {**policy, "Statement": kept}


def check_policy(text: str, prefix: str = "") -> None:
    """Refuse a policy that is none."""
    try:
        policy = json.loads(text)
    except ValueError:
        raise invalid(f"{prefix}Policy Error: null") from None
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if not isinstance(statements, list | dict) or len(text.encode()) > limits.POLICY_BYTES_MAX:
        raise invalid(f"{prefix}Policy Error: null")
    for statement in [statements] if isinstance(statements, dict) else statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise invalid(f"{prefix}Policy statement must contain Effect: Allow or Deny")


def _single(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values

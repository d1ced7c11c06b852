"""AddPermission and RemovePermission: the policy of a queue, one statement a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.sqs import limits
from sundog.services.sqs.attributes import change_attributes
from sundog.services.sqs.errors import OverLimit, invalid
from sundog.services.sqs.loading import load_queue_for_update
from sundog.services.sqs.model import Queue
from sundog.services.sqs.rules import require

POLICY_VERSION = "2008-10-17"
ACTIONS = frozenset(
    {
        "*",
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)
_LABEL = re.compile(r"^[A-Za-z0-9_\-]{1,80}\Z")
_ACCOUNT = re.compile(r"^\d{12}\Z")


@operation("sqs", "AddPermission")
async def add_permission(ctx: Context, request: Request) -> Result | None:
    require(request, "QueueUrl", "Label", "AWSAccountIds", "Actions")
    label, accounts, actions = request["Label"], request["AWSAccountIds"], request["Actions"]
    _check(label, accounts, actions)
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        policy = _policy(queue)
        statements = policy["Statement"]
        if any(statement.get("Sid") == label for statement in statements):
            raise invalid(label, "Label", "Already exists.")
        if len(statements) >= limits.POLICY_STATEMENTS_MAX:
            count, limit = len(statements) + 1, limits.POLICY_STATEMENTS_MAX
            raise OverLimit(f"{count} statements were found, maximum allowed is {limit}.")
        statements.append(_statement(queue, label, accounts, actions))
        await change_attributes(ctx, tx, queue, {"Policy": orjson.dumps(policy).decode()})
    return None


@operation("sqs", "RemovePermission")
async def remove_permission(ctx: Context, request: Request) -> Result | None:
    require(request, "QueueUrl", "Label")
    label = request["Label"]
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        policy = _policy(queue)
        kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
        if len(kept) == len(policy["Statement"]):
            raise invalid(label, "Label", "can't find label.")
        text = orjson.dumps({**policy, "Statement": kept}).decode() if kept else ""
        await change_attributes(ctx, tx, queue, {"Policy": text})
    return None


def _check(label: str, accounts: Sequence[str], actions: Sequence[str]) -> None:
    if not _LABEL.match(label):
        reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        raise invalid(label, "Label", reason)
    for account in accounts:
        if not _ACCOUNT.match(account):
            raise invalid(f"[{account}]", "PrincipalId", "Unable to verify.")
    for action in actions:
        if action not in ACTIONS:
            reason = "Only the queue owner is allowed to invoke this action."
            raise invalid(f"SQS:{action}", "ActionName", reason)
    if len(actions) > limits.POLICY_ACTIONS_MAX:
        limit = limits.POLICY_ACTIONS_MAX
        raise OverLimit(f"{len(actions)} Actions were found, maximum allowed is {limit}.")


def _policy(queue: Queue) -> dict[str, Any]:
    text = queue.attributes.get("Policy")
    if text:
        policy: dict[str, Any] = orjson.loads(text)
        statements = policy.get("Statement", [])
        return {**policy, "Statement": statements if isinstance(statements, list) else [statements]}
    return {"Version": POLICY_VERSION, "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}


def _statement(queue: Queue, label: str, accounts: Sequence[str], actions: Sequence[str]) -> dict[str, Any]:
    principals = [f"arn:{queue.scope.partition}:iam::{account}:root" for account in accounts]
    return {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all(principals)},
        "Action": _one_or_all([f"SQS:{action}" for action in actions]),
        "Resource": queue.arn,
    }


def _one_or_all(texts: list[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else texts

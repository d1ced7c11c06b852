"""Which load balancers use which target groups: those whose listeners and rules forward to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.elbv2 import limits
from sundog.services.elbv2.actions import groups_of
from sundog.services.elbv2.errors import (
    TargetGroupAssociationLimitException,
    TooManyUniqueTargetGroupsPerLoadBalancerException,
)
from sundog.services.elbv2.names import load
from sundog.services.elbv2.rows import list_kind
from sundog.store import Transaction


async def find_uses(tx: Transaction, scope: Scope) -> dict[str, list[str]]:
    """By the ARN of a target group, the ARNs of the load balancers that use it."""
    balancer_of = {listener.arn: listener.parent for listener in await list_kind(tx, scope, "listener")}
    uses: dict[str, list[str]] = {}
    for rule in await list_kind(tx, scope, "listener-rule"):
        for group in groups_of(rule.shape["Actions"]):
            users = uses.setdefault(group, [])
            if balancer_of[rule.parent] not in users:
                users.append(balancer_of[rule.parent])
    return uses


async def check_groups(
    ctx: Context, tx: Transaction, balancer: str, actions: Sequence[Mapping[str, Any]]
) -> None:
    """The target groups that ``actions`` of ``balancer`` forward to are there and free for it."""
    groups = list(groups_of(actions))
    if not groups:
        return
    uses = await find_uses(tx, ctx.scope)
    for arn in groups:
        await load(ctx, tx, "targetgroup", arn)
        if any(user != balancer for user in uses.get(arn, ())):
            raise TargetGroupAssociationLimitException(arn=arn)
    used = {arn for arn, users in uses.items() if balancer in users} | set(groups)
    if len(used) > limits.GROUPS_PER_LOAD_BALANCER_MAX:
        raise TooManyUniqueTargetGroupsPerLoadBalancerException

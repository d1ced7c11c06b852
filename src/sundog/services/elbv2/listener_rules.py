"""Operations on the rules of listeners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.actions import read_actions
from sundog.services.elbv2.conditions import read_conditions, read_transforms
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.errors import (
    OperationNotPermittedException,
    PriorityInUseException,
    TooManyRulesException,
    invalid,
)
from sundog.services.elbv2.model import Resource
from sundog.services.elbv2.names import load
from sundog.services.elbv2.pages import cut
from sundog.services.elbv2.rows import children, delete, insert, save
from sundog.services.elbv2.tags import read_tags
from sundog.services.elbv2.uses import check_groups
from sundog.store import Transaction


@operation("elbv2", "CreateRule")
async def create_rule(ctx: Context, request: Request) -> Result:
    conditions = read_conditions(request["Conditions"])
    if not conditions:
        raise invalid("A condition must be specified")
    transforms = read_transforms(request.get("Transforms") or ())
    tags = read_tags(request.get("Tags"))
    priority: int = request["Priority"]
    async with ctx.store.transaction() as tx:
        listener = await load(ctx, tx, "listener", request["ListenerArn"])
        actions = read_actions(request["Actions"], listener.shape["Protocol"])
        siblings = await children(tx, listener)
        _check_free(siblings, {"": priority})
        await _check_count(ctx, tx, listener)
        await check_groups(ctx, tx, listener.parent, actions)
        arn = f"{listener.arn.replace(':listener/', ':listener-rule/')}/{ctx.ids.hex(16)}"
        shape = {
            "RuleArn": arn,
            "Priority": str(priority),
            "Conditions": conditions,
            "Actions": actions,
            "IsDefault": False,
            "Transforms": transforms,
        }
        rule = Resource(
            ctx.scope, "listener-rule", arn, arn, shape, ctx.clock.now_ms(), listener.arn, priority, tags=tags
        )
        await insert(tx, rule)
        ctx.part(Directory).changed(tx)
    return {"Rules": [dict(rule.shape)]}


async def _check_count(ctx: Context, tx: Transaction, listener: Resource) -> None:
    """Default rules do not count."""
    balancer = await load(ctx, tx, "loadbalancer", listener.parent)
    counts = [len(await children(tx, one)) - 1 for one in await children(tx, balancer)]
    if sum(counts) >= limits.RULES_MAX and ctx.config.limits != "relaxed":
        raise TooManyRulesException


def _check_free(siblings: Sequence[Resource], wanted: dict[str, int]) -> None:
    """``wanted``: priorities by the ARN of the rule that is to have them, empty for a new one."""
    taken = {rule.position for rule in siblings if rule.arn not in wanted}
    for priority in wanted.values():
        if priority in taken:
            raise PriorityInUseException(priority=priority)
        taken.add(priority)


@operation("elbv2", "ModifyRule")
async def modify_rule(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        rule = await load(ctx, tx, "listener-rule", request["RuleArn"])
        if rule.shape["IsDefault"]:
            raise OperationNotPermittedException(reason=f"Default rule '{rule.arn}' cannot be modified")
        listener = await load(ctx, tx, "listener", rule.parent)
        shape = dict(rule.shape)
        if request.get("Conditions"):
            shape["Conditions"] = read_conditions(request["Conditions"])
        if request.get("Actions"):
            shape["Actions"] = read_actions(request["Actions"], listener.shape["Protocol"])
            await check_groups(ctx, tx, listener.parent, shape["Actions"])
        if request.get("ResetTransforms"):
            if request.get("Transforms"):
                raise invalid("You cannot specify both Transforms and ResetTransforms")
            shape["Transforms"] = []
        elif request.get("Transforms"):
            shape["Transforms"] = read_transforms(request["Transforms"])
        await save(tx, replace(rule, shape=shape))
        ctx.part(Directory).changed(tx)
    return {"Rules": [shape]}


@operation("elbv2", "DeleteRule")
async def delete_rule(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        rule = await load(ctx, tx, "listener-rule", request["RuleArn"])
        if rule.shape["IsDefault"]:
            raise OperationNotPermittedException(reason=f"Default rule '{rule.arn}' cannot be deleted")
        await delete(tx, rule)
        ctx.part(Directory).changed(tx)
    return {}


@operation("elbv2", "DescribeRules")
async def describe_rules(ctx: Context, request: Request) -> Result:
    arn, arns = request.get("ListenerArn"), request.get("RuleArns") or ()
    if bool(arn) == bool(arns):
        raise invalid("You must specify either listener rule ARNs or a listener ARN")
    async with ctx.store.transaction() as tx:
        if arn:
            found = await children(tx, await load(ctx, tx, "listener", arn))
        else:
            found = [await load(ctx, tx, "listener-rule", one) for one in arns]
    return cut(request, "Rules", [dict(rule.shape) for rule in found])


@operation("elbv2", "SetRulePriorities")
async def set_rule_priorities(ctx: Context, request: Request) -> Result:
    """All at once: two rules may swap their priorities."""
    wanted = _read_wanted(request)
    changed = []
    async with ctx.store.transaction() as tx:
        rules = [await load(ctx, tx, "listener-rule", arn) for arn in wanted]
        if any(rule.shape["IsDefault"] for rule in rules):
            raise OperationNotPermittedException(reason="The priority of a default rule cannot be changed")
        if len({rule.parent for rule in rules}) > 1:
            raise invalid("All rules must belong to the same listener")
        listener = await load(ctx, tx, "listener", rules[0].parent)
        _check_free(await children(tx, listener), wanted)
        for rule in rules:
            priority = wanted[rule.arn]
            changed.append(replace(rule, position=priority, shape={**rule.shape, "Priority": str(priority)}))
            await save(tx, changed[-1])
        ctx.part(Directory).changed(tx)
    return {"Rules": [dict(rule.shape) for rule in changed]}


def _read_wanted(request: Request) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for pair in request["RulePriorities"]:
        arn, priority = pair.get("RuleArn"), pair.get("Priority")
        if not arn or priority is None:
            raise invalid("A rule ARN and a priority must be specified")
        if arn in wanted:
            raise invalid(f"Rule '{arn}' was specified more than once")
        wanted[arn] = priority
    if not wanted:
        raise invalid("At least one rule priority must be specified")
    return wanted

"""Operations on rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.lang.cron import InvalidSchedule, parse_schedule
from sundog.lang.event_pattern import InvalidPattern, compile_pattern
from sundog.services.events import limits
from sundog.services.events.errors import (
    InvalidEventPatternException,
    LimitExceededException,
    ManagedRuleException,
    ValidationException,
)
from sundog.services.events.loading import find_rule, list_rules, list_targets, load_bus, load_rule
from sundog.services.events.model import DEFAULT, Rule
from sundog.services.events.names import read_own_bus
from sundog.services.events.routing import Router
from sundog.services.events.rows import SQL, bus_key, rule_values
from sundog.services.events.schedules import FIRE, plan
from sundog.services.events.tokens import page_size, read_token, with_token
from sundog.store import Transaction

SETTINGS = ("Description", "RoleArn")


@operation("events", "PutRule")
async def put_rule(ctx: Context, request: Request) -> Result:
    """Make the rule or replace what it says; its targets stay."""
    bus, name = read_own_bus(ctx.scope, request.get("EventBusName")), request["Name"]
    pattern, schedule = request.get("EventPattern") or "", request.get("ScheduleExpression") or ""
    check_rule(pattern, schedule, bus)
    body = {member: request[member] for member in SETTINGS if request.get(member)}
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        await load_bus(tx, ctx.scope, bus)
        before = await find_rule(tx, ctx.scope, bus, name)
        if before is None:
            await _check_room(ctx, tx, bus)
        else:
            check_managed(ctx, before)
            tags, body = {**before.tags}, body | _manager(before)
        if manager := _manager_of(ctx):
            body["ManagedBy"] = manager
        state = request.get("State") or "ENABLED"
        created_ms = before.created_ms if before and before.schedule == schedule else now_ms
        rule = Rule(ctx.scope, bus, name, pattern, schedule, state, body, tags, created_ms)
        await save_rule(ctx, tx, rule)
    return {"RuleArn": rule.arn}


@operation("events", "DeleteRule")
async def delete_rule(ctx: Context, request: Request) -> Result | None:
    """Deleting what is not there succeeds; a rule with targets stays."""
    bus, name = read_own_bus(ctx.scope, request.get("EventBusName")), request["Name"]
    async with ctx.store.transaction() as tx:
        await load_bus(tx, ctx.scope, bus)
        rule = await find_rule(tx, ctx.scope, bus, name)
        if rule is None:
            return None
        if not request.get("Force"):
            check_managed(ctx, rule)
        if await list_targets(tx, ctx.scope, bus, name, count=1):
            raise ValidationException(reason="Rule can't be deleted since it has targets.")
        await tx.run(SQL["delete_rule"], **bus_key(ctx.scope, bus), name=name)
        await work.cancel(tx, FIRE, rule.arn)
        ctx.part(Router).changed(tx, ctx.scope, bus)
    return None


@operation("events", "DescribeRule")
async def describe_rule(ctx: Context, request: Request) -> Result:
    bus = read_own_bus(ctx.scope, request.get("EventBusName"))
    async with ctx.store.transaction() as tx:
        rule = await load_rule(tx, ctx.scope, bus, request["Name"])
    return {**_shown(rule), "CreatedBy": ctx.scope.account}


@operation("events", "ListRules")
async def list_all_rules(ctx: Context, request: Request) -> Result:
    bus = read_own_bus(ctx.scope, request.get("EventBusName"))
    prefix, after, count = request.get("NamePrefix") or "", read_token(request), page_size(request)
    async with ctx.store.transaction() as tx:
        await load_bus(tx, ctx.scope, bus)
        found = await list_rules(tx, ctx.scope, bus, after)
    wanted = [rule for rule in found if rule.name.startswith(prefix)]
    shown = [_shown(rule) for rule in wanted[:count]]
    return with_token({"Rules": shown}, wanted[count - 1].name if len(wanted) > count else None)


@operation("events", "EnableRule")
async def enable_rule(ctx: Context, request: Request) -> Result | None:
    await _set_state(ctx, request, "ENABLED")
    return None


@operation("events", "DisableRule")
async def disable_rule(ctx: Context, request: Request) -> Result | None:
    await _set_state(ctx, request, "DISABLED")
    return None


async def save_rule(ctx: Context, tx: Transaction, rule: Rule) -> None:
    """Write the rule, and when its schedule is next due."""
    await tx.run(SQL["put_rule"], **rule_values(rule))
    await plan(ctx, tx, rule)
    ctx.part(Router).changed(tx, rule.scope, rule.bus)


def check_rule(pattern: str, schedule: str, bus: str) -> None:
    """Refuse what AWS refuses of a pattern and a schedule."""
    if not pattern and not schedule:
        raise ValidationException(reason="Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule and bus != DEFAULT:
        raise ValidationException(reason="ScheduleExpression is supported only on the default event bus.")
    if pattern:
        check_pattern(pattern)
    if schedule:
        try:
            parse_schedule(schedule)
        except InvalidSchedule as error:
            raise ValidationException(reason=error.message) from None


def check_pattern(text: str) -> None:
    try:
        compile_pattern(text)
    except InvalidPattern as error:
        raise InvalidEventPatternException(reason=error.message) from None


def check_managed(ctx: Context, rule: Rule) -> None:
    """Rules that a service made are changed by that service."""
    manager = rule.body.get("ManagedBy")
    if manager and manager != ctx.principal.arn:
        raise ManagedRuleException(name=rule.name, service=manager)


async def _set_state(ctx: Context, request: Request, state: str) -> None:
    bus = read_own_bus(ctx.scope, request.get("EventBusName"))
    async with ctx.store.transaction() as tx:
        rule = await load_rule(tx, ctx.scope, bus, request["Name"])
        check_managed(ctx, rule)
        await save_rule(ctx, tx, replace(rule, state=state))


async def _check_room(ctx: Context, tx: Transaction, bus: str) -> None:
    row = await tx.one(SQL["count_rules"], **bus_key(ctx.scope, bus))
    if row is not None and row["number"] >= limits.RULES_MAX[ctx.config.limits]:
        raise LimitExceededException


def _manager(rule: Rule) -> dict[str, Any]:
    return {"ManagedBy": rule.body["ManagedBy"]} if "ManagedBy" in rule.body else {}


def _manager_of(ctx: Context) -> str:
    """A rule that a service makes is managed by it."""
    return ctx.principal.arn if ctx.principal.kind == "service" else ""


def _shown(rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Name": rule.name,
        "Arn": rule.arn,
        "State": rule.state,
        "EventBusName": rule.bus,
        **rule.body,
    }
    if rule.pattern:
        shown["EventPattern"] = rule.pattern
    if rule.schedule:
        shown["ScheduleExpression"] = rule.schedule
    return shown

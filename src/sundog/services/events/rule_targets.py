"""Operations on the targets of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.events import limits
from sundog.services.events.errors import LimitExceededException, ValidationException
from sundog.services.events.inputs import compile_input
from sundog.services.events.loading import list_targets, load_bus, load_rule
from sundog.services.events.names import read_own_bus
from sundog.services.events.routing import Router
from sundog.services.events.rows import SQL, bus_key, write_json
from sundog.services.events.rules import check_managed
from sundog.services.events.tokens import page_size, read_token, with_token

NEEDS_ROLE = ("states", "kinesis", "firehose", "ecs", "batch", "codebuild")


@operation("events", "PutTargets")
async def put_targets(ctx: Context, request: Request) -> Result:
    """All of them or none: a target with the id of another takes its place."""
    bus, name = read_own_bus(ctx.scope, request.get("EventBusName")), request["Rule"]
    targets = request["Targets"]
    for target in targets:
        check_target(target)
    async with ctx.store.transaction() as tx:
        rule = await load_rule(tx, ctx.scope, bus, name)
        check_managed(ctx, rule)
        ids = {target.id for target in await list_targets(tx, ctx.scope, bus, name)}
        if len(ids | {target["Id"] for target in targets}) > limits.TARGETS_MAX:
            raise LimitExceededException
        for target in targets:
            await tx.run(
                SQL["put_target"],
                **bus_key(ctx.scope, bus),
                rule=name,
                id=target["Id"],
                arn=target["Arn"],
                body=write_json(target),
            )
        ctx.part(Router).changed(tx, ctx.scope, bus)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("events", "RemoveTargets")
async def remove_targets(ctx: Context, request: Request) -> Result:
    bus, name = read_own_bus(ctx.scope, request.get("EventBusName")), request["Rule"]
    failed = []
    async with ctx.store.transaction() as tx:
        rule = await load_rule(tx, ctx.scope, bus, name)
        if not request.get("Force"):
            check_managed(ctx, rule)
        for id in request["Ids"]:
            if not await tx.run(SQL["delete_target"], **bus_key(ctx.scope, bus), rule=name, id=id):
                failed.append(
                    {
                        "TargetId": id,
                        "ErrorCode": "ResourceNotFoundException",
                        "ErrorMessage": f"Rule {name} does not have a target with the Id {id}.",
                    }
                )
        ctx.part(Router).changed(tx, ctx.scope, bus)
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


@operation("events", "ListTargetsByRule")
async def list_targets_by_rule(ctx: Context, request: Request) -> Result:
    bus, name = read_own_bus(ctx.scope, request.get("EventBusName")), request["Rule"]
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        await load_rule(tx, ctx.scope, bus, name)
        found = await list_targets(tx, ctx.scope, bus, name, read_token(request), count + 1)
    shown = [dict(target.body) for target in found[:count]]
    return with_token({"Targets": shown}, found[count - 1].id if len(found) > count else None)


@operation("events", "ListRuleNamesByTarget")
async def list_rule_names_by_target(ctx: Context, request: Request) -> Result:
    bus, count = read_own_bus(ctx.scope, request.get("EventBusName")), page_size(request)
    async with ctx.store.transaction() as tx:
        await load_bus(tx, ctx.scope, bus)
        rows = await tx.all(
            SQL["rules_by_target"],
            **bus_key(ctx.scope, bus),
            arn=request["TargetArn"],
            after=read_token(request),
            count=count + 1,
        )
    names = [row["rule"] for row in rows[:count]]
    return with_token({"RuleNames": names}, names[-1] if len(rows) > count else None)


def check_target(target: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses of one target."""
    id, arn = target["Id"], parse_arn(target["Arn"])
    if arn is None:
        raise ValidationException(
            reason=f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        )
    if arn.service == "sqs" and arn.resource.endswith(".fifo") and not target.get("SqsParameters"):
        raise ValidationException(reason=f"Parameter(s) SqsParameters must be specified for target: {id}.")
    if arn.service in NEEDS_ROLE and not target.get("RoleArn"):
        raise ValidationException(reason=f"RoleArn is required for target {target['Arn']}.")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters:
        queue = parse_arn(dead_letters)
        if queue is None or queue.service != "sqs":
            raise ValidationException(reason=f"Invalid DeadLetterConfig for target {id}.")
    compile_input(target)

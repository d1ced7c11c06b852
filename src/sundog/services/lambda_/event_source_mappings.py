"""Operations on event source mappings, and the step that makes a change of one take effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog import work
from sundog.arn import Arn, parse_arn
from sundog.bus.stream_source import open_stream
from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError, UnsupportedOperation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.configuration import check_tags
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    NoSuchResource,
    ResourceConflictException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from sundog.services.lambda_.kafka_sources import KafkaSources
from sundog.services.lambda_.loading import load_version
from sundog.services.lambda_.mapped_queues import as_poller, find_visibility, is_fifo
from sundog.services.lambda_.mapping_kinds import KAFKA, Kind, check_members, kind_of, source_kind
from sundog.services.lambda_.mapping_rules import (
    DELETED,
    DISABLED,
    ENABLED,
    SETTLED,
    check_visibility,
    decide_body,
    decide_transition,
)
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.names import FunctionName, parse_name
from sundog.services.lambda_.pages import parse_marker, with_marker
from sundog.services.lambda_.pollers import Pollers
from sundog.services.lambda_.rows import SQL, mapping_values, scope_key, to_mapping, write_json
from sundog.services.lambda_.stream_mapping_rules import CONFIGS, decide_stream_body
from sundog.store import Transaction
from sundog.work import WorkItem

SETTLE = "lambda.mapping"


@operation("lambda", "CreateEventSourceMapping")
async def create_event_source_mapping(ctx: Context, request: Request) -> Result:
    kind, source = kind_of(request, ctx.scope)
    check_members(kind, request)
    check_tags(request.get("Tags") or {})
    name = parse_name(ctx.scope, request["FunctionName"])
    body = _body(kind, source, {}, request, ctx)
    async with ctx.store.transaction() as tx:
        await _function_timeout(tx, name)  # a missing function is named before a missing queue
    visibility_s = await _find_source(ctx, kind, source)
    if kind in KAFKA:
        group = {"ConsumerGroupId": ctx.ids.uuid()} | (request.get(CONFIGS[kind]) or {})
        body[CONFIGS[kind]] = group
    mapping = SourceMapping(ctx.scope, ctx.ids.uuid(), name.arn, str(source or ""), "Creating", body)
    async with ctx.store.transaction() as tx:
        timeout_s = await _function_timeout(tx, name)
        if visibility_s is not None:
            check_visibility(visibility_s, timeout_s)
        await _check_new(tx, mapping, name)
        await tx.run(
            SQL["insert_mapping"],
            **mapping_values(mapping),
            source_arn=mapping.source_arn,
            tags=write_json(request.get("Tags") or {}),
        )
        goal = DISABLED if request.get("Enabled") is False else ENABLED
        await _settle_soon(ctx, tx, mapping, goal)
    return describe(mapping)


def _body(
    kind: Kind, source: Arn | None, before: Mapping[str, Any], request: Request, ctx: Context
) -> dict[str, Any]:
    if kind == "sqs" and source is not None:
        return decide_body(before, request, is_fifo(source), ctx.clock.now_ms())
    return decide_stream_body(kind, before, request, ctx.clock.now_ms(), str(source or ""))


async def _find_source(ctx: Context, kind: Kind, source: Arn | None) -> int | None:
    """The visibility timeout of a queue; an error in AWS's words where there is no such source."""
    if source is None or kind in KAFKA:
        if remedy := ctx.part(KafkaSources).remedy(kind):
            raise UnsupportedOperation(what="event sources of Kafka", remedy=remedy)
        return None
    if kind == "sqs":
        return await find_visibility(ctx, source)
    stream = open_stream(as_poller(ctx, source), source)
    if stream is None:
        raise UnsupportedOperation(
            what=f"event sources of {source.service}", remedy="Queues of SQS can be event sources."
        )
    try:
        await stream.shards()
    except AwsError:
        raise InvalidParameterValueException(reason=f"Stream not found: {source}") from None
    return None


@operation("lambda", "GetEventSourceMapping")
async def get_event_source_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return describe(await _load(ctx, tx, request))


@operation("lambda", "UpdateEventSourceMapping")
async def update_event_source_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        source = parse_arn((await _load(ctx, tx, request)).source_arn)
    kind = source_kind(str(source or ""))
    check_members(kind, request)
    visibility_s = None
    if request.get("FunctionName") and kind == "sqs" and source is not None:
        visibility_s = await find_visibility(ctx, source)
    async with ctx.store.transaction() as tx:
        mapping = await _load(ctx, tx, request)
        body = _body(kind, source, mapping.body, request, ctx)
        if mapping.state not in SETTLED:
            raise ResourceInUseException(verb="update")
        function_arn = mapping.function_arn
        if request.get("FunctionName"):
            name = parse_name(ctx.scope, request["FunctionName"])
            timeout_s = await _function_timeout(tx, name)
            if visibility_s is not None:
                check_visibility(visibility_s, timeout_s)
            function_arn = name.arn
        state, goal = decide_transition(mapping.state, request.get("Enabled"))
        changed = replace(mapping, function_arn=function_arn, state=state, body=body)
        if function_arn != mapping.function_arn:
            await _check_new(tx, changed, parse_name(ctx.scope, function_arn))
        await tx.run(SQL["update_mapping"], **mapping_values(changed))
        await _settle_soon(ctx, tx, changed, goal)
    return describe(changed)


@operation("lambda", "DeleteEventSourceMapping")
async def delete_event_source_mapping(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        mapping = await _load(ctx, tx, request)
        if mapping.state not in SETTLED:
            raise ResourceInUseException(verb="delete")
        deleted = replace(mapping, state="Deleting")
        await tx.run(SQL["update_mapping"], **mapping_values(deleted))
        await _settle_soon(ctx, tx, deleted, DELETED)
    return describe(deleted)


@operation("lambda", "ListEventSourceMappings")
async def list_event_source_mappings(ctx: Context, request: Request) -> Result:
    name = request.get("FunctionName")
    count = min(request.get("MaxItems") or limits.MAPPINGS_PAGE_MAX, limits.MAPPINGS_PAGE_MAX)
    (after,) = parse_marker(request, "")
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["mappings"],
            **scope_key(ctx.scope),
            after=after,
            source_arn=request.get("EventSourceArn") or "",
            function_arn=parse_name(ctx.scope, name).arn if name else "",
            count=count + 1,
        )
    found = [to_mapping(row) for row in rows]
    last = (found[count - 1].uuid,) if len(found) > count else None
    return with_marker({"EventSourceMappings": [describe(m) for m in found[:count]]}, last)


async def settle(ctx: Context, item: WorkItem) -> None:
    """The change of a mapping takes effect: it is enabled, disabled or gone."""
    uuid, goal = item.payload["uuid"], item.payload["goal"]
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["mapping"], **scope_key(item.scope), uuid=uuid)
        if row is not None and goal == DELETED:
            for statement in ("delete_mapping", "delete_mapping_shards"):
                await tx.run(SQL[statement], **scope_key(item.scope), uuid=uuid)
        elif row is not None:
            await tx.run(SQL["update_mapping"], **mapping_values(replace(to_mapping(row), state=goal)))
        await work.finish(tx, item)
        ctx.part(Pollers).changed(tx, item.scope, uuid)


async def _load(ctx: Context, tx: Transaction, request: Request) -> SourceMapping:
    row = await tx.one(SQL["mapping"], **scope_key(ctx.scope), uuid=request["UUID"])
    if row is None:
        raise NoSuchResource
    return to_mapping(row)


async def _function_timeout(tx: Transaction, name: FunctionName) -> int:
    try:
        timeout_s: int = (await load_version(tx, name)).settings["Timeout"]
    except ResourceNotFoundException:
        raise InvalidParameterValueException(reason="Function does not exist") from None
    return timeout_s


async def _check_new(tx: Transaction, mapping: SourceMapping, name: FunctionName) -> None:
    if source_kind(mapping.source_arn) in KAFKA:
        return  # a function may read many topics
    row = await tx.one(
        SQL["mapping_of"],
        **scope_key(mapping.scope),
        source_arn=mapping.source_arn,
        function_arn=mapping.function_arn,
    )
    if row is not None:
        function = f"{name.name}:{name.qualifier}" if name.qualifier else name.name
        what = (
            f'An event source mapping with SQS arn (" {mapping.source_arn} ") and function (" {function} ")'
        )
        if source_kind(mapping.source_arn) != "sqs":
            source = f'The event source arn (" {mapping.source_arn} ")'
            what = f'{source} and function (" {function} ") provided mapping'
        raise ResourceConflictException(
            reason=f"{what} already exists. Please update or delete the existing mapping with UUID "
            f"{row['uuid']}"
        )


async def _settle_soon(ctx: Context, tx: Transaction, mapping: SourceMapping, goal: str) -> None:
    await work.put(
        tx,
        SETTLE,
        {"uuid": mapping.uuid, "goal": goal},
        scope=mapping.scope,
        due_ms=ctx.clock.now_ms(),
        key=mapping.uuid,
    )
    ctx.part(Pollers).changed(tx, mapping.scope, mapping.uuid)


def describe(mapping: SourceMapping) -> dict[str, Any]:
    source = {"EventSourceArn": mapping.source_arn} if mapping.source_arn else {}
    return {
        **mapping.body,
        **source,
        "UUID": mapping.uuid,
        "EventSourceMappingArn": str(Arn.of("lambda", mapping.scope, f"event-source-mapping:{mapping.uuid}")),
        "FunctionArn": mapping.function_arn,
        "State": mapping.state,
    }

"""What discoverers make of events: schemas in ``discovered-schemas``; and GetDiscoveredSchema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from sundog.bus import Delivery, DeliveryFailed
from sundog.context import Context, Request, Result, operation
from sundog.services.schemas import limits, openapi
from sundog.services.schemas.content import JSON_SCHEMA, OPEN_API
from sundog.services.schemas.errors import BadRequestException, ForbiddenException
from sundog.services.schemas.json_schema import to_json_schema
from sundog.services.schemas.listening import STARTED
from sundog.services.schemas.loading import SQL, NewVersion, add_version, insert_schema
from sundog.services.schemas.names import DISCOVERED, key, schema_key
from sundog.services.schemas.registries import ensure_discovered
from sundog.services.schemas.shapes import Shape, infer, merge
from sundog.store import Row, Transaction


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """An event came to a discoverer: a first version, or a new one where it shows something new.

    Limits that are reached end discovery for this event without an error, as nobody could be told.
    """
    event = _parse_event(delivery.body)
    id = delivery.target_arn.rpartition("/")[2]
    async with ctx.store.transaction() as tx:
        discoverer = await tx.one(SQL["discoverer"], **key(ctx.scope), id=id)
        if discoverer is not None and discoverer["state"] == STARTED:
            await _learn(ctx, tx, event)


def _parse_event(text: str) -> dict[str, Any]:
    """A whole event; somebody may have put a discoverer behind a rule that sends something else."""
    try:
        event = _parse(text)
    except BadRequestException as error:
        raise DeliveryFailed("INVALID_EVENT", error.message, is_final=True) from error
    if not isinstance(event.get("source"), str) or not isinstance(event.get("detail-type"), str):
        raise DeliveryFailed("INVALID_EVENT", "Discoverers take whole events only.", is_final=True)
    return event


async def _learn(ctx: Context, tx: Transaction, event: dict[str, Any]) -> None:
    source, detail_type = event["source"], event["detail-type"]
    name = openapi.schema_name(source, detail_type)[: limits.SCHEMA_NAME_MAX]
    schema = await tx.one(SQL["schema"], **schema_key(ctx.scope, DISCOVERED, name))
    seen = infer(event.get("detail"))
    shape = seen if schema is None else merge(orjson.loads(schema["shape"]), seen)
    if schema is not None and shape == orjson.loads(schema["shape"]):
        return
    content = openapi.write_event(source, detail_type, shape)
    number = 1 if schema is None else schema["version"] + 1
    new = NewVersion(number, OPEN_API, content, orjson.dumps(shape).decode())
    try:
        await _write(ctx, tx, name, schema, new)
    except ForbiddenException:
        return


async def _write(ctx: Context, tx: Transaction, name: str, schema: Row | None, new: NewVersion) -> None:
    if schema is None:
        await ensure_discovered(ctx, tx)
        await insert_schema(ctx, tx, DISCOVERED, name, new)
    else:
        await add_version(ctx, tx, schema, new, schema["description"])


@operation("schemas", "GetDiscoveredSchema")
async def get_discovered_schema(ctx: Context, request: Request) -> Result:
    """What discovery would make of these events, which should be of one type."""
    events = [_parse(text) for text in request["Events"]]
    if not 1 <= len(events) <= limits.EVENTS_MAX:
        raise BadRequestException(f"There must be 1 to {limits.EVENTS_MAX} events.")
    content = _write_events(events)
    return {"Content": to_json_schema(content) if request["Type"] == JSON_SCHEMA else content}


def _parse(text: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict):
        raise BadRequestException("Events must be JSON objects.")
    return event


def _write_events(events: Sequence[dict[str, Any]]) -> str:
    first = events[0]
    source, detail_type = first.get("source"), first.get("detail-type")
    has_details = all(isinstance(event.get("detail"), dict) for event in events)
    if isinstance(source, str) and isinstance(detail_type, str) and has_details:
        return openapi.write_event(source, detail_type, _shape([event["detail"] for event in events]))
    return openapi.write_value(_shape(events))


def _shape(values: Sequence[Any]) -> Shape:
    shape = infer(values[0])
    for value in values[1:]:
        shape = merge(shape, infer(value))
    return shape

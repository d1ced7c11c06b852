"""Operations on the tags of machines and activities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions.errors import ResourceNotFound, TooManyTags, ValidationException
from sundog.services.stepfunctions.loading import find_activity, find_machine
from sundog.services.stepfunctions.model import Activity, Machine
from sundog.services.stepfunctions.names import read_arn
from sundog.services.stepfunctions.rows import SQL, machine_values
from sundog.store import Transaction

TAGS_MAX = 50


def read_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags by key. The model requires neither member; a tag without a key says nothing."""
    if any("key" not in tag for tag in tags):
        raise ValidationException(reason="Tag keys must not be null")
    return {tag["key"]: tag.get("value", "") for tag in tags}


@operation("stepfunctions", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result:
    added = read_tags(request["tags"])
    async with ctx.store.transaction() as tx:
        found = await _load(tx, request["resourceArn"])
        tags = {**found.tags, **added}
        if len(tags) > TAGS_MAX:
            raise TooManyTags(arn=request["resourceArn"])
        await _save(tx, replace(found, tags=tags))
    return {}


@operation("stepfunctions", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await _load(tx, request["resourceArn"])
        kept = {key: value for key, value in found.tags.items() if key not in request["tagKeys"]}
        await _save(tx, replace(found, tags=kept))
    return {}


@operation("stepfunctions", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await _load(tx, request["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in found.tags.items()]}


async def _load(tx: Transaction, text: str) -> Machine | Activity:
    arn, parts = read_arn(text, "stateMachine", "activity")
    is_machine = arn.resource.startswith("stateMachine")
    found = await (find_machine if is_machine else find_activity)(tx, arn, parts[0])
    if found is None or len(parts) > 1:  # versions and aliases have no tags (recorded)
        raise ResourceNotFound(arn=text)
    return found


async def _save(tx: Transaction, found: Machine | Activity) -> None:
    statement = SQL["put_machine"] if isinstance(found, Machine) else SQL["put_activity"]
    await tx.run(statement, **machine_values(found))

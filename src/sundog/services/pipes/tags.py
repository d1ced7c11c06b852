"""Tags of pipes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.pipes import limits
from sundog.services.pipes.errors import ValidationException
from sundog.services.pipes.model import Pipe
from sundog.services.pipes.rows import SQL, load_pipe, pipe_values
from sundog.store import Transaction


@operation("pipes", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    await _change(ctx, request, request["tags"], ())
    return None


@operation("pipes", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    await _change(ctx, request, {}, request["tagKeys"])
    return None


@operation("pipes", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"tags": dict((await _load(ctx, tx, request)).tags)}


def change_tags(
    tags: Mapping[str, str], added: Mapping[str, str], removed: Collection[str] = ()
) -> dict[str, str]:
    if any(key.lower().startswith("aws:") for key in added):
        raise ValidationException("Tag keys must not begin with aws:.", "tags")
    changed = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    if len(changed) > limits.TAGS_MAX:
        raise ValidationException(f"A pipe can have at most {limits.TAGS_MAX} tags.", "tags")
    return changed


async def _change(ctx: Context, request: Request, added: Mapping[str, str], removed: Collection[str]) -> None:
    async with ctx.store.transaction() as tx:
        pipe = await _load(ctx, tx, request)
        tagged = replace(pipe, tags=change_tags(pipe.tags, added, removed))
        await tx.run(SQL["update_pipe"], **pipe_values(tagged))


async def _load(ctx: Context, tx: Transaction, request: Request) -> Pipe:
    arn = parse_arn(request["resourceArn"])
    kind, _, name = arn.resource.partition("/") if arn is not None else ("", "", "")
    if arn is None or arn.service != "pipes" or arn.scope != ctx.scope or kind != "pipe":
        raise ValidationException(f"{request['resourceArn']} is not the ARN of a pipe.", "resourceArn")
    return await load_pipe(ctx, tx, name)

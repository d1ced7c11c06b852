"""Tags of queues."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.services.sqs import limits
from sundog.services.sqs.errors import InvalidParameterValueException
from sundog.services.sqs.loading import SQL, load_queue, load_queue_for_update
from sundog.services.sqs.rules import require

KEY_LENGTH_MAX, VALUE_LENGTH_MAX = 128, 256


@operation("sqs", "TagQueue")
async def tag_queue(ctx: Context, request: Request) -> Result | None:
    require(request, "Tags")
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        tags = check_tags(queue.tags, request["Tags"], queue.name)
        await tx.run(SQL["set_tags"], id=queue.id, tags=orjson.dumps(tags).decode())
    return None


@operation("sqs", "UntagQueue")
async def untag_queue(ctx: Context, request: Request) -> Result | None:
    require(request, "TagKeys")
    async with ctx.store.transaction() as tx:
        queue = await load_queue_for_update(ctx, tx, request)
        tags = {key: value for key, value in queue.tags.items() if key not in request["TagKeys"]}
        await tx.run(SQL["set_tags"], id=queue.id, tags=orjson.dumps(tags).decode())
    return None


@operation("sqs", "ListQueueTags")
async def list_queue_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        queue = await load_queue(ctx, tx, request)
    return {"Tags": dict(queue.tags)} if queue.tags else {}


def check_tags(current: Mapping[str, str], added: Mapping[str, str], queue_name: str) -> dict[str, str]:
    """``current`` with ``added``."""
    for key, value in added.items():
        if not 1 <= len(key) <= KEY_LENGTH_MAX or len(value) > VALUE_LENGTH_MAX or key.startswith("aws:"):
            raise InvalidParameterValueException(f"Tag {key} of queue {queue_name} is invalid.")
    tags = {**current, **added}
    if len(tags) > limits.TAGS_MAX:
        raise InvalidParameterValueException(f"Too many tags added for queue {queue_name}.")
    return tags

"""Operations on the tags of topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sundog.context import Context, Request, Result, operation
from sundog.services.sns import limits
from sundog.services.sns.errors import ResourceNotFoundException, TagLimitExceededException, invalid
from sundog.services.sns.loading import find_topic
from sundog.services.sns.model import Topic
from sundog.services.sns.names import parse_topic
from sundog.services.sns.rows import SQL, topic_key, write_json
from sundog.store import Transaction


@operation("sns", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request["ResourceArn"], "ResourceArn")
    given = read_tags(request["Tags"])
    async with ctx.store.transaction() as tx:
        topic = await _load(tx, ctx, request)
        tags = {**topic.tags, **given}
        if len(tags) > limits.TAGS_MAX:
            raise TagLimitExceededException
        await tx.run(SQL["set_topic_tags"], **topic_key(arn), tags=write_json(tags))
    return {}


@operation("sns", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result:
    arn = parse_topic(ctx, request["ResourceArn"], "ResourceArn")
    async with ctx.store.transaction() as tx:
        topic = await _load(tx, ctx, request)
        tags = {key: value for key, value in topic.tags.items() if key not in request["TagKeys"]}
        await tx.run(SQL["set_topic_tags"], **topic_key(arn), tags=write_json(tags))
    return {}


@operation("sns", "ListTagsForResource")
async def list_tags_for_resource(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        topic = await _load(tx, ctx, request)
    return {"Tags": [{"Key": key, "Value": value} for key, value in topic.tags.items()]}


def read_tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a request by key, which no two of them share."""
    tags = [(tag["Key"], tag["Value"]) for tag in given]
    if len(dict(tags)) != len(tags):
        raise invalid("Duplicated keys are not allowed.")
    if len(tags) > limits.TAGS_MAX:
        raise TagLimitExceededException
    return dict(tags)


async def _load(tx: Transaction, ctx: Context, request: Request) -> Topic:
    topic = await find_topic(tx, parse_topic(ctx, request["ResourceArn"], "ResourceArn"))
    if topic is None:
        raise ResourceNotFoundException
    return topic

"""Operations on tags, and the check of tags that come with a new resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.errors import DuplicateTagKeysException, TooManyTagsException, invalid
from sundog.services.elbv2.model import Resource
from sundog.services.elbv2.names import kind_of, load
from sundog.services.elbv2.rows import save
from sundog.store import Transaction


def read_tags(
    given: Iterable[Mapping[str, Any]] | None, current: Mapping[str, str] | None = None
) -> dict[str, str]:
    """``current`` with the tags ``given``."""
    tags = list(given or ())
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) != len(keys):
        raise DuplicateTagKeysException
    if any(key.startswith("aws:") for key in keys):
        raise invalid("Tag keys that begin with 'aws:' are reserved for system use")
    merged = {**(current or {}), **{tag["Key"]: tag.get("Value") or "" for tag in tags}}
    if len(merged) > limits.TAGS_MAX:
        raise TooManyTagsException
    return merged


@operation("elbv2", "AddTags")
async def add_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        for resource in await _load_all(ctx, tx, request):
            await save(tx, replace(resource, tags=read_tags(request["Tags"], resource.tags)))
    return {}


@operation("elbv2", "RemoveTags")
async def remove_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        for resource in await _load_all(ctx, tx, request):
            tags = {key: value for key, value in resource.tags.items() if key not in request["TagKeys"]}
            await save(tx, replace(resource, tags=tags))
    return {}


@operation("elbv2", "DescribeTags")
async def describe_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        resources = await _load_all(ctx, tx, request)
    return {
        "TagDescriptions": [
            {
                "ResourceArn": resource.arn,
                "Tags": [{"Key": key, "Value": value} for key, value in resource.tags.items()],
            }
            for resource in resources
        ]
    }


async def _load_all(ctx: Context, tx: Transaction, request: Request) -> list[Resource]:
    arns = request["ResourceArns"]
    if len(arns) > limits.ARNS_MAX:
        raise invalid(f"Up to {limits.ARNS_MAX} resource ARNs can be specified")
    found = []
    for arn in arns:
        kind = kind_of(arn)
        if kind is None:
            raise invalid(f"'{arn}' is not a valid resource ARN")
        found.append(await load(ctx, tx, kind, arn))
    return found

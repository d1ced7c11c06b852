"""Tags of everything that can have them, by ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import load_item, put_item
from sundog.services.apigateway.model import Item, Kind
from sundog.services.apigateway.tagging import check_tags
from sundog.store import Transaction

_STAGE: Final = re.compile(r"/restapis/([^/]+)/stages/([^/]+)")
_TAGGED: Final[Mapping[str, Kind]] = {
    "restapis": "rest_api",
    "apikeys": "api_key",
    "usageplans": "usage_plan",
    "domainnames": "domain_name",
    "vpclinks": "vpc_link",
    "clientcertificates": "client_certificate",
}


@operation("apigateway", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await _load_tagged(ctx, tx, request["resourceArn"])
        await _set_tags(ctx, tx, item, {**item.body.get("tags", {}), **request["tags"]})
    return None


@operation("apigateway", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await _load_tagged(ctx, tx, request["resourceArn"])
        left = {k: v for k, v in item.body.get("tags", {}).items() if k not in request["tagKeys"]}
        await _set_tags(ctx, tx, item, left)
    return None


@operation("apigateway", "GetTags")
async def get_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await _load_tagged(ctx, tx, request["resourceArn"])
    return {"tags": item.body.get("tags", {})}


async def _set_tags(ctx: Context, tx: Transaction, item: Item, tags: Mapping[str, str]) -> None:
    check_tags(tags)
    body = {name: value for name, value in item.body.items() if name != "tags"}
    await put_item(ctx, tx, replace(item, body={**body, **({"tags": tags} if tags else {})}))


async def _load_tagged(ctx: Context, tx: Transaction, text: str) -> Item:
    arn = parse_arn(text)
    if arn is None or arn.service != "apigateway" or arn.region != ctx.scope.region:
        raise BadRequestException("Invalid ARN specified in the request")
    if stage := _STAGE.fullmatch(arn.resource):
        return await load_item(tx, ctx.scope, "stage", stage[2], stage[1])
    _, _, path = arn.resource.partition("/")
    collection, _, id = path.partition("/")
    kind = _TAGGED.get(collection)
    if kind is None or not id or "/" in id:
        raise BadRequestException("Invalid ARN specified in the request")
    return await load_item(tx, ctx.scope, kind, id.partition("+")[0] if kind == "domain_name" else id)

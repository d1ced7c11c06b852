"""Tags of APIs, stages, domain names and VPC links, by ARN."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.errors import BadRequestException, NotFoundException
from sundog.services.apigatewayv2.items import find_item, save_item
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import API, DOMAIN_NAME, STAGE, VPC_LINK
from sundog.services.apigatewayv2.snapshots import Snapshots
from sundog.services.apigatewayv2.tag_rules import change_tags
from sundog.store import Transaction

_RESOURCE: Final = re.compile(
    r"/(?P<kind>apis|domainnames|vpclinks)/(?P<id>[^/]+)(?:/stages/(?P<stage>[^/]+))?"
)
_NOUNS: Final = {"apis": API, "domainnames": DOMAIN_NAME, "vpclinks": VPC_LINK}


@operation("apigatewayv2", "TagResource")
async def tag_resource(ctx: Context, request: Request) -> Result:
    await _retag(ctx, request["ResourceArn"], request.get("Tags") or {}, ())
    return {}


@operation("apigatewayv2", "UntagResource")
async def untag_resource(ctx: Context, request: Request) -> Result | None:
    await _retag(ctx, request["ResourceArn"], {}, request["TagKeys"])
    return None


@operation("apigatewayv2", "GetTags")
async def get_tags(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return {"Tags": (await _load(ctx, tx, request["ResourceArn"])).body.get("Tags") or {}}


async def _retag(ctx: Context, arn: str, added: Mapping[str, str], removed: Collection[str]) -> None:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, arn)
        tags = change_tags(item.body.get("Tags") or {}, added, removed)
        await save_item(ctx, tx, replace(item, body={**item.body, "Tags": tags}))
        ctx.part(Snapshots).changed(tx, item.root)


async def _load(ctx: Context, tx: Transaction, text: str) -> Item:
    arn = parse_arn(text)
    match = _RESOURCE.fullmatch(arn.resource) if arn is not None else None
    if arn is None or match is None or arn.service != "apigateway" or arn.region != ctx.scope.region:
        raise BadRequestException("Invalid resource ARN specified in the request")
    noun, parent, id = _NOUNS[match["kind"]], "", match["id"]
    if match["stage"]:
        noun, parent, id = STAGE, id, match["stage"]
    item = await find_item(ctx, tx, noun, parent, id)
    if item is None:
        raise NotFoundException("Invalid resource identifier specified")
    return item

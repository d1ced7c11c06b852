"""VPC links, as configuration: there is no VPC here, integrations through a link are called like others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import BadRequestException, LimitExceededException
from sundog.services.apigateway.loading import (
    count_items,
    delete_item,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import VPC_LINK
from sundog.services.apigateway.tagging import check_tags


@operation("apigateway", "CreateVpcLink")
async def create_vpc_link(ctx: Context, request: Request) -> Result:
    """Answers PENDING, as on AWS; whoever looks again finds the link ready."""
    body: Body = {
        "id": new_id(ctx.ids),
        **said(request, "name", "description", "tags"),
        "targetArns": list(request["targetArns"]),
        "status": "AVAILABLE",
        "statusMessage": "Your vpc link is ready for use",
    }
    _check(body)
    async with ctx.store.transaction() as tx:
        if await count_items(tx, ctx.scope, "vpc_link") >= limits.VPC_LINKS_MAX:
            raise LimitExceededException("Maximum number of VPC links for this account has been reached")
        await put_new(ctx, tx, "vpc_link", body["id"], body)
    return {**{name: value for name, value in body.items() if name != "statusMessage"}, "status": "PENDING"}


@operation("apigateway", "GetVpcLink")
async def get_vpc_link(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await load_item(tx, ctx.scope, "vpc_link", request["vpcLinkId"])).body)


@operation("apigateway", "GetVpcLinks")
async def get_vpc_links(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        found = await list_page(tx, ctx.scope, "vpc_link", page)
    return answer_page(page, found)


@operation("apigateway", "UpdateVpcLink")
async def update_vpc_link(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        link = await load_item(tx, ctx.scope, "vpc_link", request["vpcLinkId"])
        body = VPC_LINK.apply(link.body, request.get("patchOperations"))
        _check(body)
        await put_item(ctx, tx, replace(link, body=body))
    return {**body, "tags": body.get("tags", {})}


@operation("apigateway", "DeleteVpcLink")
async def delete_vpc_link(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await delete_item(ctx, tx, await load_item(tx, ctx.scope, "vpc_link", request["vpcLinkId"]))
    return None


def _check(body: Mapping[str, Any]) -> None:
    if not body.get("name", "").strip():
        raise BadRequestException("Name cannot be empty")
    if len(body["targetArns"]) != 1:
        raise BadRequestException("Exactly one target ARN must be specified")
    for text in body["targetArns"]:
        if parse_arn(text) is None:
            raise BadRequestException(f"Invalid ARN. ARN is not well formed {text}")
    check_tags(body.get("tags", {}))

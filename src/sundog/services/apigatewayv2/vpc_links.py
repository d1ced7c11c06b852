"""VPC links: configuration only. There is no VPC here.

An integration over a link reaches a load balancer of this server, or a URL as it stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import (
    delete_item,
    insert_item,
    load_item,
    new_id,
    now_s_ms,
    save_item,
)
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import INTEGRATION, VPC_LINK
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.services.apigatewayv2.tag_rules import change_tags


@operation("apigatewayv2", "CreateVpcLink")
async def create_vpc_link(ctx: Context, request: Request) -> Result:
    """It is PENDING in this answer, as on AWS, and AVAILABLE from then on."""
    if not request["SubnetIds"]:
        raise BadRequestException("At least one subnet is required")
    body: dict[str, Any] = {
        "CreatedDate": now_s_ms(ctx.clock),
        "Name": _name(request),
        "SecurityGroupIds": request.get("SecurityGroupIds") or [],
        "SubnetIds": request["SubnetIds"],
        "Tags": change_tags({}, request.get("Tags") or {}),
        "VpcLinkStatus": "AVAILABLE",
        "VpcLinkStatusMessage": "VPC link is ready to route traffic",
        "VpcLinkVersion": "V2",
    }
    id = new_id(ctx.ids)
    async with ctx.store.transaction() as tx:
        item = await insert_item(ctx, tx, Item(VPC_LINK, id, "", id, body), "VPC link already exists")
    return {**item.shown, "VpcLinkStatus": "PENDING", "VpcLinkStatusMessage": "VPC link is provisioning ENIs"}


@operation("apigatewayv2", "GetVpcLink")
async def get_vpc_link(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return (await load_item(ctx, tx, VPC_LINK, "", request["VpcLinkId"])).shown


@operation("apigatewayv2", "GetVpcLinks")
async def get_vpc_links(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        items = await page(ctx, tx, VPC_LINK, "", request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateVpcLink")
async def update_vpc_link(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_item(ctx, tx, VPC_LINK, "", request["VpcLinkId"])
        if request.get("Name") is not None:
            item = await save_item(ctx, tx, replace(item, body={**item.body, "Name": _name(request)}))
    return item.shown


@operation("apigatewayv2", "DeleteVpcLink")
async def delete_vpc_link(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_item(ctx, tx, VPC_LINK, "", request["VpcLinkId"])
        for row in await tx.all(SQL["items_of_kind"], **scope_key(ctx.scope), kind=INTEGRATION.kind):
            user = to_item(row)
            if user.body.get("ConnectionId") == item.id:
                raise BadRequestException(
                    f"Cannot delete VPC link. VPC link '{item.id}', is referenced in API: {user.root}"
                )
        await delete_item(ctx, tx, item)
    return {}


def _name(request: Request) -> str:
    name = str(request["Name"])
    if not 1 <= len(name) <= 128:
        raise BadRequestException("The name of a VPC link must have 1 to 128 characters")
    return name

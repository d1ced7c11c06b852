"""Custom domain names. Certificates are configuration: who listens with them is `sundog up --tls`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.errors import (
    BadRequestException,
    ConflictException,
    NotFoundException,
)
from sundog.services.apigatewayv2.items import find_item, insert_item, new_api_id, save_item
from sundog.services.apigatewayv2.merging import merge
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import DOMAIN_NAME
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.services.apigatewayv2.rows import SQL, scope_key
from sundog.services.apigatewayv2.tag_rules import change_tags
from sundog.store import Transaction

_MEMBERS: Final = {
    "DomainNameConfigurations": "keep",
    "MutualTlsAuthentication": "set",
    "RoutingMode": "keep",
}
_NAME: Final = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z0-9\-]{2,63}")
_ADOPTED_MAX: Final = 500
_ZONE: Final = "Z1UJRXOUMOOFQ8"
"""The hosted zone of regional endpoints in us-east-1; of no use outside AWS, but clients expect one."""


@operation("apigatewayv2", "CreateDomainName")
async def create_domain_name(ctx: Context, request: Request) -> Result:
    name = request["DomainName"].lower()
    if len(name) > 512 or not _NAME.fullmatch(name):
        raise BadRequestException("Invalid domain name specified")
    body: dict[str, Any] = {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": name,
        "DomainNameArn": f"arn:{ctx.scope.partition}:apigateway:{ctx.scope.region}::/domainnames/{name}",
        "RoutingMode": "API_MAPPING_ONLY",
        **merge({}, request, _MEMBERS),
        "Tags": change_tags({}, request.get("Tags") or {}),
    }
    async with ctx.store.transaction() as tx:
        if await tx.one(SQL["root"], root=name, kind=DOMAIN_NAME.kind) is not None:
            raise ConflictException("The domain name you provided already exists.")
        item = Item(DOMAIN_NAME, name, "", name, _configured(ctx, body))
        await insert_item(ctx, tx, item, "The domain name you provided already exists.")
        ctx.part(Domains).changed(tx, name)
    return item.shown


@operation("apigatewayv2", "GetDomainName")
async def get_domain_name(ctx: Context, request: Request) -> Result:
    await adopt(ctx, request["DomainName"])
    async with ctx.store.transaction() as tx:
        return (await load_domain(ctx, tx, request["DomainName"])).shown


@operation("apigatewayv2", "GetDomainNames")
async def get_domain_names(ctx: Context, request: Request) -> Result:
    for found in (await ctx.dispatch("apigateway", "GetDomainNames", {"limit": _ADOPTED_MAX})).get(
        "items"
    ) or ():
        await adopt(ctx, found["domainName"])
    async with ctx.store.transaction() as tx:
        items = await page(ctx, tx, DOMAIN_NAME, "", request)
    return write_page(request, items, [item.shown for item in items])


@operation("apigatewayv2", "UpdateDomainName")
async def update_domain_name(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await load_domain(ctx, tx, request["DomainName"])
        item = replace(item, body=_configured(ctx, merge(item.body, request, _MEMBERS)))
        await save_item(ctx, tx, item)
        ctx.part(Domains).changed(tx, item.id)
    return item.shown


@operation("apigatewayv2", "DeleteDomainName")
async def delete_domain_name(ctx: Context, request: Request) -> Result | None:
    """Its mappings and rules go with it."""
    async with ctx.store.transaction() as tx:
        item = await load_domain(ctx, tx, request["DomainName"])
        await tx.run(SQL["delete_root"], **scope_key(ctx.scope), root=item.id)
        ctx.part(Domains).changed(tx, item.id, is_gone=True)
    return None


async def adopt(ctx: Context, name: str) -> None:
    """A name that the first API has made is one of this API too, as on AWS, for as long as it has it."""
    name = name.lower()
    async with ctx.store.transaction() as tx:
        known = await find_item(ctx, tx, DOMAIN_NAME, "", name)
    if known is not None and not known.body.get("IsAdopted"):
        return
    try:
        found = await ctx.dispatch("apigateway", "GetDomainName", {"domainName": name})
    except AwsError:
        found = {}
    if bool(found) == (known is not None):
        return
    async with ctx.store.transaction() as tx:
        if found:
            item = Item(DOMAIN_NAME, name, "", name, _adopted(found))
            await insert_item(ctx, tx, item, "The domain name you provided already exists.")
        else:
            await tx.run(SQL["delete_root"], **scope_key(ctx.scope), root=name)
        ctx.part(Domains).changed(tx, name, is_gone=not found)


def _adopted(found: Mapping[str, Any]) -> dict[str, Any]:
    is_edge = "EDGE" in (found.get("endpointConfiguration") or {}).get("types", ())
    configuration = {
        "ApiGatewayDomainName": found.get("distributionDomainName" if is_edge else "regionalDomainName"),
        "CertificateArn": found.get("certificateArn" if is_edge else "regionalCertificateArn"),
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": "EDGE" if is_edge else "REGIONAL",
        "HostedZoneId": found.get("distributionHostedZoneId" if is_edge else "regionalHostedZoneId"),
        "SecurityPolicy": found.get("securityPolicy") or "TLS_1_2",
    }
    return {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": found["domainName"],
        "DomainNameArn": found.get("domainNameArn"),
        "DomainNameConfigurations": [{k: v for k, v in configuration.items() if v is not None}],
        "IsAdopted": True,
        "RoutingMode": "API_MAPPING_ONLY",
        "Tags": found.get("tags") or {},
    }


async def load_domain(ctx: Context, tx: Transaction, name: str) -> Item:
    item = await find_item(ctx, tx, DOMAIN_NAME, "", name.lower())
    if item is None:
        raise NotFoundException("Invalid domain name identifier specified")
    return item


def _configured(ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """With the address and state of its configuration, of which there has to be one."""
    configurations = list(body.get("DomainNameConfigurations") or ())
    if len(configurations) != 1:
        raise BadRequestException("A domain name must have exactly one domain name configuration")
    configuration = dict(configurations[0])
    if not configuration.get("CertificateArn"):
        raise BadRequestException("A certificate ARN is required for a domain name configuration")
    if configuration.setdefault("EndpointType", "REGIONAL") != "REGIONAL":
        raise BadRequestException("Only the endpoint type REGIONAL is supported for HTTP and WEBSOCKET APIs")
    if configuration.setdefault("SecurityPolicy", "TLS_1_2") != "TLS_1_2":
        raise BadRequestException("The security policy of a regional domain name must be TLS_1_2")
    host = f"d-{new_api_id(ctx.ids)}.execute-api.{ctx.scope.region}.amazonaws.com"
    configuration.setdefault("ApiGatewayDomainName", host)
    configuration.setdefault("HostedZoneId", _ZONE)
    configuration.setdefault("IpAddressType", "ipv4")
    configuration["DomainNameStatus"] = "AVAILABLE"
    return {**body, "DomainNameConfigurations": [configuration]}

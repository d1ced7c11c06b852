"""Custom domain names. Certificates are configuration: who listens with them is `sundog up --tls`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.domain_certificates import (
    check_certificates,
    check_foreign_certificates,
)
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import (
    delete_item,
    delete_owned,
    find_item,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import API_ID_LENGTH, new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import DOMAIN_NAME
from sundog.services.apigateway.resource_policies import check_policy, whole_policy
from sundog.services.apigateway.rest_apis import endpoint_configuration
from sundog.services.apigateway.tagging import check_tags

_NAME: Final = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z0-9\-]{2,63}")
_EDGE_ZONE: Final = "Z2FDTNDATAQYW2"
"""The hosted zone of CloudFront distributions, the same everywhere."""
_REGIONAL_ZONES: Final[Mapping[str, str]] = {
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
}
_SAID: Final = (
    "certificateName",
    "certificateArn",
    "regionalCertificateName",
    "regionalCertificateArn",
    "ownershipVerificationCertificateArn",
    "mutualTlsAuthentication",
    "policy",
    "endpointAccessMode",
    "tags",
)
DISTRIBUTION_LENGTH, REGIONAL_LENGTH = 13, 10


@operation("apigateway", "CreateDomainName")
async def create_domain_name(ctx: Context, request: Request) -> Result:
    name = request["domainName"].lower()
    if not _NAME.fullmatch(name):
        raise BadRequestException("Invalid domain name specified")
    body: Body = {
        "domainName": name,
        **said(request, *_SAID),
        "endpointConfiguration": endpoint_configuration(request.get("endpointConfiguration") or {}),
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": request.get("securityPolicy") or "TLS_1_2",
        "routingMode": request.get("routingMode") or "BASE_PATH_MAPPING_ONLY",
    }
    check_foreign_certificates(body)
    body = _placed(ctx, body)
    check_tags(body.get("tags", {}))
    _check(body, ctx.scope.region)
    async with ctx.store.transaction() as tx:
        if await find_item(tx, ctx.scope, "domain_name", name) is not None:
            raise BadRequestException("The domain name you provided already exists.")
        await put_new(ctx, tx, "domain_name", name, body, handle=name)
    return body


@operation("apigateway", "GetDomainName")
async def get_domain_name(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())).body)


@operation("apigateway", "GetDomainNames")
async def get_domain_names(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    if request.get("resourceOwner") == "OTHER_ACCOUNTS":
        return {"items": []}  # sharing goes by access associations, which are refused
    async with ctx.store.transaction() as tx:
        found = await list_page(tx, ctx.scope, "domain_name", page)
    return answer_page(page, found)


@operation("apigateway", "UpdateDomainName")
async def update_domain_name(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        domain = await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())
        body = DOMAIN_NAME.apply(domain.body, request.get("patchOperations"))
        body["endpointConfiguration"] = endpoint_configuration(body.get("endpointConfiguration", {}))
        body = _placed(ctx, body)
        _check(body, ctx.scope.region)
        await put_item(ctx, tx, replace(domain, body=body))
    return {**body, "tags": body.get("tags", {})}


@operation("apigateway", "DeleteDomainName")
async def delete_domain_name(ctx: Context, request: Request) -> Result | None:
    """Its mappings go with it."""
    async with ctx.store.transaction() as tx:
        domain = await load_item(tx, ctx.scope, "domain_name", request["domainName"].lower())
        await delete_owned(tx, ctx.scope, domain.id)
        await delete_item(ctx, tx, domain)
    return None


def _placed(ctx: Context, body: Body) -> Body:
    """With the addresses that its endpoint types give it, as far as it has none yet."""
    types, added = body["endpointConfiguration"]["types"], dict[str, Any]()
    resource = f"/domainnames/{body['domainName']}"
    if "PRIVATE" in types:
        added["domainNameId"] = new_id(ctx.ids, API_ID_LENGTH)
        resource += f"+{body.get('domainNameId', added['domainNameId'])}"
        account = ctx.scope.account
    else:
        account = ""
    added["domainNameArn"] = f"arn:{ctx.scope.partition}:apigateway:{ctx.scope.region}:{account}:{resource}"
    if "EDGE" in types:
        added["distributionDomainName"] = f"d{new_id(ctx.ids, DISTRIBUTION_LENGTH)}.cloudfront.net"
        added["distributionHostedZoneId"] = _EDGE_ZONE
    if "REGIONAL" in types:
        id, region = new_id(ctx.ids, REGIONAL_LENGTH), ctx.scope.region
        added["regionalDomainName"] = f"d-{id}.execute-api.{region}.amazonaws.com"
        added["regionalHostedZoneId"] = _REGIONAL_ZONES.get(region, _REGIONAL_ZONES["us-east-1"])
    if body.get("certificateArn") or body.get("certificateName"):
        added["certificateUploadDate"] = ctx.clock.now_ms()
    body = {**added, **body}
    if "policy" in body:
        body["policy"] = whole_policy(body["policy"], ctx.scope, resource)
    return body


def _check(body: Mapping[str, Any], region: str) -> None:
    types = body["endpointConfiguration"]["types"]
    if len(types) != 1 or types[0] not in ("EDGE", "REGIONAL", "PRIVATE"):
        raise BadRequestException("Invalid EndpointTypes provided")
    check_certificates(types[0], body, region)
    if body.get("policy") and types != ["PRIVATE"]:
        raise BadRequestException("Policies are supported for private custom domain names only")
    check_policy(body.get("policy"))

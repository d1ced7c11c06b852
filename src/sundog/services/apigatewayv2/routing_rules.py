"""Routing rules of domain names: which API a request is for, by base path and headers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.domain_names import adopt, load_domain
from sundog.services.apigatewayv2.domains import Domains
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import delete_item, insert_item, load_item, new_id, save_item
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import ROUTING_RULE
from sundog.services.apigatewayv2.pages import page, write_page
from sundog.store import Transaction


@operation("apigatewayv2", "CreateRoutingRule")
async def create_routing_rule(ctx: Context, request: Request) -> Result:
    await _check_domain(ctx, request)
    async with ctx.store.transaction() as tx:
        domain = await load_domain(ctx, tx, request["DomainName"])
        item = Item(ROUTING_RULE, domain.id, domain.id, new_id(ctx.ids), _body(request))
        item = replace(item, body={**item.body, "RoutingRuleArn": _arn(ctx, item)})
        await insert_item(ctx, tx, item, _conflict(item))
        ctx.part(Domains).changed(tx, domain.id)
    return item.shown


@operation("apigatewayv2", "GetRoutingRule")
async def get_routing_rule(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return (await _load(ctx, tx, request)).shown


@operation("apigatewayv2", "ListRoutingRules")
async def list_routing_rules(ctx: Context, request: Request) -> Result:
    await _check_domain(ctx, request)
    async with ctx.store.transaction() as tx:
        domain = await load_domain(ctx, tx, request["DomainName"])
        items = await page(ctx, tx, ROUTING_RULE, domain.id, request)
    answer = write_page(request, items, [item.shown for item in items])
    answer["RoutingRules"] = answer.pop("Items")
    return answer


@operation("apigatewayv2", "PutRoutingRule")
async def put_routing_rule(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request)
        item = replace(item, body={**item.body, **_body(request)})
        await save_item(ctx, tx, item, _conflict(item))
        ctx.part(Domains).changed(tx, item.root)
    return item.shown


@operation("apigatewayv2", "DeleteRoutingRule")
async def delete_routing_rule(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        item = await _load(ctx, tx, request)
        await delete_item(ctx, tx, item)
        ctx.part(Domains).changed(tx, item.root)
    return None


async def _check_domain(ctx: Context, request: Request) -> None:
    if request.get("DomainNameId"):
        raise UnsupportedOperation(
            what="routing rules of private domain names", remedy="Use base path mappings for those."
        )
    await adopt(ctx, request["DomainName"])


async def _load(ctx: Context, tx: Transaction, request: Request) -> Item:
    domain = await load_domain(ctx, tx, request["DomainName"])
    return await load_item(ctx, tx, ROUTING_RULE, domain.id, request["RoutingRuleId"])


def _body(request: Request) -> dict[str, Any]:
    actions, conditions = request["Actions"], request["Conditions"]
    if len(actions) != 1:
        raise BadRequestException("A routing rule must have exactly one action")
    if len(conditions) > limits.RULE_CONDITIONS_MAX:
        raise BadRequestException("A routing rule can have one base path and two header conditions at most")
    for condition in conditions:
        _check_condition(condition)
    return {"Actions": actions, "Conditions": conditions, "Priority": request["Priority"]}


def _check_condition(condition: Mapping[str, Any]) -> None:
    paths, headers = condition.get("MatchBasePaths"), condition.get("MatchHeaders")
    if (paths is None) == (headers is None):
        raise BadRequestException("A condition must match either base paths or headers")
    if not (paths or headers or {}).get("AnyOf"):
        raise BadRequestException("A condition must name at least one value")


def _arn(ctx: Context, item: Item) -> str:
    scope = ctx.scope
    place = f"/domainnames/{item.root}/routingrules/{item.id}"
    return f"arn:{scope.partition}:apigateway:{scope.region}:{scope.account}:{place}"


def _conflict(item: Item) -> str:
    return f"A routing rule with priority {item.name} already exists for this domain name"

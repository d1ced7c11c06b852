"""Usage plans: which stages may be called how often with the keys of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    LimitExceededException,
    NotFoundException,
)
from sundog.services.apigateway.loading import (
    count_items,
    delete_item,
    delete_owned,
    find_item,
    list_everywhere,
    list_items,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, cut, parse_page
from sundog.services.apigateway.patches import USAGE_PLAN
from sundog.services.apigateway.rows import SQL, scope_key
from sundog.services.apigateway.tagging import check_tags
from sundog.store import Transaction

OFFSETS_MAX: Final[Mapping[str, int]] = {"DAY": 0, "WEEK": 6, "MONTH": 27}
"""The last day of a period on which it may begin."""


@operation("apigateway", "CreateUsagePlan")
async def create_usage_plan(ctx: Context, request: Request) -> Result:
    body: Body = {
        "id": new_id(ctx.ids),
        **said(request, "name", "description", "quota", "tags"),
        "apiStages": [_api_stage(one) for one in request.get("apiStages") or ()],
    }
    if throttle := request.get("throttle"):
        body["throttle"] = _throttle(throttle)
    if "quota" in body:
        body["quota"] = {"offset": 0, **body["quota"]}
    _check_plan(body)
    others = await _sockets_stages(ctx, ((one["apiId"], one["stage"]) for one in body["apiStages"]))
    async with ctx.store.transaction() as tx:
        if await count_items(tx, ctx.scope, "usage_plan") >= limits.USAGE_PLANS_MAX:
            raise LimitExceededException("Maximum number of usage plans for this account has been reached")
        for one in body["apiStages"]:
            if not await _has_stage(ctx, tx, one, others):
                raise BadRequestException(
                    f"Invalid API Stage {{api: {one['apiId']}, stage: {one['stage']}}} specified for"
                    f" usageplan {body['name']}"
                )
        await put_new(ctx, tx, "usage_plan", body["id"], body)
    return body


@operation("apigateway", "GetUsagePlan")
async def get_usage_plan(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return dict((await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])).body)


@operation("apigateway", "GetUsagePlans")
async def get_usage_plans(ctx: Context, request: Request) -> Result:
    """All, or those that a key is in."""
    page, key_id = parse_page(request), request.get("keyId")
    async with ctx.store.transaction() as tx:
        plans = await list_items(tx, ctx.scope, "usage_plan")
        if key_id:
            await load_item(tx, ctx.scope, "api_key", key_id)
            held = await list_everywhere(tx, ctx.scope, "usage_plan_key")
            of_key = {one.owner for one in held if one.id == key_id}
            plans = [plan for plan in plans if plan.id in of_key]
    return answer_page(page, cut(plans, page))


@operation("apigateway", "UpdateUsagePlan")
async def update_usage_plan(ctx: Context, request: Request) -> Result:
    others = await _sockets_stages(ctx, _named_stages(request))
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        body = {"apiStages": [], **USAGE_PLAN.apply(plan.body, request.get("patchOperations"))}
        if "quota" in body:
            body["quota"] = {"offset": 0, **body["quota"]}
        _check_plan(body)
        for one in _added(plan.body["apiStages"], body["apiStages"]):
            if not await _has_stage(ctx, tx, one, others):
                raise NotFoundException(f"API Stage not found: {one['apiId']}:{one['stage']}")
        await put_item(ctx, tx, replace(plan, body=body))
    return body


@operation("apigateway", "DeleteUsagePlan")
async def delete_usage_plan(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        stages = [f"{one['apiId']}:{one['stage']}" for one in plan.body["apiStages"]]
        if stages:
            raise BadRequestException(
                f"Cannot delete Usage Plan {plan.id} because there are API Stages associated with it,"
                f" including {stages[0]}"
            )
        await delete_owned(tx, ctx.scope, plan.id)
        await tx.run(SQL["delete_usage"], **scope_key(ctx.scope), plan_id=plan.id, key_id="")
        await delete_item(ctx, tx, plan)
    return None


def _api_stage(asked: Mapping[str, Any]) -> Body:
    throttle = {path: _throttle(one) for path, one in (asked.get("throttle") or {}).items()}
    body = {"apiId": asked.get("apiId") or "", "stage": asked.get("stage") or ""}
    return {**body, **({"throttle": throttle} if throttle else {})}


def _throttle(asked: Mapping[str, Any]) -> Body:
    return {
        "burstLimit": int(asked.get("burstLimit") or 0),
        "rateLimit": float(asked.get("rateLimit") or 0),
    }


def _added(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    known = {(one["apiId"], one["stage"]) for one in before}
    return [one for one in after if (one["apiId"], one["stage"]) not in known]


async def _sockets_stages(ctx: Context, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the APIs and stages that are WebSocket APIs': plans may have them as well.

    Their ids end in a digit, and the other service knows them.
    """
    found = set()
    for api_id, stage in names:
        if not api_id[-1:].isdigit():
            continue
        with suppress(AwsError):
            await ctx.dispatch("apigatewayv2", "GetStage", {"ApiId": api_id, "StageName": stage})
            api = await ctx.dispatch("apigatewayv2", "GetApi", {"ApiId": api_id})
            if api["ProtocolType"] == "WEBSOCKET":
                found.add((api_id, stage))
    return found


async def _has_stage(
    ctx: Context, tx: Transaction, one: Mapping[str, Any], others: set[tuple[str, str]]
) -> bool:
    if (one["apiId"], one["stage"]) in others:
        return True
    return await find_item(tx, ctx.scope, "stage", one["stage"], one["apiId"]) is not None


def _named_stages(request: Request) -> Iterator[tuple[str, str]]:
    """APIs and stages in patches: ``/apiStages`` with the value ``api:stage``."""
    for patch in request.get("patchOperations") or ():
        api_id, _, stage = (patch.get("value") or "").partition(":")
        if patch.get("path") == "/apiStages" and stage:
            yield api_id, stage


def _check_plan(body: Mapping[str, Any]) -> None:
    if not body.get("name", "").strip():
        raise BadRequestException("Usage Plan name cannot be blank")
    check_tags(body.get("tags", {}))
    throttle = body.get("throttle", {})
    if throttle.get("rateLimit", 0) < 0 or throttle.get("burstLimit", 0) < 0:
        raise BadRequestException("Usage Plan throttle limits must not be negative")
    if (quota := body.get("quota")) is not None:
        _check_quota(quota)


def _check_quota(quota: Mapping[str, Any]) -> None:
    period = quota.get("period") or ""
    if period not in OFFSETS_MAX:
        raise BadRequestException(
            f"Usage Plan quota must have a period. Must be one of: [{', '.join(OFFSETS_MAX)}]"
        )
    if quota.get("limit", 0) < 1:
        raise BadRequestException("Usage Plan quota limit must be at least 1")
    if not 0 <= quota["offset"] <= OFFSETS_MAX[period]:
        last = OFFSETS_MAX[period]
        allowed = f"between 0 and {last}" if last else "zero"
        raise BadRequestException(f"Usage Plan quota offset must be {allowed} in the {period} period")

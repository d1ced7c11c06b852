"""Stages: create, get, list, update (and promote a canary), delete, flush their caches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.account import load_account
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.loading import (
    count_items,
    delete_item,
    find_item,
    list_below,
    list_items,
    load_api,
    load_item,
    put_item,
    put_new,
)
from sundog.services.apigateway.stage_patches import patch_stage
from sundog.services.apigateway.stage_rules import check_stage, clustered, new_stage
from sundog.services.apigateway.tagging import check_tags
from sundog.services.apigateway.uses import leave_plans
from sundog.store import Transaction

RESPONSES: Final = "responses"
AUTHORIZERS: Final = "authorizers"
"""The two caches of a stage, as flushes name them: items ``cache_flush`` with id ``<stage>/responses``."""


@operation("apigateway", "CreateStage")
async def create_stage(ctx: Context, request: Request) -> Result:
    name, api_id = request["stageName"], request["restApiId"]
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        if await find_item(tx, ctx.scope, "stage", name, api_id) is not None:
            raise ConflictException("Stage already exists")
        await check_room(ctx, tx, api_id)
        body = clustered(new_stage(name, request["deploymentId"], request, ctx.clock.now_ms()))
        await _check(ctx, tx, api_id, body)
        await put_new(ctx, tx, "stage", name, body, owner=api_id)
    return body


@operation("apigateway", "GetStage")
async def get_stage(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        stage = await load_item(tx, ctx.scope, "stage", request["stageName"], request["restApiId"])
    return dict(stage.body)


@operation("apigateway", "GetStages")
async def get_stages(ctx: Context, request: Request) -> Result:
    """All of them, or those that show one deployment."""
    deployment_id = request.get("deploymentId")
    async with ctx.store.transaction() as tx:
        api = await load_api(tx, ctx.scope, request["restApiId"])
        stages = await list_items(tx, ctx.scope, "stage", api.id)
    shown = [dict(stage.body) for stage in stages]
    return {"item": [body for body in shown if deployment_id in (None, body["deploymentId"])]}


@operation("apigateway", "UpdateStage")
async def update_stage(ctx: Context, request: Request) -> Result:
    api_id = request["restApiId"]
    async with ctx.store.transaction() as tx:
        stage = await load_item(tx, ctx.scope, "stage", request["stageName"], api_id)
        body = clustered(patch_stage(stage.body, request.get("patchOperations")))
        body["lastUpdatedDate"] = ctx.clock.now_ms()
        await _check(ctx, tx, api_id, body)
        await _check_logging(ctx, tx, body)
        await put_item(ctx, tx, replace(stage, body=body))
    return body


@operation("apigateway", "DeleteStage")
async def delete_stage(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        stage = await load_item(tx, ctx.scope, "stage", request["stageName"], request["restApiId"])
        for flush in await list_below(tx, ctx.scope, "cache_flush", stage.owner, f"{stage.id}/"):
            await delete_item(ctx, tx, flush)
        await leave_plans(ctx, tx, stage.owner, stage.id)
        await delete_item(ctx, tx, stage)
    return None


@operation("apigateway", "FlushStageCache")
async def flush_stage_cache(ctx: Context, request: Request) -> Result | None:
    await _flush(ctx, request, RESPONSES)
    return None


@operation("apigateway", "FlushStageAuthorizersCache")
async def flush_stage_authorizers_cache(ctx: Context, request: Request) -> Result | None:
    await _flush(ctx, request, AUTHORIZERS)
    return None


async def _flush(ctx: Context, request: Request, what: str) -> None:
    """The data plane keeps caches in memory; like every change, this one is an item that it hears of."""
    name, api_id = request["stageName"], request["restApiId"]
    async with ctx.store.transaction() as tx:
        await load_item(tx, ctx.scope, "stage", name, api_id)
        body = {"flushedDate": ctx.clock.now_ms()}
        await put_new(ctx, tx, "cache_flush", f"{name}/{what}", body, owner=api_id)


async def check_room(ctx: Context, tx: Transaction, api_id: str) -> None:
    if await count_items(tx, ctx.scope, "stage", api_id) >= limits.STAGES_MAX:
        raise LimitExceededException("Maximum number of stages for this API has been reached")


async def _check(ctx: Context, tx: Transaction, api_id: str, body: Mapping[str, Any]) -> None:
    """What a stage points to is there."""
    check_stage(body)
    check_tags(body.get("tags", {}))
    canary = body.get("canarySettings", {})
    for id in {body.get("deploymentId", ""), canary.get("deploymentId", body.get("deploymentId", ""))}:
        if await find_item(tx, ctx.scope, "deployment", id, api_id) is None:
            raise BadRequestException("Deployment id does not exist")
    if version := body.get("documentationVersion"):
        await load_item(tx, ctx.scope, "documentation_version", version, api_id)
    if certificate := body.get("clientCertificateId"):
        await load_item(tx, ctx.scope, "client_certificate", certificate)


async def _check_logging(ctx: Context, tx: Transaction, body: Mapping[str, Any]) -> None:
    levels = {setting.get("loggingLevel", "OFF") for setting in body["methodSettings"].values()}
    if levels <= {"OFF"} and "accessLogSettings" not in body:
        return
    if not (await load_account(ctx, tx)).get("cloudwatchRoleArn"):
        raise BadRequestException(
            "CloudWatch Logs role ARN must be set in account settings to enable logging"
        )

"""ExportApi: an HTTP API as an OpenAPI 3 document, as it is now or as a stage has it deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog.context import Context, Request, Result, operation
from sundog.front.hosts import stage_url
from sundog.lang.openapi.document import write_document
from sundog.services.apigatewayv2.deploying import freeze
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import load_api, load_item
from sundog.services.apigatewayv2.nouns import STAGE
from sundog.services.apigatewayv2.openapi_writing import write_http_api
from sundog.services.apigatewayv2.rows import SQL, scope_key
from sundog.store import Transaction


@operation("apigatewayv2", "ExportApi")
async def export_api(ctx: Context, request: Request) -> Result:
    _check(request)
    stage = request.get("StageName") or ""
    async with ctx.store.transaction() as tx:
        api = await load_api(ctx, tx, request["ApiId"])
        if api.body["ProtocolType"] != "HTTP":
            raise BadRequestException("Only HTTP APIs can be exported")
        frozen = await (_deployed(ctx, tx, api.id, stage) if stage else freeze(ctx, tx, api.id))
    url = stage_url(f"http://{ctx.host}", api.id, ctx.scope.region, "$default")
    shown = "" if stage == "$default" else stage
    document = write_http_api(frozen, url, shown, extensions=request.get("IncludeExtensions") is not False)
    return {"body": write_document(document, as_yaml=request["OutputType"] == "YAML")}


def _check(request: Request) -> None:
    if request["Specification"] != "OAS30":
        raise BadRequestException("Invalid specification. Valid values: OAS30")
    if request["OutputType"] not in ("JSON", "YAML"):
        raise BadRequestException("Invalid output type. Valid values: JSON, YAML")
    if (request.get("ExportVersion") or "1.0") != "1.0":
        raise BadRequestException("Invalid export version. Valid values: 1.0")


async def _deployed(ctx: Context, tx: Transaction, api_id: str, name: str) -> Mapping[str, Any]:
    stage = await load_item(ctx, tx, STAGE, api_id, name)
    deployment_id = stage.body.get("DeploymentId", "")
    row = await tx.one(SQL["snapshot"], **scope_key(ctx.scope), api_id=api_id, deployment_id=deployment_id)
    if row is None:
        raise BadRequestException(f"Nothing is deployed to stage {name}")
    found: dict[str, Any] = orjson.loads(row["document"])
    return found

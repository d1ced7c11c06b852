"""GetExport: the API that a stage shows, as an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.lang.openapi import Extensions, write_api, write_document
from sundog.lang.openapi.documentation import EXTENSION, write_documentation
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import find_item, load_item
from sundog.services.apigateway.model import Item
from sundog.services.apigateway.snapshots import find_snapshot
from sundog.store import Transaction

EXPORT_TYPES: Final = ("swagger", "oas30")
EXTENSIONS: Final = ("integrations", "authorizers", "apigateway", "documentation")


@operation("apigateway", "GetExport")
async def get_export(ctx: Context, request: Request) -> Result:
    api_id, kind = request["restApiId"], request["exportType"]
    if kind not in EXPORT_TYPES:
        raise BadRequestException(f"Invalid export type specified. Must be one of: {list(EXPORT_TYPES)}")
    wanted = _extensions(request)
    async with ctx.store.transaction() as tx:
        stage = await load_item(tx, ctx.scope, "stage", request["stageName"], api_id)
        snapshot = await find_snapshot(tx, ctx.scope, api_id, stage.body["deploymentId"])
        version = await _documentation(tx, ctx, stage)
    assert snapshot is not None, "a stage shows a deployment"
    created = _time(snapshot["restApi"]["createdDate"])
    document = write_api(
        snapshot,
        is_swagger=kind == "swagger",
        extensions=Extensions(
            "integrations" in wanted, "authorizers" in wanted, everything="apigateway" in wanted
        ),
        host=f"{api_id}.execute-api.{ctx.scope.region}.amazonaws.com",
        stage=stage.id,
        created=created,
        parts=version.get("documentationParts", ()),
    )
    if version and "documentation" in wanted:
        document[EXTENSION] = write_documentation(
            version["documentationParts"], version, _time(version["createdDate"])
        )
    return _answer(document, kind, as_yaml="yaml" in (request.get("accepts") or ""))


def _answer(document: Mapping[str, Any], kind: str, *, as_yaml: bool) -> Result:
    ending = "yaml" if as_yaml else "json"
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{kind}_{document["info"]["version"]}.{ending}"',
        "body": write_document(document, as_yaml=as_yaml),
    }


def _extensions(request: Request) -> list[str]:
    said = (request.get("parameters") or {}).get("extensions", "")
    wanted = [name.strip() for name in said.split(",") if name.strip()]
    if "postman" in wanted:
        raise UnsupportedOperation(
            what="Exports with Postman's extensions", remedy="Postman imports an oas30 export as it is."
        )
    if unknown := [name for name in wanted if name not in EXTENSIONS]:
        raise BadRequestException(f"Invalid extensions specified: {', '.join(unknown)}")
    return wanted


async def _documentation(tx: Transaction, ctx: Context, stage: Item) -> Mapping[str, Any]:
    """The version of the documentation that the stage shows, with its parts; empty if it shows none."""
    name = stage.body.get("documentationVersion")
    if not name:
        return {}
    version = await find_item(tx, ctx.scope, "documentation_version", name, stage.owner)
    frozen = await find_item(tx, ctx.scope, "snapshot", f"documentation/{name}", stage.owner)
    if version is None or frozen is None:
        return {}
    return {**version.body, **frozen.body}


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

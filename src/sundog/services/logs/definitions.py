"""Saved Logs Insights queries, for those who keep them with their stacks."""

from __future__ import annotations

from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.services.logs import limits
from sundog.services.logs.documents import (
    DEFINITION,
    delete_document,
    find_document,
    list_documents,
    put_document,
)
from sundog.services.logs.errors import LimitExceededException, ResourceNotFoundException
from sundog.services.logs.rules import page, with_token
from sundog.store import Transaction

_GIVEN = ("name", "queryString", "logGroupNames", "parameters")
_DESCRIBED = ("queryLanguage", "queryDefinitionId", *_GIVEN, "lastModified")


@operation("logs", "PutQueryDefinition")
async def put_query_definition(ctx: Context, request: Request) -> Result:
    """A definition with an id is replaced whole; one without gets an id, the same one for the same token."""
    token = request.get("clientToken", "")
    async with ctx.store.transaction() as tx:
        known = await list_documents(tx, ctx, DEFINITION)
        id = request.get("queryDefinitionId") or _id_of(known, token)
        if request.get("queryDefinitionId"):
            await _definition(tx, ctx, request["queryDefinitionId"])
        elif id is None and len(known) >= limits.QUERY_DEFINITIONS_MAX:
            raise LimitExceededException
        document: dict[str, Any] = {
            "queryDefinitionId": id or ctx.ids.uuid(),
            "queryLanguage": request.get("queryLanguage", "CWLI"),
            "lastModified": ctx.clock.now_ms(),
            "clientToken": token,
        } | {name: request[name] for name in _GIVEN if name in request}
        await put_document(tx, ctx, DEFINITION, document["queryDefinitionId"], document)
    return {"queryDefinitionId": document["queryDefinitionId"]}


@operation("logs", "DescribeQueryDefinitions")
async def describe_query_definitions(ctx: Context, request: Request) -> Result:
    prefix, language = request.get("queryDefinitionNamePrefix", ""), request.get("queryLanguage")
    async with ctx.store.transaction() as tx:
        documents = await list_documents(tx, ctx, DEFINITION)
    wanted = [
        {name: document[name] for name in _DESCRIBED if name in document}
        for document in sorted(documents, key=lambda d: (d["name"], d["queryDefinitionId"]))
        if document["name"].startswith(prefix) and language in (None, document["queryLanguage"])
    ]
    items, token = page(wanted, request, "maxResults")
    return with_token({"queryDefinitions": items}, token)


@operation("logs", "DeleteQueryDefinition")
async def delete_query_definition(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        await _definition(tx, ctx, request["queryDefinitionId"])
        await delete_document(tx, ctx, DEFINITION, request["queryDefinitionId"])
    return {"success": True}


async def _definition(tx: Transaction, ctx: Context, id: str) -> None:
    if await find_document(tx, ctx, DEFINITION, id) is None:
        raise ResourceNotFoundException(what="query definition")


def _id_of(known: list[dict[str, Any]], token: str) -> str | None:
    """The id of the definition that an earlier call with this token has made."""
    return next((d["queryDefinitionId"] for d in known if token and d["clientToken"] == token), None)

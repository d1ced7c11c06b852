"""Resources: the tree of paths of an API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import (
    BadRequestException,
    ConflictException,
    LimitExceededException,
)
from sundog.services.apigateway.loading import (
    delete_item,
    list_below,
    list_items,
    load_api,
    load_item,
    missing,
    put_item,
    put_new,
)
from sundog.services.apigateway.methods import shown_method
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import RESOURCE
from sundog.store import Transaction

_PATH_PART: Final = re.compile(r"[a-zA-Z0-9._\-:,]+|\{[a-zA-Z0-9._\-:]+\+?\}")
_GREEDY_END: Final = "+}"

Tree = Mapping[str, Item]
"""All resources of an API by id."""


@operation("apigateway", "CreateResource")
async def create_resource(ctx: Context, request: Request) -> Result:
    api_id, part = request["restApiId"], request["pathPart"]
    async with ctx.store.transaction() as tx:
        tree = await load_tree(tx, ctx, api_id)
        parent = tree.get(request["parentId"])
        if parent is None:
            raise missing(ctx.scope, "resource", request["parentId"])
        return dict((await add_resource(ctx, tx, api_id, tree, parent, part)).body)


async def add_resource(
    ctx: Context, tx: Transaction, api_id: str, tree: Tree, parent: Item, part: str
) -> Item:
    check_path_part(part)
    _check_place(tree, parent, part, "")
    if len(tree) >= limits.RESOURCES_MAX:
        raise LimitExceededException(
            f"Maximum number of resources for this API has been reached. Please contact AWS if you need"
            f" additional resources ({limits.RESOURCES_MAX})"
        )
    id = new_id(ctx.ids)
    body = {
        "id": id,
        "parentId": parent.id,
        "pathPart": part,
        "path": child_path(parent.body["path"], part),
    }
    return await put_new(ctx, tx, "resource", id, body, owner=api_id)


@operation("apigateway", "GetResource")
async def get_resource(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["resourceId"]
    async with ctx.store.transaction() as tx:
        resource = await load_item(tx, ctx.scope, "resource", id, api_id)
        methods = await list_below(tx, ctx.scope, "method", api_id, f"{id}/")
    return describe_resource(resource, methods, embeds="methods" in (request.get("embed") or ()))


@operation("apigateway", "GetResources")
async def get_resources(ctx: Context, request: Request) -> Result:
    api_id, page = request["restApiId"], parse_page(request)
    embeds = "methods" in (request.get("embed") or ())
    async with ctx.store.transaction() as tx:
        await load_api(tx, ctx.scope, api_id)
        found = await list_page(tx, ctx.scope, "resource", page, api_id)
        methods = by_resource(await list_items(tx, ctx.scope, "method", api_id))
    shown = [describe_resource(item, methods.get(item.id, ()), embeds=embeds) for item in found]
    return answer_page(page, found, shown)


@operation("apigateway", "UpdateResource")
async def update_resource(ctx: Context, request: Request) -> Result:
    api_id, id = request["restApiId"], request["resourceId"]
    async with ctx.store.transaction() as tx:
        tree = await load_tree(tx, ctx, api_id)
        if (resource := tree.get(id)) is None:
            raise missing(ctx.scope, "resource", id)
        body = RESOURCE.apply(resource.body, request.get("patchOperations"))
        moved = {**tree, id: replace(resource, body=body)}
        _check_move(ctx, tree, resource, body)
        for item in repathed(moved, id):
            await put_item(ctx, tx, item)
        return dict((await load_item(tx, ctx.scope, "resource", id, api_id)).body)


@operation("apigateway", "DeleteResource")
async def delete_resource(ctx: Context, request: Request) -> Result | None:
    api_id, id = request["restApiId"], request["resourceId"]
    async with ctx.store.transaction() as tx:
        tree = await load_tree(tx, ctx, api_id)
        if (resource := tree.get(id)) is None:
            raise missing(ctx.scope, "resource", id)
        if "parentId" not in resource.body:
            raise BadRequestException("Cannot delete root resource.")
        for item in [resource, *descendants(tree, id)]:
            for method in await list_below(tx, ctx.scope, "method", api_id, f"{item.id}/"):
                await delete_item(ctx, tx, method)
            await delete_item(ctx, tx, item)
    return None


# The tree


async def load_tree(tx: Transaction, ctx: Context, api_id: str) -> dict[str, Item]:
    return {item.id: item for item in await list_items(tx, ctx.scope, "resource", api_id)}


def children(tree: Tree, parent_id: str) -> list[Item]:
    return [item for item in tree.values() if item.body.get("parentId") == parent_id]


def descendants(tree: Tree, id: str) -> list[Item]:
    """Everything below, parents before their children."""
    found: list[Item] = []
    for child in children(tree, id):
        found += [child, *descendants(tree, child.id)]
    return found


def child_path(parent_path: str, part: str) -> str:
    return f"{parent_path.rstrip('/')}/{part}"


def repathed(tree: dict[str, Item], id: str) -> list[Item]:
    """The resource and all below it with the paths that their parents give them now."""
    paths = {item.id: item.body["path"] for item in tree.values()}
    changed = []
    for item in [tree[id], *descendants(tree, id)]:
        body = dict(item.body)
        if "parentId" in body:
            paths[item.id] = body["path"] = child_path(paths[body["parentId"]], body["pathPart"])
        changed.append(replace(item, body=body))
    return changed


def by_resource(methods: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for method in methods:
        found.setdefault(method.id.partition("/")[0], []).append(method)
    return found


def describe_resource(resource: Item, methods: Iterable[Item], *, embeds: bool) -> Body:
    """With the names of its methods, or with all that they are."""
    shown = {one.body["httpMethod"]: shown_method(one.body) if embeds else {} for one in methods}
    return {**resource.body, **({"resourceMethods": shown} if shown else {})}


# What a path part may be


def check_path_part(part: str) -> None:
    if not _PATH_PART.fullmatch(part):
        raise BadRequestException(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces"
            " at the beginning and the end."
        )


def _check_place(tree: Tree, parent: Item, part: str, own_id: str) -> None:
    """``own_id``: the resource that moves there, empty for a new one."""
    parent_part = parent.body.get("pathPart", "")
    if parent_part.endswith(_GREEDY_END):
        raise BadRequestException(
            f"Cannot create a child of a resource with a greedy path variable: {parent_part}"
        )
    siblings = [child.body["pathPart"] for child in children(tree, parent.id) if child.id != own_id]
    if part in siblings:
        raise ConflictException(f"Another resource with the same parent already has this name: {part}")
    variable = next((sibling for sibling in siblings if sibling.startswith("{")), None)
    if variable is not None and part.startswith("{"):
        raise BadRequestException(
            f"A sibling ({variable}) of this resource already has a variable path part -- only one is allowed"
        )


def _check_move(ctx: Context, tree: Tree, resource: Item, body: Mapping[str, Any]) -> None:
    changed = [name for name in ("pathPart", "parentId") if body.get(name) != resource.body.get(name)]
    if not changed:
        return
    if "parentId" not in resource.body:
        raise BadRequestException(f"Root resource cannot update its {changed[0]}.")
    check_path_part(body.get("pathPart", ""))
    parent = tree.get(body.get("parentId", ""))
    if parent is None:
        raise missing(ctx.scope, "resource", body.get("parentId", ""))
    if parent.id in {resource.id, *(item.id for item in descendants(tree, resource.id))}:
        raise BadRequestException("Resources cannot be cyclical.")
    _check_place(tree, parent, body["pathPart"], resource.id)

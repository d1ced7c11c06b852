"""A deployment: the whole API frozen as one document.

``{"restApi", "resources", "models", "requestValidators", "authorizers", "gatewayResponses"}``, each as the
Get operations answer it: resources with ``resourceMethods`` and all that is in them, all 21 gateway responses
as they take effect. The policy of the API stands in it unescaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.gateway_responses import all_effective, by_type
from sundog.services.apigateway.loading import find_item, list_items
from sundog.services.apigateway.model import Body, Item
from sundog.services.apigateway.resource_policies import with_whole_policy
from sundog.services.apigateway.resources import by_resource, describe_resource
from sundog.store import Transaction


async def freeze(ctx: Context, tx: Transaction, api: Item) -> Body:
    """The document of ``api`` as it is now."""

    async def bodies(kind: Any) -> list[Body]:
        return [dict(item.body) for item in await list_items(tx, ctx.scope, kind, api.id)]

    methods = by_resource(await list_items(tx, ctx.scope, "method", api.id))
    resources = await list_items(tx, ctx.scope, "resource", api.id)
    defined = by_type(await list_items(tx, ctx.scope, "gateway_response", api.id))
    return {
        "restApi": with_whole_policy(dict(api.body), api.scope),
        "resources": [describe_resource(item, methods.get(item.id, ()), embeds=True) for item in resources],
        "models": await bodies("model"),
        "requestValidators": await bodies("request_validator"),
        "authorizers": await bodies("authorizer"),
        "gatewayResponses": all_effective(defined),
    }


async def find_snapshot(
    tx: Transaction, scope: Scope, api_id: str, deployment_id: str
) -> Mapping[str, Any] | None:
    item = await find_item(tx, scope, "snapshot", deployment_id, api_id)
    return item.body if item is not None else None


def check_complete(snapshot: Mapping[str, Any]) -> None:
    """An API can be deployed once it has methods, and each of them something to call."""
    methods = list(_methods(snapshot["resources"]))
    if not methods:
        raise BadRequestException("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise BadRequestException("No integration defined for method")


def summarize(snapshot: Mapping[str, Any]) -> Body:
    """``apiSummary``: by path and method what protects it."""
    return {
        resource["path"]: {
            name: {
                "authorizationType": method["authorizationType"],
                "apiKeyRequired": method["apiKeyRequired"],
            }
            for name, method in resource["resourceMethods"].items()
        }
        for resource in snapshot["resources"]
        if "resourceMethods" in resource
    }


def _methods(resources: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (method for one in resources for method in one.get("resourceMethods", {}).values())

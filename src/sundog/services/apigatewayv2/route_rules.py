"""What a route may be, and what it is where a request does not say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.api_rules import check_selection
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.model import Item

MEMBERS: Final = {
    "ApiKeyRequired": "keep",
    "AuthorizationScopes": "keep",
    "AuthorizationType": "keep",
    "AuthorizerId": "set",
    "ModelSelectionExpression": "set",
    "OperationName": "set",
    "RequestModels": "map",
    "RequestParameters": "map",
    "RouteKey": "keep",
    "RouteResponseSelectionExpression": "set",
    "Target": "set",
}
_SOCKET_ONLY: Final = (
    "ApiKeyRequired",
    "ModelSelectionExpression",
    "RequestModels",
    "RequestParameters",
    "RouteResponseSelectionExpression",
)
_HTTP_KEY: Final = re.compile(r"(ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\S*)")
_SCOPE: Final = re.compile(r"[!#-\[\]-~]{1,64}")
"""https://datatracker.ietf.org/doc/html/rfc6749#section-3.3"""
_VARIABLE: Final = re.compile(r"\{[A-Za-z0-9._:-]+\+?\}")
_PARAMETER: Final = re.compile(r"route\.request\.(header|querystring)\.[^\s]+")


def new_route(api: Item, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a route: ``asked``, checked, and the defaults of its kind."""
    body = {"ApiKeyRequired": False, "AuthorizationType": "NONE", **asked}
    is_http = api.body["ProtocolType"] == "HTTP"
    check_route_key(body["RouteKey"], is_http=is_http)
    if is_http:
        _check_http(body)
    else:
        _check_websocket(body)
    if body["AuthorizationType"] in ("NONE", "AWS_IAM"):
        body.pop("AuthorizerId", None)
    elif not body.get("AuthorizerId"):
        raise BadRequestException(
            f"AuthorizerId is required for authorization type {body['AuthorizationType']}"
        )
    if body.get("AuthorizationScopes") and body["AuthorizationType"] != "JWT":
        raise BadRequestException("Authorization scopes are only supported for JWT authorization")
    _check_scopes(body.get("AuthorizationScopes") or ())
    return body


def _check_scopes(scopes: Sequence[str]) -> None:
    if len(scopes) > limits.SCOPES_MAX:
        raise BadRequestException(f"A route can have at most {limits.SCOPES_MAX} authorization scopes")
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise BadRequestException(f"Invalid authorization scope specified: {scope}")


def check_route_key(key: str, *, is_http: bool) -> None:
    if not key:
        raise BadRequestException("Route key is required")
    if len(key) > limits.ROUTE_KEY_MAX:
        raise BadRequestException(f"Route key can be at most {limits.ROUTE_KEY_MAX} characters long")
    if is_http and key != "$default" and not _is_http_key(key):
        raise BadRequestException(
            "The provided route key is not formatted properly for HTTP protocol. Format should be"
            ' "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    if not is_http and key.startswith("$") and key not in ("$connect", "$disconnect", "$default"):
        raise BadRequestException(
            f"Invalid route key {key}: only $connect, $disconnect and $default begin with $"
        )


def target_of(body: Mapping[str, Any]) -> str:
    """The IntegrationId that a route's Target names; empty where it has none."""
    return str(body.get("Target") or "").removeprefix("integrations/")


def _is_http_key(key: str) -> bool:
    match = _HTTP_KEY.fullmatch(key)
    if match is None:
        return False
    segments = match[2].removeprefix("/").split("/")
    names = []
    for position, segment in enumerate(segments):
        if "{" not in segment and "}" not in segment:
            continue
        if not _VARIABLE.fullmatch(segment) or (segment.endswith("+}") and position < len(segments) - 1):
            return False
        names.append(segment.strip("{+}"))
    return len(set(names)) == len(names)


def _check_http(body: Mapping[str, Any]) -> None:
    for member in _SOCKET_ONLY:
        if body.get(member):
            raise BadRequestException(f"{member} is not supported for protocol type HTTP")


def _check_websocket(body: Mapping[str, Any]) -> None:
    if body["AuthorizationType"] == "JWT":
        raise BadRequestException("JWT authorization is not supported for protocol type WEBSOCKET")
    if body["AuthorizationType"] != "NONE" and body["RouteKey"] != "$connect":
        raise BadRequestException("Currently, authorization is restricted to the $connect route only")
    for member in ("ModelSelectionExpression",):
        if body.get(member):
            check_selection(body[member])
    if (body.get("RouteResponseSelectionExpression") or "$default") != "$default":
        raise BadRequestException("Currently, the RouteResponseSelectionExpression can only be $default")
    for name in body.get("RequestParameters") or ():
        if not _PARAMETER.fullmatch(name):
            raise BadRequestException(f"Invalid request parameter specified: {name}")

"""``$context`` of a call: what mappings and access logs may name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sundog.services.apigatewayv2.execute.call import Call, Identity, Routed
from sundog.services.apigatewayv2.execute.events import claim_texts
from sundog.services.apigatewayv2.execute.expressions import Sources


def context_of(call: Call, routed: Routed | None = None) -> dict[str, Any]:
    """As nested mappings. Before a route is found there is none to name."""
    http = call.http
    identity = routed.identity if routed else Identity("")
    context: dict[str, Any] = {
        "accountId": call.snapshot.scope.account,
        "apiId": call.snapshot.api_id,
        "authorizer": authorizer_of(identity),
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "extendedRequestId": call.request_id,
        "httpMethod": http.method,
        "identity": _identity(call, identity),
        "path": call.path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": call.time_text,
        "requestTimeEpoch": call.now_ms // 1000,
        "routeKey": routed.route_key if routed else None,
        "stage": call.snapshot.stage_name,
    }
    if call.base_path:
        context["customDomain"] = {"basePathMatched": call.base_path}
    return context


def sources_of(routed: Routed) -> Sources:
    """What expressions about the request read."""
    call = routed.call
    return Sources(
        call.http.pairs,
        call.http.body,
        context_of(call, routed),
        call.snapshot.variables,
        call.http.query,
        unquote(call.route_path),
        routed.parameters,
    )


def authorizer_of(identity: Identity) -> Mapping[str, Any]:
    if identity.kind == "jwt":
        return {"claims": claim_texts(identity.claims)}
    if identity.kind == "lambda":
        return {"principalId": identity.principal_id or None, **identity.context}
    return {}


def _identity(call: Call, identity: Identity) -> dict[str, Any]:
    caller = identity.principal
    found: dict[str, Any] = {
        "sourceIp": call.http.source_ip,
        "userAgent": call.http.headers.get("user-agent", ""),
    }
    if caller is not None:
        found |= {
            "accountId": caller.account,
            "caller": caller.user_id,
            "user": caller.user_id,
            "userArn": caller.arn,
        }
    return found

"""The event that a function gets of a request: payload formats 1.0 and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sundog.front.headers import DROPPED_FROM_REQUESTS, Pairs, grouped, values_of, without
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.execute.call import Call, Identity, Routed, query_pairs

_TEXT_TYPES: Final = ("text/", "application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES: Final = ("+json", "+xml")
_COOKIE: Final = frozenset(("cookie",))
_REWRITTEN: Final = DROPPED_FROM_REQUESTS | {
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}


def write_event(version: str, routed: Routed) -> dict[str, Any]:
    return event_1(routed) if version == "1.0" else event_2(routed)


def event_2(routed: Routed) -> dict[str, Any]:
    text, is_base64 = body_text(routed.call.http)
    event = {**request_2(routed), "requestContext": context_2(routed)}
    if text:
        event["body"] = text
    event["isBase64Encoded"] = is_base64
    return event


def request_2(routed: Routed) -> dict[str, Any]:
    """What events of functions and of authorizers share."""
    call, http = routed.call, routed.call.http
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": routed.route_key,
        "rawPath": call.path,
        "rawQueryString": http.query,
    }
    pairs = forwarded(call)
    if lines := values_of(pairs, "cookie"):
        event["cookies"] = [cookie.strip() for line in lines for cookie in line.split(";")]
    event["headers"] = joined(without(pairs, _COOKIE))
    if parameters := joined(query_pairs(http.query), fold=False):
        event["queryStringParameters"] = parameters
    if routed.parameters:
        event["pathParameters"] = dict(routed.parameters)
    if call.snapshot.variables:
        event["stageVariables"] = dict(call.snapshot.variables)
    return event


def context_2(routed: Routed) -> dict[str, Any]:
    call, http = routed.call, routed.call.http
    context: dict[str, Any] = {
        "accountId": call.snapshot.scope.account,
        "apiId": call.snapshot.api_id,
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "http": {
            "method": http.method,
            "path": call.path,
            "protocol": "HTTP/1.1",
            "sourceIp": http.source_ip,
            "userAgent": http.headers.get("user-agent", ""),
        },
        "requestId": call.request_id,
        "routeKey": routed.route_key,
        "stage": call.snapshot.stage_name,
        "time": call.time_text,
        "timeEpoch": call.now_ms,
    }
    if routed.identity.kind:
        context["authorizer"] = authorizer_2(routed.identity)
    return context


def authorizer_2(identity: Identity) -> dict[str, Any]:
    if identity.kind == "jwt":
        scopes = None if identity.scopes is None else list(identity.scopes)
        return {"jwt": {"claims": claim_texts(identity.claims), "scopes": scopes}}
    if identity.kind == "lambda":
        return {"lambda": dict(identity.context) or None}
    assert identity.principal is not None
    caller = identity.principal
    return {
        "iam": {
            "accessKey": caller.access_key_id,
            "accountId": caller.account,
            "callerId": caller.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": caller.arn,
            "userId": caller.user_id,
        }
    }


def event_1(routed: Routed) -> dict[str, Any]:
    text, is_base64 = body_text(routed.call.http)
    return {
        **request_1(routed),
        "requestContext": context_1(routed),
        "body": text or None,
        "isBase64Encoded": is_base64,
    }


def request_1(routed: Routed) -> dict[str, Any]:
    http = routed.call.http
    headers = grouped(forwarded(routed.call))
    query = _listed(query_pairs(http.query))
    return {
        "version": "1.0",
        "resource": _resource(routed),
        "path": routed.call.path,
        "httpMethod": http.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(routed.parameters) or None,
        "stageVariables": dict(routed.call.snapshot.variables) or None,
    }


def context_1(routed: Routed) -> dict[str, Any]:
    call, http = routed.call, routed.call.http
    return {
        "accountId": call.snapshot.scope.account,
        "apiId": call.snapshot.api_id,
        "authorizer": authorizer_1(routed.identity),
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "extendedRequestId": call.request_id,
        "httpMethod": http.method,
        "identity": _identity_1(call, routed.identity),
        "path": call.path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": call.time_text,
        "requestTimeEpoch": call.now_ms,
        "resourceId": routed.route_key,
        "resourcePath": _resource(routed),
        "stage": call.snapshot.stage_name,
    }


def authorizer_1(identity: Identity) -> dict[str, Any]:
    if identity.kind == "jwt":
        scopes = None if identity.scopes is None else list(identity.scopes)
        return {"claims": claim_texts(identity.claims), "scopes": scopes}
    if identity.kind == "lambda":
        return {"principalId": identity.principal_id, **identity.context}
    return {"claims": None, "scopes": None}


def _identity_1(call: Call, identity: Identity) -> dict[str, Any]:
    caller = identity.principal
    return {
        "accessKey": caller.access_key_id if caller else None,
        "accountId": caller.account if caller else None,
        "caller": caller.user_id if caller else None,
        "cognitoAmr": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": call.http.source_ip,
        "user": caller.user_id if caller else None,
        "userAgent": call.http.headers.get("user-agent", ""),
        "userArn": caller.arn if caller else None,
    }


def claim_texts(claims: Mapping[str, Any]) -> dict[str, str]:
    """Claims reach functions as texts, whatever they were in the token."""
    return {name: _claim(value) for name, value in claims.items()}


def _claim(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(_claim(one) for one in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_claim(one)}' for name, one in value.items())}]"
    return "<nil>" if value is None else str(value)


def _resource(routed: Routed) -> str:
    """The path of the route key, variables and all."""
    return routed.route_key.partition(" ")[2] or routed.route_key


# Parts of a request


def forwarded(call: Call) -> Pairs:
    """The client's header lines without those of its connection, with what a gateway adds."""
    http = call.http
    host, colon, port = http.host.rpartition(":")
    before = http.headers.get("x-forwarded-for", "")
    return (
        *without(http.pairs, _REWRITTEN),
        ("Content-Length", str(len(http.body))),
        ("X-Amzn-Trace-Id", call.trace_header),
        ("X-Forwarded-For", f"{before}, {http.source_ip}" if before else http.source_ip),
        ("X-Forwarded-Port", port if colon and host else {"https": "443"}.get(http.scheme, "80")),
        ("X-Forwarded-Proto", http.scheme),
    )


def joined(pairs: Iterable[tuple[str, str]], *, fold: bool = True) -> dict[str, str]:
    """Values of a name that comes more than once by commas; ``fold`` makes names lower case."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower() if fold else name
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _listed(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def body_text(http: HttpRequest) -> tuple[str, bool]:
    """Text where its type says that it is text, else base64; an empty body is neither."""
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = kind.startswith(_TEXT_TYPES) or kind.endswith(_TEXT_SUFFIXES)
    if is_text and "content-encoding" not in http.headers:
        try:
            return http.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(http.body).decode(), bool(http.body)

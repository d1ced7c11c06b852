"""An HTTP request to an endpoint behind a connection, as a value; pure.

What a connection adds: its credentials, and its invocation parameters, which win over the request's own
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from sundog.bus import HttpCall
from sundog.services.events.connection_rules import API_KEY, BASIC, INVOCATION, Parameters

HEADERS: Mapping[str, str] = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "close",
}
"""What EventBridge adds to each request to an API destination.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

_BODYLESS = ("GET", "HEAD")


def fill_path(endpoint: str, values: Sequence[str]) -> str:
    """The endpoint with each ``*`` of it replaced by the next value, percent-encoded; missing ones are
    empty.
    """
    pieces = endpoint.split("*")
    filled = pieces[0]
    for number, piece in enumerate(pieces[1:]):
        value = values[number] if number < len(values) else ""
        filled += quote(value, safe="") + piece
    return filled


def destination_call(method: str, endpoint: str, body: str, target: Mapping[str, Any]) -> HttpCall:
    """What a target's HttpParameters make of an endpoint; the body goes where the method has one."""
    given = target.get("HeaderParameters") or {}
    names = {name.lower() for name in given}
    own = {name: value for name, value in HEADERS.items() if name.lower() not in names}
    return HttpCall(
        method,
        fill_path(endpoint, target.get("PathParameterValues") or ()),
        {**own, **given},
        dict(target.get("QueryStringParameters") or {}),
        b"" if method in _BODYLESS else body.encode(),
    )


def authorize(call: HttpCall, type: str, parameters: Parameters, token: str = "") -> HttpCall:
    """The call with the connection's parameters and credentials; ``token`` is a whole Authorization
    header.
    """
    call = add_parameters(call, parameters.get(INVOCATION) or {})
    if type == API_KEY:
        key = parameters["ApiKeyAuthParameters"]
        return _with_header(call, key["ApiKeyName"], key["ApiKeyValue"])
    if type == BASIC:
        user = parameters["BasicAuthParameters"]
        return _with_header(call, "Authorization", basic(user["Username"], user["Password"]))
    return _with_header(call, "Authorization", token)


def add_parameters(call: HttpCall, http: Mapping[str, Any]) -> HttpCall:
    """Headers and query parameters win over the call's own; body parameters go into a JSON object."""
    for parameter in http.get("HeaderParameters") or ():
        call = _with_header(call, parameter.get("Key", ""), parameter.get("Value", ""))
    query = {**call.query, **_pairs(http.get("QueryStringParameters"))}
    return replace(call, query=query, body=merge_body(call.body, _pairs(http.get("BodyParameters"))))


def merge_body(body: bytes, added: Mapping[str, str]) -> bytes:
    """A body that is no JSON object has no place for parameters: it stays as it is."""
    if not added:
        return body
    try:
        value = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps({**value, **added}) if isinstance(value, dict) else body


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def token_call(oauth: Parameters) -> HttpCall:
    """The request for an access token: client credentials and parameters as a form, GET as a query."""
    client, http = oauth["ClientParameters"], oauth.get("OAuthHttpParameters") or {}
    form = {
        "grant_type": "client_credentials",
        "client_id": client["ClientID"],
        "client_secret": client["ClientSecret"],
        **_pairs(http.get("BodyParameters")),
    }
    call = HttpCall(oauth["HttpMethod"], oauth["AuthorizationEndpoint"])
    for parameter in http.get("HeaderParameters") or ():
        call = _with_header(call, parameter.get("Key", ""), parameter.get("Value", ""))
    query = _pairs(http.get("QueryStringParameters"))
    if call.method == "GET":
        return replace(call, query={**form, **query})
    headers = {"Content-Type": "application/x-www-form-urlencoded", **call.headers}
    return replace(call, headers=headers, query=query, body=urlencode(form).encode())


def _pairs(parameters: Sequence[Mapping[str, Any]] | None) -> dict[str, str]:
    return {one.get("Key", ""): one.get("Value", "") for one in parameters or ()}


def _with_header(call: HttpCall, name: str, value: str) -> HttpCall:
    kept = {known: text for known, text in call.headers.items() if known.lower() != name.lower()}
    return replace(call, headers={**kept, name: value})

"""Lambda proxy integrations: the request as the event a function gets, its answer as the HTTP response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html. The answer
is read as AWS's Java does: numbers and flags become texts, everything else is malformed, other members too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import orjson

from sundog.front.headers import remapped
from sundog.front.http_call import Answer
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.media import JSON, BinaryTypes, NotBase64, decoded

_MEMBERS: Final = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))


class Malformed(ValueError):
    """The function's answer is no HTTP response."""


def write_event(call: Call) -> bytes:
    """The event, in the order AWS writes it."""
    body, is_base64 = event_body(call)
    event = request_event(call)
    event["body"], event["isBase64Encoded"] = body, is_base64
    return orjson.dumps(event)


def request_event(call: Call) -> dict[str, Any]:
    """What events of functions and of REQUEST authorizers have in common."""
    queries = call.multi_query
    return {
        "resource": call.method.path,
        "path": call.address.path,
        "httpMethod": call.http.method,
        "headers": call.headers or None,
        "multiValueHeaders": call.multi_headers or None,
        "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": dict(call.parameters) or None,
        "stageVariables": dict(call.variables) or None,
        "requestContext": call.request_context,
    }


def event_body(call: Call) -> tuple[str | None, bool]:
    """Base64 where the API holds the type for binary; null where there is none."""
    if not call.http.body:
        return None, False
    if call.program.binary_types.has(call.http.headers.get("content-type")):
        return base64.b64encode(call.http.body).decode(), True
    return call.body_text, False


def read_answer(payload: bytes, types: BinaryTypes, accept: str | None) -> HttpResponse:
    """Raises `Malformed`."""
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Malformed("no JSON") from error
    if not isinstance(answer, dict):
        raise Malformed("no object")
    if unknown := set(answer) - _MEMBERS:
        raise Malformed(f"unknown members {sorted(unknown)}")
    status = _status(answer.get("statusCode"))
    is_base64 = _flag(answer.get("isBase64Encoded"))
    body = ("" if answer.get("body") is None else _scalar(answer["body"])).encode("utf-8", "replace")
    if is_base64 and types.has(accept):
        try:
            body = decoded(body)
        except NotBase64 as error:
            raise Malformed("the body is no Base64") from error
    return _response(Answer(status, _lines(answer), body))


def _response(answer: Answer) -> HttpResponse:
    lines = remapped(answer.pairs)
    has_type = any(name.lower() == "content-type" for name, _ in lines)
    return HttpResponse(answer.status, answer.body, {} if has_type else {"Content-Type": JSON}, pairs=lines)


def _lines(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Values of multiValueHeaders first, then those of headers that are not among them.

    A name in both is spelled as in ``headers``.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for name, values in _object(answer.get("multiValueHeaders")).items():
        if values is None:
            continue
        if not isinstance(values, list):
            raise Malformed(f"values of {name} are no list")
        found.setdefault(name.lower(), (name, []))[1].extend(_scalar(value) for value in values)
    for name, value in _object(answer.get("headers")).items():
        if value is None:
            continue
        text, known = _scalar(value), found.get(name.lower(), (name, []))[1]
        found[name.lower()] = name, known if text in known else [*known, text]
    return tuple((name, value) for name, values in found.values() for value in values)


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("headers are no object")
    return value


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Malformed("a text is none")


def _status(value: Any) -> int:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and 200 <= int(text) <= 599):
        raise Malformed("no statusCode")
    return int(text)


def _flag(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value in ("true", "false", ""):
        return value == "true"
    raise Malformed("isBase64Encoded is no flag")

"""Function URLs as values: the HTTP request as the event a function gets, its answer as the HTTP response.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html (payload format 2.0)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sundog.context import Principal
from sundog.protocol.http import HttpRequest, HttpResponse

_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"))
"""Follow from the connection and the body; a function's own would contradict them."""


@dataclass(frozen=True, slots=True)
class UrlCall:
    """One request to a function URL. ``caller`` is None where the URL asks for no signature."""

    url_id: str
    domain: str
    path: str
    request_id: str
    trace_header: str
    now_ms: int
    caller: Principal | None


class BadAnswer(ValueError):
    """The function answered something that is no HTTP response."""


def write_event(call: UrlCall, http: HttpRequest) -> bytes:
    text, is_base64 = _body(http)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": call.path,
        "rawQueryString": http.query,
        "headers": _headers(call, http),
        "requestContext": _context(call, http),
    }
    if cookies := http.headers.get("cookie"):
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if parameters := _parameters(http.query):
        event["queryStringParameters"] = parameters
    if text:
        event["body"] = text
    event["isBase64Encoded"] = is_base64
    return orjson.dumps(event)


def _headers(call: UrlCall, http: HttpRequest) -> dict[str, str]:
    host, _, port = http.host.rpartition(":")
    return {
        **http.headers,
        "x-amzn-trace-id": call.trace_header,
        "x-forwarded-for": http.source_ip,
        "x-forwarded-port": port if host else "80",
        "x-forwarded-proto": "http",
    }


def _context(call: UrlCall, http: HttpRequest) -> dict[str, Any]:
    moment = datetime.fromtimestamp(call.now_ms // 1000, UTC)
    context: dict[str, Any] = {
        "accountId": call.caller.account if call.caller else "anonymous",
        "apiId": call.url_id,
        "domainName": call.domain,
        "domainPrefix": call.url_id,
        "http": {
            "method": http.method,
            "path": call.path,
            "protocol": "HTTP/1.1",
            "sourceIp": http.source_ip,
            "userAgent": http.headers.get("user-agent", ""),
        },
        "requestId": call.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": f"{moment:%d/%b/%Y:%H:%M:%S} +0000",
        "timeEpoch": call.now_ms,
    }
    if call.caller is not None:
        context["authorizer"] = {
            "iam": {
                "accessKey": call.caller.access_key_id,
                "accountId": call.caller.account,
                "callerId": call.caller.user_id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": call.caller.arn,
                "userId": call.caller.user_id,
            }
        }
    return context


def _parameters(query: str) -> dict[str, str]:
    """Values of a name that comes more than once are joined by commas."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(http: HttpRequest) -> tuple[str, bool]:
    """Text where its type says that it is text, else base64; an empty body is neither."""
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_TEXT_TYPES) or kind.endswith(_TEXT_SUFFIXES):
        try:
            return http.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(http.body).decode(), bool(http.body)


def read_answer(payload: bytes, request_id: str, trace_header: str) -> HttpResponse:
    """What ``payload`` means: a document with a statusCode, or anything else as the body itself."""
    answer = _json(payload)
    always = {"x-amzn-requestid": request_id, "x-amzn-trace-id": trace_header}
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer.encode() if isinstance(answer, str) else orjson.dumps(answer)
        return HttpResponse(200, body, {"content-type": "application/json", **always})
    status, headers, cookies = read_head(answer)
    return HttpResponse(
        status,
        _answer_body(answer),
        {"content-type": "application/json", **headers, **always},
        cookies=cookies,
    )


def read_head(answer: Mapping[str, Any]) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Status, headers and cookies that the function names."""
    status = answer.get("statusCode", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise BadAnswer(f"statusCode is {status!r}")
    if not isinstance(answer.get("headers") or {}, dict) or not isinstance(answer.get("cookies") or [], list):
        raise BadAnswer("headers or cookies have another form")
    headers = {
        _header_name(name): _text(value)
        for name, value in (answer.get("headers") or {}).items()
        if name.lower() not in _OWN_HEADERS
    }
    return status, headers, tuple(_text(cookie) for cookie in answer.get("cookies") or ())


def _json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("the answer is not JSON") from error


def _answer_body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise BadAnswer("the body is not a text")
    if not answer.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:  # of base64, and of text that is not ASCII
        raise BadAnswer("the body is not base64") from error


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise BadAnswer(f"{name!r} is no name of a header")
    return name.lower()


def _text(value: object) -> str:
    """As a header: no line may end within it."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        raise BadAnswer("a header is not a text")
    if "\r" in text or "\n" in text or "\0" in text:
        raise BadAnswer("a header holds the end of a line")
    return text


# Cross-origin requests


def is_preflight(http: HttpRequest, cors: Mapping[str, Any]) -> bool:
    """Whether the URL itself answers: the function never sees a preflight where Cors is set."""
    return bool(cors) and http.method == "OPTIONS" and "access-control-request-method" in http.headers


def cors_headers(http: HttpRequest, cors: Mapping[str, Any], *, preflight: bool) -> dict[str, str]:
    """What the URL's Cors adds to an answer; nothing for an origin that is not allowed."""
    origin, allowed = http.headers.get("origin", ""), cors.get("AllowOrigins") or ()
    if not origin or not ("*" in allowed or origin in allowed):
        return {}
    credentials = bool(cors.get("AllowCredentials"))
    headers = {
        "access-control-allow-origin": "*" if "*" in allowed and not credentials else origin,
        "vary": "Origin",
    }
    if credentials:
        headers["access-control-allow-credentials"] = "true"
    if exposed := cors.get("ExposeHeaders"):
        headers["access-control-expose-headers"] = ",".join(exposed)
    if preflight:
        for member, name in (("AllowMethods", "methods"), ("AllowHeaders", "headers")):
            if values := cors.get(member):
                headers[f"access-control-allow-{name}"] = ",".join(values)
        if cors.get("MaxAge") is not None:
            headers["access-control-max-age"] = str(cors["MaxAge"])
    return headers

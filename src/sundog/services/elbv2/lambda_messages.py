"""Requests as the events that functions get from a load balancer, and their answers as responses.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from sundog.front.headers import OF_THE_CONNECTION, grouped
from sundog.services.elbv2 import attributes, limits
from sundog.services.elbv2.answers import SERVER, Answer
from sundog.services.elbv2.matching import Incoming
from sundog.services.elbv2.model import Resource

_TEXT_TYPES: Final = ("text/",)
_TEXTS: Final = frozenset(("application/json", "application/javascript", "application/xml"))
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DEFAULT_TYPE: Final = "application/octet-stream"


class BadAnswer(ValueError):
    """What the function answered is no response of a load balancer's target."""


def has_multi_values(group: Resource) -> bool:
    return attributes.value_of(group, "lambda.multi_value_headers.enabled") == "true"


def write_event(group: Resource, incoming: Incoming) -> bytes:
    """``incoming`` carries the headers that the load balancer adds. Query values stay encoded."""
    parameters = [part.partition("=")[::2] for part in incoming.query.split("&") if part]
    text, is_base64 = _body(incoming)
    return orjson.dumps(
        {
            "requestContext": {"elb": {"targetGroupArn": group.arn}},
            "httpMethod": incoming.method,
            "path": incoming.path,
            **_named(group, "queryStringParameters", "multiValueQueryStringParameters", parameters),
            **_named(group, "headers", "multiValueHeaders", incoming.pairs),
            "body": text,
            "isBase64Encoded": is_base64,
        }
    )


def _named(group: Resource, single: str, multi: str, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """All values by name, or the last one: then it wins."""
    if has_multi_values(group):
        return {multi: grouped(pairs)}
    return {single: dict(pairs)}


def write_check(group: Resource) -> bytes:
    """The event of a health check."""
    check = Incoming(
        "GET",
        "",
        group.shape["HealthCheckPath"].partition("?")[0],
        group.shape["HealthCheckPath"].partition("?")[2],
        (("user-agent", "ELB-HealthChecker/2.0"),),
        b"",
        "",
        "http",
        0,
    )
    return write_event(group, check)


def _body(incoming: Incoming) -> tuple[str, bool]:
    """Text where its type says that it is text and it is not encoded, else base64."""
    if not incoming.body:
        return "", False
    kind = incoming.last("content-type").partition(";")[0].strip().lower()
    if not incoming.last("content-encoding") and (kind.startswith(_TEXT_TYPES) or kind in _TEXTS):
        try:
            return incoming.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(incoming.body).decode(), True


def read_answer(group: Resource, payload: bytes) -> Answer:
    """Raises `BadAnswer` for everything that a load balancer answers 502 to."""
    if len(payload) > limits.LAMBDA_BYTES_MAX:
        raise BadAnswer("the answer is larger than 1 MB")
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise BadAnswer("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise BadAnswer("the answer is no object")
    pairs = _multi_pairs(answer) if has_multi_values(group) else _single_pairs(answer)
    if not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", _DEFAULT_TYPE))
    own = [(name, value) for name, value in pairs if name.lower() not in (*OF_THE_CONNECTION, "server")]
    return Answer(_status(answer.get("statusCode")), (("Server", SERVER), *own), _answer_body(answer))


def _status(status: Any) -> int:
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise BadAnswer(f"statusCode is {status!r}")
    return status


def _single_pairs(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = {} if answer.get("headers") is None else answer["headers"]
    if not isinstance(headers, dict):
        raise BadAnswer("headers are no object")
    return [(_name(name), _text(value)) for name, value in headers.items()]


def _multi_pairs(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Plain ``headers`` are not looked at where multi-value headers are enabled."""
    headers = {} if answer.get("multiValueHeaders") is None else answer["multiValueHeaders"]
    if not isinstance(headers, dict) or not all(isinstance(values, list) for values in headers.values()):
        raise BadAnswer("multiValueHeaders is no object of lists")
    return [(_name(name), _text(value)) for name, values in headers.items() for value in values]


def _name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise BadAnswer(f"{name!r} is no name of a header")
    return name


def _text(value: Any) -> str:
    if not isinstance(value, str) or any(mark in value for mark in "\r\n\0"):
        raise BadAnswer(f"the header {value!r} is no line of text")
    return value


def _answer_body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise BadAnswer("the body is no text")
    if not answer.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:  # of base64, and of text that is not ASCII
        raise BadAnswer("the body is not base64") from None

"""What a function's answer means as HTTP: payload formats 1.0 and 2.0, and the gateway's own answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from sundog.front.headers import OF_THE_CONNECTION, Pairs
from sundog.front.http_call import Answer

ANSWER_BYTES_MAX: Final = 10 * 1024 * 1024
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_JSON: Final = (("content-type", "application/json"),)
_TEXT: Final = (("content-type", "text/plain; charset=utf-8"),)


class BadAnswer(ValueError):
    """The function answered something that is no HTTP response."""


def read_answer(version: str, payload: bytes) -> Answer:
    """What ``payload`` means in this format. Raises `BadAnswer`."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("the answer is not JSON") from error
    return _read_1(value) if version == "1.0" else _read_2(value)


def _read_1(value: Any) -> Answer:
    """Nothing is inferred: the answer has to say its status."""
    if not isinstance(value, dict) or "statusCode" not in value:
        raise BadAnswer("the answer has no statusCode")
    lines = _single(value.get("headers"))
    many = value.get("multiValueHeaders")
    if many is not None:
        if not isinstance(many, dict):
            raise BadAnswer("multiValueHeaders is no object")
        named = {name.lower() for name in many}
        lines = [(name, text) for name, text in lines if name.lower() not in named]
        lines += [line for name, values in many.items() for line in _lines(name, values)]
    return Answer(_status(value["statusCode"]), _with_type(lines, _TEXT), _body(value))


def _read_2(value: Any) -> Answer:
    """Without a statusCode the answer is the body of a JSON document."""
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value.encode() if isinstance(value, str) else orjson.dumps(value)
        return Answer(200, _JSON, body)
    cookies = value.get("cookies")
    if cookies is not None and not isinstance(cookies, list):
        raise BadAnswer("cookies is no list")
    lines = _single(value.get("headers"))
    lines += [("set-cookie", _text(cookie)) for cookie in cookies or ()]
    return Answer(_status(value["statusCode"]), _with_type(lines, _TEXT), _body(value))


def _single(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise BadAnswer("headers is no object")
    return [line for name, value in headers.items() for line in _lines(name, [value])]


def _lines(name: str, values: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(values, list):
        raise BadAnswer(f"the values of {name} are no list")
    if not _NAME.fullmatch(name):
        raise BadAnswer(f"{name!r} is no name of a header")
    if name.lower() not in OF_THE_CONNECTION:
        yield from ((name.lower(), _text(value)) for value in values if value is not None)


def _with_type(lines: list[tuple[str, str]], default: Pairs) -> Pairs:
    if any(name == "content-type" for name, _ in lines):
        return tuple(lines)
    return (*default, *lines)


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise BadAnswer(f"statusCode is {value!r}")
    return value


def _body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise BadAnswer("the body is not a text")
    if not answer.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("the body is not base64") from error


def _text(value: object) -> str:
    """As a header: no line may end within it."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        raise BadAnswer("a header is not a text")
    if any(letter in text for letter in "\r\n\0"):
        raise BadAnswer("a header holds the end of a line")
    return text


# The gateway's own answers


def message(status: int, text: str, *more: tuple[str, str]) -> Answer:
    return Answer(status, (*_JSON, *more), orjson.dumps({"message": text}))


def not_found() -> Answer:
    return message(404, "Not Found")


def unauthorized(challenge: str = "") -> Answer:
    more = (("www-authenticate", challenge),) if challenge else ()
    return message(401, "Unauthorized", *more)


def forbidden(challenge: str = "") -> Answer:
    more = (("www-authenticate", challenge),) if challenge else ()
    return message(403, "Forbidden", *more)


def internal_error() -> Answer:
    return message(500, "Internal Server Error")


def unavailable() -> Answer:
    return message(503, "Service Unavailable")


def too_many_requests() -> Answer:
    return message(429, "Too Many Requests")


def headers_too_large() -> Answer:
    return message(431, "Request Header Fields Too Large")


def too_large() -> Answer:
    return message(413, "Request Entity Too Large")

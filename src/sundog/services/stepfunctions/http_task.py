"""``http:invoke``: an HTTPS API called as a connection's user.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from sundog import bus
from sundog.bus import ConnectionFailure, HttpAnswer, HttpCall, HttpFailure
from sundog.context import Context
from sundog.services.stepfunctions.task_error import TaskError

TIMEOUT_MS: Final = 60_000
FORM: Final = "application/x-www-form-urlencoded"


async def call_http(ctx: Context, parameters: Any) -> Any:
    """Raises `TaskError`: ``States.Http.StatusCode.<n>`` from 400 on, ``States.Http.Socket`` without
    answer.
    """
    asked = parameters if isinstance(parameters, dict) else {}
    place = object_in(asked, "Authentication") or object_in(asked, "InvocationConfig")
    try:
        answer = await bus.invoke_connection(
            ctx, str(place.get("ConnectionArn", "")), make_call(asked), TIMEOUT_MS
        )
    except ConnectionFailure as problem:
        raise TaskError("States.Http.Connection", str(problem)) from problem
    except HttpFailure as problem:
        raise TaskError("States.Http.Socket", str(problem)) from problem
    if answer.status >= HTTPStatus.BAD_REQUEST:
        text = answer.body.decode("utf-8", "replace")
        raise TaskError(f"States.Http.StatusCode.{answer.status}", text)
    return show(answer)


def make_call(asked: Mapping[str, Any]) -> HttpCall:
    """The request that the parameters of a task describe."""
    headers = {name.lower(): _text(value) for name, value in object_in(asked, "Headers").items()}
    transform = object_in(asked, "Transform")
    is_form = transform.get("RequestBodyEncoding") == "URL_ENCODED"
    headers.setdefault("content-type", FORM if is_form else "application/json")
    headers.setdefault("user-agent", "Amazon|StepFunctions|HttpInvoke|sundog")
    query = {name: _text(value) for name, value in object_in(asked, "QueryParameters").items()}
    body = b""
    if "RequestBody" in asked:
        value = asked["RequestBody"]
        style = object_in(transform, "RequestEncodingOptions").get("ArrayFormat", "INDICES")
        body = urlencode(list(flatten(value, style))).encode() if is_form else _body(value)
    return HttpCall(
        _text(asked.get("Method", "GET")), _text(asked.get("ApiEndpoint", "")), headers, query, body
    )


def object_in(parameters: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object, empty where it is not there. Raises `TaskError`."""
    found = parameters.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise TaskError("States.Runtime", f"The value for the field '{name}' must be a valid JSON object")
    return found or {}


def flatten(value: Any, style: str, name: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a form: ``a[b]`` for objects, lists as ``ArrayFormat`` says."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from flatten(each, style, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list) and style == "COMMAS":
        yield name, ",".join(_text(each) for each in value)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            place = {"REPEAT": name, "BRACKETS": f"{name}[]"}.get(style, f"{name}[{index}]")
            yield from flatten(each, style, place)
    else:
        yield name, _text(value)


def show(answer: HttpAnswer) -> dict[str, Any]:
    """The result of the task; a body that is JSON as a value."""
    text = answer.body.decode("utf-8", "replace")
    try:
        body = orjson.loads(answer.body) if answer.body else ""
    except orjson.JSONDecodeError:
        body = text
    return {
        "Headers": {name: [value] for name, value in answer.headers.items()},
        "ResponseBody": body,
        "StatusCode": answer.status,
        "StatusText": _phrase(answer.status),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _body(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else orjson.dumps(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()

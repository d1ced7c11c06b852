"""Mapping expressions (``method.request.header.X``, ``context.identity.sourceIp``, ``'text'``) as functions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping-sources.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from sundog.front.headers import last_of, values_of
from sundog.front.http_call import Answer
from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath import InvalidPath, compile_path
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.media import as_text
from sundog.services.apigateway.execute.program import Source, Value


def compile_source(text: str) -> Source:
    """An expression that means nothing has no value: the control plane refuses those it can."""
    text = text.strip()
    if text.startswith("'"):
        static = text.removeprefix("'").removesuffix("'")
        return lambda _call, _answer: static
    head, _, rest = text.partition(".")
    if head == "context":
        path = tuple(rest.split("."))
        return lambda call, _answer: _shown(_at(call.values, path))
    if head == "stageVariables":
        return lambda call, _answer: call.variables.get(rest)
    for prefix, make in _FAMILIES.items():
        if text == prefix:
            return make("")
        if text.startswith(f"{prefix}."):
            return make(text.removeprefix(f"{prefix}."))
    return lambda _call, _answer: None


# What a client sent


def _path(name: str) -> Source:
    return lambda call, _answer: call.decoded_parameters.get(name)


def _query(name: str) -> Source:
    def read(call: Call, _answer: Answer | None) -> Value:
        values = call.multi_query.get(name)
        return values[-1] if values else None

    return read


def _queries(name: str) -> Source:
    return lambda call, _answer: call.multi_query.get(name)


def _header(name: str) -> Source:
    return lambda call, _answer: call.header(name)


def _headers(name: str) -> Source:
    return lambda call, _answer: values_of(call.http.pairs, name) or None


def _body(path: str) -> Source:
    find = _finder(path)
    return lambda call, _answer: find(call.body_text)


# What an integration answered


def _answer_header(name: str) -> Source:
    return lambda _call, answer: last_of(answer.pairs, name)


def _answer_headers(name: str) -> Source:
    return lambda _call, answer: values_of(answer.pairs, name) or None


def _answer_body(path: str) -> Source:
    find = _finder(path)
    return lambda _call, answer: find(as_text(answer.body))


_FAMILIES: Final = {
    "method.request.path": _path,
    "method.request.querystring": _query,
    "method.request.multivaluequerystring": _queries,
    "method.request.header": _header,
    "method.request.multivalueheader": _headers,
    "method.request.body": _body,
    "integration.response.header": _answer_header,
    "integration.response.multivalueheader": _answer_headers,
    "integration.response.body": _answer_body,
}


def _finder(path: str) -> Callable[[str], str | None]:
    """What a JSON path finds in a body; the whole body without one."""
    if not path:
        return lambda body: body
    try:
        look = compile_path(path if path.startswith("$") else f"$.{path}").find
    except InvalidPath:
        return lambda _body: None

    def find(body: str) -> str | None:
        try:
            found = look(orjson.loads(body))
        except orjson.JSONDecodeError:
            return None
        return None if found is MISSING else _shown(found)

    return find


def _at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else orjson.dumps(value).decode()

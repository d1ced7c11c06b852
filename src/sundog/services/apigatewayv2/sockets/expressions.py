"""Selection expressions and parameter mappings of WebSocket APIs, compiled.

``$request.body.action``, ``${integration.response.statuscode}``, ``\\$default``: texts with variables.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
``route.request.header.x``, ``context.connectionId``, ``'text'``: the values of mappings.
https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sundog.front.headers import last_of
from sundog.front.http_call import Answer
from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath import InvalidPath, compile_path
from sundog.services.apigatewayv2.sockets.occasion import Occasion


@dataclass(frozen=True, slots=True)
class Sources:
    """What expressions read. ``answer`` is the integration's, once there is one."""

    occasion: Occasion
    route_key: str
    answer: Answer | None = None


Read = Callable[[Sources], str | None]
_VARIABLE: Final = re.compile(r"\\(\$)|\$\{([^}]*)\}|\$([A-Za-z][\w.\-\[\]]*)")


def compile_selection(text: str) -> Read:
    """None where a variable finds nothing: then nothing is selected."""
    pieces: list[str | Read] = []
    place = 0
    for match in _VARIABLE.finditer(text):
        pieces += [text[place : match.start()], match[1] or compile_source(match[2] or match[3])]
        place = match.end()
    pieces.append(text[place:])

    def read(sources: Sources) -> str | None:
        found = [piece if isinstance(piece, str) else piece(sources) for piece in pieces]
        return None if None in found else "".join(piece or "" for piece in found)

    return read


def compile_source(text: str) -> Read:
    """One variable; None where it finds nothing."""
    text = text.strip()
    if text.startswith("'"):
        static = text.removeprefix("'").removesuffix("'")
        return lambda _sources: static
    name = text.removeprefix("route.")
    for prefix, make in _FAMILIES.items():
        if name == prefix or name.startswith((f"{prefix}.", f"{prefix}[")):
            return make(name.removeprefix(prefix))
    return lambda _sources: None


def _body(path: str) -> Read:
    find = _finder(path)
    return lambda sources: sources.occasion.body if find is None else find(sources.occasion.document)


def _header(name: str) -> Read:
    return lambda sources: last_of(sources.occasion.pairs, name[1:])


def _querystring(name: str) -> Read:
    return lambda sources: next(
        (value for found, value in reversed(sources.occasion.query) if found == name[1:]), None
    )


def _context(path: str) -> Read:
    names = path[1:].split(".")

    def read(sources: Sources) -> str | None:
        found: Any = sources.occasion.context(sources.route_key)
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return _shown(found)

    return read


def _variable(name: str) -> Read:
    return lambda sources: sources.occasion.variables.get(name[1:])


def _answer_status(_: str) -> Read:
    return lambda sources: str(sources.answer.status) if sources.answer else None


def _answer_header(name: str) -> Read:
    return lambda sources: last_of(sources.answer.pairs, name[1:]) if sources.answer else None


def _answer_body(path: str) -> Read:
    find = _finder(path)

    def read(sources: Sources) -> str | None:
        if sources.answer is None:
            return None
        if find is None:
            return sources.answer.body.decode("utf-8", "replace")
        try:
            return find(orjson.loads(sources.answer.body))
        except orjson.JSONDecodeError:
            return None

    return read


_FAMILIES: Final[Mapping[str, Callable[[str], Read]]] = {
    "request.body": _body,
    "request.header": _header,
    "request.querystring": _querystring,
    "context": _context,
    "stageVariables": _variable,
    "integration.response.statuscode": _answer_status,
    "integration.response.header": _answer_header,
    "integration.response.body": _answer_body,
}


def _finder(path: str) -> Callable[[Any], str | None] | None:
    """``path`` begins with a dot or bracket; None where it is empty."""
    if not path:
        return None
    try:
        look = compile_path(f"${path}").find
    except InvalidPath:
        return lambda _document: None
    return lambda document: None if document is MISSING else _shown(look(document))


def _shown(value: Any) -> str | None:
    if value is MISSING or value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else orjson.dumps(value).decode()

"""Expressions of parameter mappings, compiled: ``$request.header.id``, ``a-${context.requestId}``, a text.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
An expression that finds nothing is None; inside a longer text it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from sundog.front.headers import Pairs, values_of
from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath import InvalidPath, compile_path
from sundog.services.apigatewayv2.execute.call import query_pairs

BODY_BYTES_MAX: Final = 100 * 1024
"""What a JSON path sees of a body; the whole of it is for an expression without a path only."""
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_ALONE: Final = re.compile(
    r"\$((?:request|response)\.(?:header|querystring|path|body)\b.*|(?:context|stageVariables)\..+)"
)


@dataclass(frozen=True)
class Sources:
    """What expressions read. ``pairs`` and ``body`` are those of the request, or of the response."""

    pairs: Pairs
    body: bytes
    context: Mapping[str, Any]
    variables: Mapping[str, str]
    query: str = ""
    path: str = ""
    parameters: Mapping[str, str] | None = None

    @cached_property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @cached_property
    def document(self) -> Any:
        """The body as JSON, as far as JSON paths see it; MISSING where it is none."""
        try:
            return orjson.loads(self.body[:BODY_BYTES_MAX])
        except orjson.JSONDecodeError:
            return MISSING


Read = Callable[[Sources], str | None]


def compile_expression(text: str) -> Read:
    """How to read the value of ``text``, which the control plane has checked."""
    if match := _ALONE.fullmatch(text):
        return _lookup(match[1])
    pieces = _PLACEHOLDER.split(text)
    if len(pieces) == 1:
        return lambda sources: text
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:
        return _lookup(pieces[1])
    texts, reads = pieces[::2], [_lookup(name) for name in pieces[1::2]]

    def read(sources: Sources) -> str | None:
        values = (one(sources) or "" for one in reads)
        return texts[0] + "".join(value + after for value, after in zip(values, texts[1:], strict=True))

    return read


def _lookup(name: str) -> Read:
    place, _, rest = name.partition(".")
    if place == "context":
        keys = rest.split(".")
        return lambda sources: _shown(_inside(sources.context, keys))
    if place == "stageVariables":
        return lambda sources: sources.variables.get(rest)
    key = rest.partition(".")[2]
    if place not in ("request", "response"):
        return _nothing
    readers: dict[str, Callable[[str], Read]] = {
        "header": _header,
        "querystring": _querystring,
        "path": _path,
        "body": lambda _key: _body(rest.removeprefix("body")),
    }
    reader = readers.get(re.split(r"[.\[]", rest, maxsplit=1)[0])
    return reader(key) if reader is not None else _nothing


def _nothing(_sources: Sources) -> str | None:
    return None


def _header(name: str) -> Read:
    return lambda sources: ",".join(values) if (values := values_of(sources.pairs, name)) else None


def _querystring(name: str) -> Read:
    def read(sources: Sources) -> str | None:
        values = [value for found, value in query_pairs(sources.query) if found == name]
        return ",".join(values) if values else None

    return read


def _path(name: str) -> Read:
    if not name:
        return lambda sources: sources.path
    return lambda sources: (sources.parameters or {}).get(name)


def _body(path: str) -> Read:
    """``path`` begins with a dot or a bracket, or is empty: the whole body."""
    if not path:
        return lambda sources: sources.text
    try:
        find = compile_path(f"${path}").find
    except InvalidPath:
        return _nothing
    return lambda sources: _shown(find(sources.document))


def _inside(values: Any, keys: list[str]) -> Any:
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _shown(value: Any) -> str | None:
    if value is MISSING or value is None:
        return None
    return value if isinstance(value, str) else orjson.dumps(value).decode()

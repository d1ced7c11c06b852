"""Documentation parts as the descriptions of a document.

A part is about all that its location fits: ``*`` fits every method or status, a path fits what lies below it
too. The part whose location says most wins, property by property.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

PARAMETERS: Final[Mapping[str, str]] = {
    "path": "PATH_PARAMETER",
    "query": "QUERY_PARAMETER",
    "header": "REQUEST_HEADER",
}


class Described:
    """Adds what is documented to what is written; without parts it changes nothing."""

    def __init__(self, parts: Iterable[Mapping[str, Any]]) -> None:
        self.parts = sorted(parts, key=lambda part: _weight(part["location"]))

    def top(self, head: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
        said = self._said("API")
        more = said.pop("info", {})
        first, *rest = head.items()
        return {first[0]: first[1], "info": {**info, **_mapping(more)}, **dict(rest), **said}

    def resource(self, path: str, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, **self._said("RESOURCE", path=path)}

    def method(self, path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
        return {**self._said("METHOD", path=path, method=method), **operation}

    def parameter(
        self, path: str, method: str, where: str, name: str, parameter: dict[str, Any]
    ) -> dict[str, Any]:
        return {**parameter, **self._said(PARAMETERS[where], path=path, method=method, name=name)}

    def body(self, path: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, **self._said("REQUEST_BODY", path=path, method=method)}

    def response(self, path: str, method: str, status: str, response: dict[str, Any]) -> dict[str, Any]:
        return {**response, **self._said("RESPONSE", path=path, method=method, statusCode=status)}

    def header(
        self, path: str, method: str, status: str, name: str, header: dict[str, Any]
    ) -> dict[str, Any]:
        said = self._said("RESPONSE_HEADER", path=path, method=method, statusCode=status, name=name)
        return {**header, **said}

    def model(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, **self._said("MODEL", name=name)}

    def _said(self, kind: str, **place: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for part in self.parts:
            if part["location"]["type"] == kind and _fits(part["location"], place):
                said |= _mapping(json.loads(part["properties"]))
        return said


def _fits(location: Mapping[str, str], place: Mapping[str, str]) -> bool:
    path = location.get("path", "/")
    return (
        location.get("name", "") in ("", place.get("name", ""))
        and location.get("method", "*") in ("*", place.get("method"))
        and location.get("statusCode", "*") in ("*", place.get("statusCode"))
        and ("path" not in place or f"{place['path']}/".startswith(f"{path.rstrip('/')}/"))
    )


def _weight(location: Mapping[str, str]) -> tuple[int, int]:
    exact = sum(location.get(member, "*") != "*" for member in ("method", "statusCode", "name"))
    return len(location.get("path", "/")), exact


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

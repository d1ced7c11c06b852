"""Documentation parts as the descriptions of a document.

A part is about all that its location fits: ``*`` fits every method or status, a path fits what lies below
it too. The part whose location says most is taken, and of its properties those that OpenAPI has in that
place, and extensions (``x-...``). APIs, resources, authorizers and models inherit nothing.
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
INHERIT_NOTHING: Final = ("API", "RESOURCE", "AUTHORIZER", "MODEL")
INFO: Final = ("description", "termsOfService", "contact", "license")
# What OpenAPI has in each place besides extensions.
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "API": ("tags", "externalDocs"),
    "RESOURCE": (),
    "METHOD": ("tags", "summary", "description", "externalDocs", "deprecated"),
    "PATH_PARAMETER": ("description",),
    "QUERY_PARAMETER": ("description",),
    "REQUEST_HEADER": ("description",),
    "REQUEST_BODY": ("description",),
    "RESPONSE": ("description",),
    "RESPONSE_HEADER": ("description",),
    "AUTHORIZER": ("description",),
    "MODEL": ("title", "description", "externalDocs"),
}


class Described:
    """Adds what is documented to what is written; without parts it changes nothing."""

    def __init__(self, parts: Iterable[Mapping[str, Any]]) -> None:
        self.parts = sorted(parts, key=lambda part: _weight(part["location"]))

    def top(self, head: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
        more = _kept(self._properties("API").get("info"), INFO)
        (version, number), *rest = head.items()
        return {version: number, "info": {**info, **more}, **dict(rest), **self._said("API")}

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

    def scheme(self, name: str, scheme: dict[str, Any]) -> dict[str, Any]:
        return {**scheme, **self._said("AUTHORIZER", name=name)}

    def _said(self, kind: str, **place: str) -> dict[str, Any]:
        return _kept(self._properties(kind, **place), KNOWN[kind])

    def _properties(self, kind: str, **place: str) -> Mapping[str, Any]:
        fitting = [
            part for part in self.parts if part["location"]["type"] == kind and _fits(part["location"], place)
        ]
        properties = json.loads(fitting[-1]["properties"]) if fitting else {}
        return properties if isinstance(properties, dict) else {}


def _fits(location: Mapping[str, str], place: Mapping[str, str]) -> bool:
    path = location.get("path", "/")
    if "path" in place and location["type"] in INHERIT_NOTHING and path != place["path"]:
        return False
    return (
        location.get("name", "") in ("", place.get("name", ""))
        and location.get("method", "*") in ("*", place.get("method"))
        and location.get("statusCode", "*") in ("*", place.get("statusCode"))
        and ("path" not in place or f"{place['path']}/".startswith(f"{path.rstrip('/')}/"))
    )


def _weight(location: Mapping[str, str]) -> tuple[int, int, int]:
    """The path counts most, then the status, then the rest."""
    exact = sum(location.get(member, "*") != "*" for member in ("method", "name"))
    return len(location.get("path", "/")), location.get("statusCode", "*") != "*", exact


def _kept(properties: Any, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(properties, dict):
        return {}
    return {name: value for name, value in properties.items() if name in known or name.startswith("x-")}

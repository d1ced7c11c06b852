"""``x-amazon-apigateway-documentation``: the documentation parts of an API, both ways.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-documentation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sundog.lang.openapi.api import Values
from sundog.lang.openapi.document import mapping, objects, text

EXTENSION = "x-amazon-apigateway-documentation"
LOCATION: Final = ("type", "path", "method", "statusCode", "name")
# Recorded: the location of these says the root if it says no path.
WITH_PATH: Final = (
    "RESOURCE",
    "METHOD",
    "PATH_PARAMETER",
    "QUERY_PARAMETER",
    "REQUEST_HEADER",
    "REQUEST_BODY",
    "RESPONSE",
    "RESPONSE_HEADER",
    "RESPONSE_BODY",
)


def read_documentation(document: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of CreateDocumentationPart, ``properties`` as JSON text."""
    parts = objects(mapping(document.get(EXTENSION)).get("documentationParts"))
    return tuple(_part(part) for part in parts)


def _part(part: Mapping[str, Any]) -> Values:
    location = {name: text(mapping(part.get("location")).get(name)) for name in LOCATION}
    if location["type"] in WITH_PATH:
        location["path"] = location["path"] or "/"
    properties = json.dumps(mapping(part.get("properties")), ensure_ascii=False)
    return {
        "location": {name: value for name, value in location.items() if value},
        "properties": properties,
    }


def write_documentation(
    parts: Iterable[Mapping[str, Any]], version: Mapping[str, Any], created: str
) -> dict[str, Any]:
    """A version of the documentation: ``parts`` as GetDocumentationParts answers them."""
    return {
        "version": version["version"],
        "createdDate": created,
        **({"description": version["description"]} if version.get("description") else {}),
        "documentationParts": [
            {"location": part["location"], "properties": json.loads(part["properties"])} for part in parts
        ],
    }

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
_METHOD: Final = {"path": "/", "method": "*"}
_RESPONSE: Final = {**_METHOD, "statusCode": "*"}
# What a location says if the document does not ("Valid Location Fields of DocumentationPart").
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "RESOURCE": {"path": "/"},
    "METHOD": _METHOD,
    "PATH_PARAMETER": _METHOD,
    "QUERY_PARAMETER": _METHOD,
    "REQUEST_HEADER": _METHOD,
    "REQUEST_BODY": _METHOD,
    "RESPONSE": _RESPONSE,
    "RESPONSE_HEADER": _RESPONSE,
    "RESPONSE_BODY": _RESPONSE,
}
LOCATION_TYPES: Final = ("API", "AUTHORIZER", "MODEL", *DEFAULTS)


def read_documentation(document: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of CreateDocumentationPart, ``properties`` as JSON text."""
    parts = objects(mapping(document.get(EXTENSION)).get("documentationParts"))
    return tuple(_part(part) for part in parts)


def _part(part: Mapping[str, Any]) -> Values:
    said = {name: text(mapping(part.get("location")).get(name)) for name in LOCATION}
    location = {**DEFAULTS.get(said["type"], {}), **{name: value for name, value in said.items() if value}}
    properties = json.dumps(mapping(part.get("properties")), ensure_ascii=False)
    return {"location": location, "properties": properties}


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

"""From OpenAPI 3 to JSON Schema Draft 4, as ExportSchema writes it."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.services.schemas.openapi import EVENT

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_OPENAPI_ONLY = {"nullable", "discriminator", "xml", "externalDocs", "example", "deprecated"}
_OPENAPI_ONLY |= {"readOnly", "writeOnly"}
_BY_NAME = {"properties", "patternProperties", "definitions"}
"""Keywords whose keys are names that somebody gave, not keywords."""


def to_json_schema(content: str) -> str:
    """The event itself becomes the root, all components its definitions."""
    document = orjson.loads(content)
    components = document.get("components", {}).get("schemas", {})
    root_name = EVENT if EVENT in components else next(iter(components), "")
    root = _convert(components.get(root_name, {}))
    written: dict[str, Any] = {"$schema": DRAFT_4}
    written["title"] = document.get("info", {}).get("title", root_name)
    written["definitions"] = {
        name: _convert(shape) for name, shape in components.items() if name != root_name
    }
    if _mentions(components, root_name):
        written["definitions"][root_name] = root
    return orjson.dumps({**written, **root}).decode()


def _convert(value: Any) -> Any:
    if isinstance(value, list):
        return [_convert(one) for one in value]
    if not isinstance(value, dict):
        return value
    written: dict[str, Any] = {}
    for name, inside in value.items():
        if name in _BY_NAME and isinstance(inside, dict):
            written[name] = {key: _convert(shape) for key, shape in inside.items()}
        elif name == "$ref" and isinstance(inside, str):
            written[name] = inside.replace("#/components/schemas/", "#/definitions/")
        elif name not in _OPENAPI_ONLY:
            written[name] = _convert(inside)
    if value.get("nullable") is True and isinstance(value.get("type"), str):
        written["type"] = [value["type"], "null"]
    return written


def _mentions(components: Any, name: str) -> bool:
    return f'"#/components/schemas/{name}"' in orjson.dumps(components).decode()

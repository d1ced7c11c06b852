"""Whether a text is a schema: JSON, of the kind it says it is, with references that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sundog.services.schemas.errors import BadRequestException
from sundog.services.schemas.json_schema import DRAFT_4

OPEN_API, JSON_SCHEMA = "OpenApi3", "JSONSchemaDraft4"
_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_LEVELS_MAX = 255


def check_content(content: str, type: str) -> None:
    """Raises BadRequestException that says what is wrong."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadRequestException("Schema content is not valid JSON.") from None
    if not isinstance(document, dict):
        raise BadRequestException("Schema content must be a JSON object.")
    problem = _open_api_problem(document) if type == OPEN_API else _json_schema_problem(document)
    if problem:
        raise BadRequestException(f"Schema content is not a valid {type} schema: {problem}")


def _open_api_problem(document: dict[str, Any]) -> str:
    info = document.get("info")
    if not str(document.get("openapi", "")).startswith("3."):
        return "attribute openapi must be a version 3."
    if not isinstance(info, dict) or not isinstance(info.get("title"), str):
        return "attribute info.title is missing."
    if not isinstance(info.get("version"), str):
        return "attribute info.version is missing."
    if not isinstance(document.get("paths"), dict):
        return "attribute paths is missing."
    components = document.get("components", {})
    schemas = components.get("schemas", {}) if isinstance(components, dict) else None
    if not isinstance(schemas, dict):
        return "attribute components.schemas must be an object."
    return next((text for shape in schemas.values() for text in _problems(shape, document, 0)), "")


def _json_schema_problem(document: dict[str, Any]) -> str:
    if str(document.get("$schema", DRAFT_4)).rstrip("#") != DRAFT_4.rstrip("#"):
        return f"attribute $schema must be {DRAFT_4}."
    return next(_problems(document, document, 0), "")


def _problems(shape: Any, document: dict[str, Any], level: int) -> Iterator[str]:
    """What is wrong with a schema and the schemas inside it."""
    if not isinstance(shape, dict):
        yield "a schema must be an object."
        return
    if level > _LEVELS_MAX:
        yield f"it nests more than {_LEVELS_MAX} levels."
        return
    yield from _own_problems(shape, document)
    for inside in _inside(shape):
        yield from _problems(inside, document, level + 1)


def _own_problems(shape: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    types = shape.get("type", [])
    for one in types if isinstance(types, list) else [types]:
        if not isinstance(one, str) or one not in _TYPES:
            yield f"{one} is not a type."
    if not isinstance(shape.get("properties", {}), dict):
        yield "properties must be an object."
    if not isinstance(shape.get("required", []), list):
        yield "required must be an array."
    reference = shape.get("$ref")
    if isinstance(reference, str) and reference.startswith("#") and not _leads_somewhere(reference, document):
        yield f"reference {reference} cannot be resolved."


def _inside(shape: dict[str, Any]) -> Iterator[Any]:
    for name in ("properties", "definitions", "patternProperties"):
        if isinstance(shape.get(name), dict):
            yield from shape[name].values()
    for name in ("allOf", "anyOf", "oneOf"):
        if isinstance(shape.get(name), list):
            yield from shape[name]
    for name in ("items", "additionalProperties", "not"):
        if isinstance(shape.get(name), dict):
            yield shape[name]


def _leads_somewhere(reference: str, document: Any) -> bool:
    found = document
    for step in reference.removeprefix("#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return True

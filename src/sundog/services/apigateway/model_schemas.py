"""What can be made of a model's schema: the names it refers to, all of it in one, a sample template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

DEPTH_MAX: Final = 20
_MODEL_URL: Final = re.compile(r"https?://apigateway\.amazonaws\.com/restapis/[^/]+/models/([A-Za-z0-9]+)")
_SAMPLES: Final[Mapping[str, str]] = {"string": '"foo"', "integer": "42", "number": "42.0", "boolean": "true"}
_HEAD: Final = "#set($inputRoot = $input.path('$'))\n"


def references(schema: Any) -> Iterator[str]:
    """The names of the models that a schema refers to by their URL."""
    if isinstance(schema, dict):
        found = _MODEL_URL.fullmatch(schema["$ref"]) if isinstance(schema.get("$ref"), str) else None
        if found:
            yield found[1]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def is_canonical(schema: Any) -> bool:
    """References lead to places in the schema itself, or to models by their whole URL."""
    if isinstance(schema, list):
        return all(is_canonical(value) for value in schema)
    if not isinstance(schema, dict):
        return True
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#") and not _MODEL_URL.fullmatch(reference):
        return False
    return all(is_canonical(value) for value in schema.values())


def flatten(text: str, schemas: Mapping[str, str]) -> str:
    """A schema whose references to models lead to definitions of its own. ``schemas``: all models by name."""
    schema = orjson.loads(text)
    definitions: dict[str, Any] = {}
    waiting = list(references(schema))
    while waiting:
        name = waiting.pop()
        if name in definitions or name not in schemas:
            continue
        definitions[name] = orjson.loads(schemas[name])
        waiting += references(definitions[name])
    flat = _localized(schema)
    if definitions:
        flat["definitions"] = {**flat.get("definitions", {}), **_localized(definitions)}
    return orjson.dumps(flat).decode()


def _localized(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_localized(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    local = {name: _localized(value) for name, value in schema.items()}
    found = _MODEL_URL.fullmatch(local["$ref"]) if isinstance(local.get("$ref"), str) else None
    if found:
        local["$ref"] = f"#/definitions/{found[1]}"
    return local


def write_template(flat: str) -> str:
    """A mapping template that gives a sample of the model, as the console offers it."""
    schema = orjson.loads(flat)
    return _HEAD + _sample(schema, schema.get("definitions", {}), "$inputRoot", "", 0)


def _sample(schema: Any, definitions: Mapping[str, Any], source: str, indent: str, depth: int) -> str:
    schema = _resolved(schema, definitions)
    kind = schema.get("type")
    if depth > DEPTH_MAX or not isinstance(kind, str):
        return "{ }"
    if kind == "array":
        return _array(schema, definitions, source, indent, depth)
    if kind == "object":
        return _object(schema, definitions, source, indent, depth)
    return _SAMPLES.get(kind, "null")


def _object(schema: Any, definitions: Mapping[str, Any], source: str, indent: str, depth: int) -> str:
    inner = indent + "  "
    members = [
        f'{inner}"{name}" : {_sample(value, definitions, f"{source}.{name}", inner, depth + 1)}'
        for name, value in (schema.get("properties") or {}).items()
    ]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}" if members else "{ }"


def _array(schema: Any, definitions: Mapping[str, Any], source: str, indent: str, depth: int) -> str:
    item = _sample(schema.get("items") or {}, definitions, "$elem", indent + "  ", depth + 1)
    return f"[\n#foreach($elem in {source})\n{indent}  {item}#if($foreach.hasNext),#end\n#end\n{indent}]"


def _resolved(schema: Any, definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(DEPTH_MAX):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str):
            break
        schema = definitions.get(reference.rpartition("/")[2], {})
    return schema if isinstance(schema, dict) else {}

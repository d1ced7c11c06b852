"""Models as checks of request bodies: JSON Schema draft 4, with the words of AWS's validator.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html.
``$context.error.validationErrorString`` is worded as the Java library json-schema-validator words it.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from sundog.services.apigateway.execute.program import CheckBody

MODEL_URL: Final = re.compile(r"https?://apigateway\.amazonaws\.com/restapis/[a-z0-9]+/models/([A-Za-z0-9]+)")
_NOT_JSON: Final = "Invalid JSON"


def compile_models(models: Mapping[str, Any]) -> Callable[[str], CheckBody]:
    """A check by the name of a model. ``models``: schemas as texts, by name; one that is none passes all."""
    schemas = {name: _parse(text) for name, text in models.items()}

    def check_of(name: str) -> CheckBody:
        schema = schemas.get(name)
        return _check({} if schema is None else schema, schemas)

    return check_of


def _parse(text: Any) -> Any:
    try:
        return orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return None


def _check(schema: Any, schemas: Mapping[str, Any]) -> CheckBody:
    validator: Any = None

    def check(body: bytes) -> str:
        nonlocal validator
        try:
            document = orjson.loads(body) if body.strip() else {}  # no body is an empty object (recorded)
        except orjson.JSONDecodeError:
            return _NOT_JSON
        if validator is None:
            validator = _validator(schema, schemas)
        return _errors(validator, document)

    return check


def _validator(schema: Any, schemas: Mapping[str, Any]) -> Any:
    """A draft 4 validator in which models refer to each other by name.

    Loaded where it is used only: the library costs every start 50 ms.
    """
    jsonschema = importlib.import_module("jsonschema")
    used: dict[str, Any] = {}
    root = _linked(schema, schemas, used)
    try:
        root = {**root, "definitions": {**root.get("definitions", {}), **used}}
        jsonschema.Draft4Validator.check_schema(root)
    except (jsonschema.SchemaError, AttributeError, TypeError, RecursionError):
        root = {}  # it is no schema: everything passes
    known = importlib.import_module("jsonschema_specifications").REGISTRY
    return jsonschema.Draft4Validator(root, registry=known)  # other references are not fetched


def _linked(schema: Any, schemas: Mapping[str, Any], used: dict[str, Any]) -> Any:
    """The schema with references to models turned into references to its own definitions."""
    if isinstance(schema, list):
        return [_linked(item, schemas, used) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    match = MODEL_URL.fullmatch(reference) if isinstance(reference, str) else None
    if match is not None:
        name = match[1]
        key = f"model:{name}"
        if key not in used:
            used[key] = {}
            used[key] = _linked(schemas.get(name) or {}, schemas, used)
        return {"$ref": f"#/definitions/{key}"}
    # ``id`` would move the base of references; a property of this name has a schema, not a text.
    kept = {name: value for name, value in schema.items() if name != "id" or not isinstance(value, str)}
    return {name: _linked(value, schemas, used) for name, value in kept.items()}


def _errors(validator: Any, document: Any) -> str:
    """ "" or the list of what is wrong, as Java prints a list."""
    try:
        found = dict.fromkeys(_worded(error) for error in validator.iter_errors(document))
    except (RecursionError, AttributeError, TypeError, ValueError, re.error, _unresolvable()) as error:
        return f"[{error}]"  # references that lead nowhere or in a circle, patterns that are none
    return f"[{', '.join(found)}]" if found else ""


def _unresolvable() -> type[Exception]:
    found: type[Exception] = importlib.import_module("referencing.exceptions").Unresolvable
    return found


def _worded(error: Any) -> str:
    word = _WORDS.get(error.validator)
    return word(error.instance, error.validator_value, error) if word is not None else error.message


def _quoted(values: Any) -> str:
    return json.dumps(values, separators=(",", ":"))


def _type(instance: Any, wanted: Any, _error: Any) -> str:
    allowed = sorted([wanted] if isinstance(wanted, str) else wanted)
    return (
        f"instance type ({_kind(instance)}) does not match any allowed primitive type"
        f" (allowed: {_quoted(allowed)})"
    )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _required(instance: Any, wanted: Any, error: Any) -> str:
    # The library reports each name by itself; Java all of them at once, with the first.
    missing = sorted(name for name in wanted if name not in instance)
    return f"object has missing required properties ({_quoted(missing)})"


def _additional(instance: Any, _wanted: Any, error: Any) -> str:
    known = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    extra = sorted(n for n in instance if n not in known and not any(re.search(p, n) for p in patterns))
    return f"object instance has properties which are not allowed by the schema: {_quoted(extra)}"


_WORDS: Final[Mapping[str, Callable[[Any, Any, Any], str]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "enum": lambda value, wanted, _error: (
        f"instance value ({_quoted(value)}) not found in enum (possible values: {_quoted(wanted)})"
    ),
    "pattern": lambda value, wanted, _error: (
        f"ECMA 262 regex {_quoted(wanted)} does not match input string {_quoted(value)}"
    ),
    "minLength": lambda value, wanted, _error: (
        f"string {_quoted(value)} is too short (length: {len(value)}, required minimum: {wanted})"
    ),
    "maxLength": lambda value, wanted, _error: (
        f"string {_quoted(value)} is too long (length: {len(value)}, maximum allowed: {wanted})"
    ),
    "minimum": lambda value, wanted, _error: (
        f"numeric instance is lower than the required minimum (minimum: {wanted}, found: {value})"
    ),
    "maximum": lambda value, wanted, _error: (
        f"numeric instance is greater than the required maximum (maximum: {wanted}, found: {value})"
    ),
    "minItems": lambda value, wanted, _error: (
        f"array is too short: must have at least {wanted} elements but instance has {len(value)} elements"
    ),
    "maxItems": lambda value, wanted, _error: (
        f"array is too long: must have at most {wanted} elements but instance has {len(value)} elements"
    ),
    "uniqueItems": lambda _value, _wanted, _error: "array must not contain duplicate elements",
    "oneOf": lambda _value, wanted, _error: (
        f"instance failed to match exactly one schema (matched 0 out of {len(wanted)})"
    ),
    "anyOf": lambda _value, wanted, _error: (
        f"instance failed to match at least one required schema among {len(wanted)}"
    ),
}

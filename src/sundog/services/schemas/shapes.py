"""Shapes of JSON values: what one value looks like, and what several have in common.

A shape is an inline JSON schema of the few keywords that EventBridge's discovery uses: ``type``, ``format``,
``properties``, ``required``, ``items``, ``nullable``. The empty shape is that of null, as AWS shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sundog.services.schemas import limits

Shape = dict[str, Any]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")

ANYTHING: Mapping[str, bool] = {"nullable": True}
"""What values of different types have in common."""


def infer(value: Any, level: int = 1) -> Shape:
    """The shape of one JSON value. What nests deeper than AWS looks is an object or array of anything."""
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer", "format": "int64"}
    if isinstance(value, float):
        return {"type": "number", "format": "double"}
    if isinstance(value, str):
        return {"type": "string", "format": "date-time"} if _TIME.fullmatch(value) else {"type": "string"}
    if isinstance(value, list):
        return {"type": "array", "items": _items(value, level)}
    return _object(value, level)


def merge(one: Shape, other: Shape) -> Shape:
    """The shape that values of both have: what only one of them has is not required."""
    if ANYTHING in (one, other):
        return {**ANYTHING}
    if not one or not other:
        return _nullable(one or other)
    is_nullable = one.get("nullable", False) or other.get("nullable", False)
    merged = _merge_types(_bare(one), _bare(other))
    return _nullable(merged) if is_nullable else merged


def _items(values: list[Any], level: int) -> Shape:
    if not values or level >= limits.LEVELS_MAX:
        return {"type": "object"}
    shape = infer(values[0], level + 1)
    for value in values[1:]:
        shape = merge(shape, infer(value, level + 1))
    return shape


def _object(value: dict[str, Any], level: int) -> Shape:
    if not value or level >= limits.LEVELS_MAX:
        return {"type": "object"}
    properties = {name: infer(value[name], level + 1) for name in sorted(value)}
    return {"type": "object", "required": sorted(value), "properties": properties}


def _merge_types(one: Shape, other: Shape) -> Shape:
    if one == other:
        return one
    kinds = {one.get("type"), other.get("type")}
    if kinds == {"object"}:
        return _merge_objects(one, other)
    if kinds == {"array"}:
        return {"type": "array", "items": _merge_items(one["items"], other["items"])}
    if kinds == {"string"}:
        return {"type": "string"}
    if kinds == {"integer", "number"}:
        return {"type": "number", "format": "double"}
    return {**ANYTHING}


def _merge_items(one: Shape, other: Shape) -> Shape:
    """An empty array has told nothing about its items."""
    unknown = {"type": "object"}
    if one == unknown or other == unknown:
        return other if one == unknown else one
    return merge(one, other)


def _merge_objects(one: Shape, other: Shape) -> Shape:
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    properties = {}
    for name in sorted({**mine, **theirs}):
        both = name in mine and name in theirs
        properties[name] = merge(mine[name], theirs[name]) if both else mine.get(name, theirs.get(name))
    required = sorted(set(one.get("required", ())) & set(other.get("required", ())))
    merged: Shape = {"type": "object"}
    if required:
        merged["required"] = required
    if properties:
        merged["properties"] = properties
    return merged


def _nullable(shape: Shape) -> Shape:
    return {**shape, "nullable": True} if shape else {}


def _bare(shape: Shape) -> Shape:
    return {name: value for name, value in shape.items() if name != "nullable"}

"""``$ref`` inside a document. References to other documents lead nowhere: nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

HOPS_MAX = 20


def resolved(document: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """``value``, or what it refers to in the end: an empty object if that is nowhere, or a circle."""
    for _ in range(HOPS_MAX):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return value if isinstance(value, dict) else {}
        value = find(document, reference)
    return {}


def find(document: Mapping[str, Any], reference: str) -> Any:
    """What a local reference (``#/a/b``) points at; None if nothing."""
    if not reference.startswith("#/"):
        return None
    value: Any = document
    for part in reference[2:].split("/"):
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return None
    return value

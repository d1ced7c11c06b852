"""What an update makes of an item: members replaced, maps merged, empty texts that take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.context import Request
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException


def merge(body: Mapping[str, Any], request: Request, members: Mapping[str, str]) -> dict[str, Any]:
    """What an update makes of ``body``; ``members`` says how each member may change.

    ``set``: replaced; an empty text takes it away. ``map``: entries are added and replaced, an empty text
    (or an empty map in a map) takes one away. ``merge``: likewise, and the member stays when it is empty.
    ``keep``: replaced, and nothing takes it away.
    """
    _check_lengths(request)
    changed = dict(body)
    for member, manner in members.items():
        if (value := request.get(member)) is None:
            continue
        if manner in ("map", "merge"):
            value = _merge_map(changed.get(member) or {}, value)
        if value in ("", {}) and manner in ("set", "map"):
            changed.pop(member, None)
        else:
            changed[member] = value
    return changed


def _merge_map(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            value = _merge_map(merged.get(name) or {}, value) if value else value
        if value in ("", {}, None):
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def _check_lengths(request: Request) -> None:
    """The model has these figures in the names of shapes only (`StringWithLengthBetween1And64`)."""
    for member, characters_max in limits.CHARACTERS_MAX.items():
        value = request.get(member)
        if isinstance(value, str) and len(value) > characters_max:
            raise BadRequestException(f"{member} can be at most {characters_max} characters long")
    if request.get("Name") == "":
        raise BadRequestException("Name must not be empty")

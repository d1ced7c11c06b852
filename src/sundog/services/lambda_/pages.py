"""Markers of long lists: opaque to callers, the place of the last item to us."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from sundog.context import Request, Result
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import InvalidParameterValueException


def page_size(request: Request) -> int:
    return min(request.get("MaxItems") or limits.PAGE_MAX, limits.PAGE_MAX)


def parse_marker(request: Request, *first: Any) -> list[Any]:
    """The place a Marker names, or ``first`` where there is none."""
    marker = request.get("Marker")
    if not marker:
        return list(first)
    try:
        place = orjson.loads(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or [type(p) for p in place] != [type(p) for p in first]:
        raise InvalidParameterValueException(reason="Invalid Marker")
    return place


def with_marker(answer: Result, place: Sequence[Any] | None) -> Result:
    """``answer`` with the marker of its last item, if there is more."""
    if place is not None:
        answer["NextMarker"] = base64.b64encode(orjson.dumps(list(place))).decode()
    return answer

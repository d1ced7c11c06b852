"""Marker and PageSize of long lists: the marker is opaque to callers, the place of the last item to us."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from sundog.context import Request, Result
from sundog.services.elbv2 import limits
from sundog.services.elbv2.errors import invalid


def page_size(request: Request) -> int:
    return request.get("PageSize") or limits.PAGE


def read_marker(request: Request) -> str:
    marker = request.get("Marker")
    if not marker:
        return ""
    try:
        return base64.b64decode(marker, validate=True).decode()
    except ValueError:  # of base64, and of text that is not ASCII
        raise invalid(f"The marker '{marker}' is not valid") from None


def with_marker(answer: Result, place: str | None) -> Result:
    """``answer`` with the marker of its last item, if there is more."""
    if place is not None:
        answer["NextMarker"] = base64.b64encode(place.encode()).decode()
    return answer


def cut(request: Request, name: str, items: Sequence[Any]) -> Result:
    """The page of a list that is known whole."""
    place = read_marker(request)
    if place and not place.isdigit():
        raise invalid(f"The marker '{request['Marker']}' is not valid")
    start = int(place or 0)
    end = start + page_size(request)
    return with_marker({name: list(items[start:end])}, str(end) if end < len(items) else None)

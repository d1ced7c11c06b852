"""Pages of lists: a token is opaque to callers, to us the names of the last item."""

from __future__ import annotations

import base64
import binascii

import orjson

from sundog.context import Request
from sundog.services.scheduler import limits
from sundog.services.scheduler.errors import ValidationException


def page_size(request: Request) -> int:
    return int(request.get("MaxResults") or limits.PAGE_MAX)


def parse_token(request: Request, length: int) -> list[str]:
    """The names after which the page begins: ``length`` of them, empty ones for the first page."""
    token = request.get("NextToken")
    if not token:
        return [""] * length
    try:
        names = orjson.loads(base64.b64decode(token.encode(), b"-_", validate=True))
    except (binascii.Error, ValueError):
        names = None
    if not isinstance(names, list) or len(names) != length or not all(type(n) is str for n in names):
        raise ValidationException("Invalid NextToken.")
    return names


def write_token(*names: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(names)).decode()

"""nextToken of long lists: opaque to callers, the place of the last item to us."""

from __future__ import annotations

import base64

from sundog.context import Request, Result
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.errors import InvalidToken


def page_size(request: Request) -> int:
    return int(request.get("maxResults") or limits.PAGE)


def read_token(request: Request) -> str:
    """The place after which the page begins, empty at the start."""
    token = request.get("nextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:  # of base64, and of text that is not ASCII
        raise InvalidToken(reason="Invalid token") from None


def with_token(answer: Result, place: str | None) -> Result:
    """``answer`` with the token of its last item, if there is more."""
    if place is not None:
        answer["nextToken"] = base64.b64encode(place.encode()).decode()
    return answer


def read_number(request: Request, default: int) -> int:
    """The place where it is a number."""
    text = read_token(request)
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise InvalidToken(reason="Invalid token")
    return int(text)

"""NextToken of long lists: opaque to callers, the place of the last item to us."""

from __future__ import annotations

import base64

from sundog.context import Request, Result
from sundog.services.sns.errors import invalid


def read_token(request: Request) -> str:
    """The place after which the page begins, empty at the start."""
    token = request.get("NextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:  # of base64, and of text that is not ASCII
        raise invalid("NextToken") from None


def with_token(answer: Result, place: str | None) -> Result:
    """``answer`` with the token of its last item, if there is more."""
    if place is not None:
        answer["NextToken"] = base64.b64encode(place.encode()).decode()
    return answer

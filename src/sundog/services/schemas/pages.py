"""Pages of lists: a token is opaque to callers, to us the name of the last item."""

from __future__ import annotations

import base64
import binascii

from sundog.context import Request, Result
from sundog.services.schemas import limits
from sundog.services.schemas.errors import BadRequestException

PREFIX_END = "\U0010ffff"


def page_size(request: Request) -> int:
    limit = request.get("Limit")
    if limit is None:
        return limits.PAGE_DEFAULT
    if not 1 <= limit <= limits.PAGE_MAX:
        raise BadRequestException(f"Limit must be between 1 and {limits.PAGE_MAX}.")
    return int(limit)


def parse_token(request: Request) -> str:
    """The name that the page begins after."""
    token = request.get("NextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadRequestException("The NextToken is not valid.") from None


def with_token(answer: Result, last: str | None) -> Result:
    """``answer`` with the token of its last item, if there is more."""
    if last is not None:
        answer["NextToken"] = base64.urlsafe_b64encode(last.encode()).decode()
    return answer

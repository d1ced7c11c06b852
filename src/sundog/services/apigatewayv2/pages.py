"""Pages of lists: a token is opaque to callers, to us the id of the last item."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sundog.context import Context, Request, Result
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.model import Item, Noun
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.store import Transaction


async def page(ctx: Context, tx: Transaction, noun: Noun, parent: str, request: Request) -> list[Item]:
    """The items of one page and, where there is more, one further."""
    rows = await tx.all(
        SQL["items"],
        **scope_key(ctx.scope),
        kind=noun.kind,
        parent=parent,
        after=_parse_token(request),
        count=page_size(request) + 1,
    )
    return [to_item(row) for row in rows]


def write_page(request: Request, items: list[Item], shown: list[dict[str, Any]]) -> Result:
    """``shown`` of each of ``items``, without the one too many, with the token of the next page."""
    size = page_size(request)
    answer: Result = {"Items": shown[:size]}
    if len(items) > size:
        answer["NextToken"] = base64.b64encode(items[size - 1].id.encode()).decode()
    return answer


def page_size(request: Request) -> int:
    text = request.get("MaxResults")
    if text is None or text == "":
        return limits.PAGE_DEFAULT
    if not str(text).isdecimal() or int(text) < 1:
        raise BadRequestException("Invalid value for parameter maxResults")
    return min(int(text), limits.PAGE_MAX)


def _parse_token(request: Request) -> str:
    token = request.get("NextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadRequestException("Invalid value for parameter nextToken") from None

"""Pages of lists: ``limit`` and ``position``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sundog.context import Request, Result
from sundog.scope import Scope
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.model import Body, Item, Kind
from sundog.services.apigateway.rows import SQL, kind_key, to_item
from sundog.store import Transaction

LIMIT_DEFAULT, LIMIT_MAX = 25, 500
_NEWEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Page:
    """``number``: the last item of the page before, 0 at the beginning."""

    count: int
    number: int

    def answer(self, shown: list[Body], *, has_more: bool) -> Result:
        """A page of what is no row: positions are places in the list."""
        more = {"position": _write_position(self.number + self.count)} if has_more else {}
        return {"items": shown, **more}


def parse_page(request: Request) -> Page:
    limit = request.get("limit")
    count = LIMIT_DEFAULT if limit is None else min(max(limit, 1), LIMIT_MAX)
    return Page(count, _parse_position(request.get("position")))


async def list_page(
    tx: Transaction, scope: Scope, kind: Kind, page: Page, owner: str = "", *, newest_first: bool = False
) -> list[Item]:
    """The items of a page and one more if there is one: see `answer_page`."""
    key = kind_key(scope, kind, owner)
    if newest_first:
        rows = await tx.all(SQL["latest_items"], **key, before=page.number or _NEWEST, count=page.count + 1)
    else:
        rows = await tx.all(SQL["items"], **key, after=page.number, count=page.count + 1)
    return [to_item(row) for row in rows]


def answer_page(page: Page, found: list[Item], bodies: Iterable[Body] | None = None) -> Result:
    """``bodies``: how the items are shown, where it is not their body."""
    shown = [dict(item.body) for item in found] if bodies is None else list(bodies)
    answer: dict[str, Any] = {"items": shown[: page.count]}
    if len(found) > page.count:
        answer["position"] = _write_position(found[page.count - 1].number)
    return answer


def _write_position(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode()


def _parse_position(text: str | None) -> int:
    if not text:
        return 0
    try:
        return int(base64.b64decode(text, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise BadRequestException("Invalid position parameter") from None


def cut(items: list[Item], page: Page) -> list[Item]:
    """What `list_page` would find among items that were filtered, in whatever order they stand."""
    numbers = [item.number for item in items]
    begin = numbers.index(page.number) + 1 if page.number in numbers else 0
    return items[begin : begin + page.count + 1]

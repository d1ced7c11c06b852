"""Logs Insights queries as values, and how they and their results are stored."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from sundog.context import Context
from sundog.lang.logs_insights import Row as ResultRow
from sundog.services.logs import limits
from sundog.services.logs.errors import ResourceNotFoundException
from sundog.services.logs.groups import SQL
from sundog.services.logs.passing import batched
from sundog.store import Row, Transaction

_PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query is: its text, the groups by id and name, the window (both ends inclusive), the limit."""

    text: str
    groups: tuple[tuple[int, str], ...]
    start_ms: int
    end_ms: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a query has come."""

    matched: int = 0
    scanned: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """``status`` as on the wire; ``results``: how many rows there are to read."""

    id: str
    status: str
    created_ms: int
    asked: Asked
    figures: Figures
    results: int

    @property
    def is_active(self) -> bool:
        return self.status in ("Scheduled", "Running")


def write_asked(asked: Asked) -> str:
    return orjson.dumps(asdict(asked)).decode()


def to_query(row: Row) -> StoredQuery:
    body = orjson.loads(row["body"])
    groups = tuple((id, name) for id, name in body.pop("groups"))
    figures = Figures(row["matched"], row["scanned"], row["bytes"])
    asked = Asked(**body, groups=groups)
    return StoredQuery(row["id"], row["status"], row["created_ms"], asked, figures, row["results"])


async def find_query(tx: Transaction, ctx: Context, id: str) -> StoredQuery | None:
    """None for what never was, and for what is older than results are kept, swept or not."""
    row = await tx.one(SQL["query"], id=id, account=ctx.scope.account, region=ctx.scope.region)
    if row is None or row["created_ms"] <= ctx.clock.now_ms() - limits.QUERY_KEPT_MS:
        return None
    return to_query(row)


async def load_query(tx: Transaction, ctx: Context, id: str) -> StoredQuery:
    query = await find_query(tx, ctx, id)
    if query is None:
        raise ResourceNotFoundException(what="query")
    return query


async def advance_query(tx: Transaction, id: str, status: str, figures: Figures, results: int = 0) -> bool:
    """Record how far a query has come; False where it has ended meanwhile."""
    values = asdict(figures)
    return await tx.run(SQL["advance_query"], id=id, status=status, results=results, **values) > 0


async def store_results(tx: Transaction, id: str, rows: Iterable[ResultRow]) -> None:
    for number, page in enumerate(batched(rows, _PAGE_ROWS)):
        await tx.run(SQL["insert_query_page"], query_id=id, number=number, payload=_pack(page))


async def load_results(tx: Transaction, id: str, start: int, count: int) -> list[list[list[str]]]:
    """Rows ``start`` and following, as pairs of field and value."""
    first, last = start // _PAGE_ROWS, (start + count - 1) // _PAGE_ROWS
    rows = await tx.all(SQL["query_pages"], query_id=id, first=first, last=last)
    found = [row for page in rows for row in orjson.loads(zlib.decompress(bytes(page["payload"])))]
    skipped = start - first * _PAGE_ROWS
    return found[skipped : skipped + count]


def _pack(rows: Sequence[Any]) -> bytes:
    return zlib.compress(orjson.dumps(rows), 1)

"""ImportApiKeys: API keys from a table.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sundog.context import Context, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.apigateway import limits
from sundog.services.apigateway.api_keys import add_key
from sundog.services.apigateway.errors import BadRequestException, LimitExceededException
from sundog.services.apigateway.loading import (
    count_items,
    find_by_handle,
    find_item,
    load_item,
    put_item,
    said,
)
from sundog.services.apigateway.model import Item
from sundog.services.apigateway.plan_keys import add_plan_key
from sundog.store import Transaction

ROWS_MAX: Final = 10_000
REQUIRED: Final = ("name", "key")
PLANS: Final = "usageplanids"

Line = Mapping[str, str]


@operation("apigateway", "ImportApiKeys")
async def import_api_keys(ctx: Context, request: Request) -> Result:
    """A line that cannot be a key is a warning; with ``failOnWarnings`` none of the keys is made.

    A key whose value is known already is that key: what the line says goes over it.
    """
    lines = read_lines(request["body"])
    ids, warnings = [], []
    async with ctx.store.transaction() as tx:
        for number, line in enumerate(lines, start=2):
            try:
                ids.append(await _import_key(ctx, tx, line))
            except AwsError as error:
                warnings.append(f"Line {number}: {error.message}")
        if warnings and request.get("failOnWarnings"):
            raise BadRequestException("; ".join(warnings))
    return {"ids": ids, **said({"warnings": warnings}, "warnings")}


async def _import_key(ctx: Context, tx: Transaction, line: Line) -> str:
    plans = [plan.strip() for plan in line.get(PLANS, "").split(",") if plan.strip()]
    found = [await load_item(tx, ctx.scope, "usage_plan", plan) for plan in plans]
    if not line.get("key"):
        raise BadRequestException("API Key value must be specified")
    asked = {
        "name": line.get("name", ""),
        "value": line["key"],
        "description": line.get("description", ""),
        "enabled": line.get("enabled", "").lower() != "false",
    }
    known = [key for key in await find_by_handle(tx, "api_key", line["key"]) if key.scope == ctx.scope]
    if known:
        key = replace(known[0], body={**known[0].body, **said(asked, *asked), "enabled": asked["enabled"]})
        await put_item(ctx, tx, key)
    else:
        await _check_room(ctx, tx)
        body = await add_key(ctx, tx, asked)
        key = Item(ctx.scope, "api_key", body["id"], body, handle=body["value"])
    for plan in found:
        if await find_item(tx, ctx.scope, "usage_plan_key", key.id, plan.id) is None:
            await add_plan_key(ctx, tx, plan, key)
    return key.id


async def _check_room(ctx: Context, tx: Transaction) -> None:
    if await count_items(tx, ctx.scope, "api_key") >= limits.API_KEYS_MAX:
        raise LimitExceededException("Maximum number of API keys for this account has been reached")


def read_lines(body: bytes) -> list[Line]:
    """The lines by the names in the first one, which may be in any order and case."""
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise BadRequestException("Invalid CSV file provided") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    if missing := [name for name in REQUIRED if name not in names]:
        raise BadRequestException(f"Missing required column(s) in the CSV file: {', '.join(missing)}")
    if len(rows) - 1 > ROWS_MAX:
        raise BadRequestException(f"A CSV file can have at most {ROWS_MAX} keys")
    plans = names.index(PLANS) if PLANS in names else len(names)
    return [dict(zip(names, _cells(row, plans), strict=False)) for row in rows[1:]]


def _cells(row: list[str], plans: int) -> list[str]:
    """Without blanks around them. The plans, the column ``plans``, may stand in single quotes too."""
    cells = [cell.strip() for cell in row]
    if not (plans < len(cells) and cells[plans].startswith("'")):
        return cells
    end = next((n for n in range(plans, len(cells)) if cells[n].endswith("'")), len(cells) - 1) + 1
    return [*cells[:plans], ",".join(cells[plans:end]).strip("'"), *cells[end:]]

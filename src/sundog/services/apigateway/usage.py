"""Usage: how much of a plan's quota its keys have used, day by day.

The data plane counts in ``apigateway_usage`` with `add_usage`; what is left of a quota is worked out from the
days of its period (`left`), so that nothing has to be reset when a period ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sundog.context import Context, Request, Result, operation
from sundog.scope import Scope
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import list_items, load_item
from sundog.services.apigateway.model import Item
from sundog.services.apigateway.pages import answer_page, cut, parse_page
from sundog.services.apigateway.patches import USAGE
from sundog.services.apigateway.rows import SQL, scope_key
from sundog.store import Transaction

DAYS_MAX: Final = 366
UNLIMITED: Final = (1 << 63) - 1
"""What is left where there is no quota."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class DayUse:
    """Requests of one key on one day, and what UpdateUsage granted on it."""

    day: date
    used: int
    added: int


@operation("apigateway", "GetUsage")
async def get_usage(ctx: Context, request: Request) -> Result:
    first, last = _parse_day(request["startDate"]), _parse_day(request["endDate"])
    if first > last:
        raise BadRequestException("Usage start date must not be after the end date")
    if (last - first).days >= DAYS_MAX:
        raise BadRequestException(f"Usage can be asked for at most {DAYS_MAX} days")
    page, key_id = parse_page(request), request.get("keyId") or ""
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        if key_id:
            keys = [await load_item(tx, ctx.scope, "usage_plan_key", key_id, plan.id)]
        else:
            keys = await list_items(tx, ctx.scope, "usage_plan_key", plan.id)
        found = cut(keys, page)
        items = {key.id: await _log(tx, ctx.scope, plan, key.id, first, last) for key in found[: page.count]}
    more = answer_page(page, found)
    return {
        "usagePlanId": plan.id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        **({"position": more["position"]} if "position" in more else {}),
        "items": items,
    }


@operation("apigateway", "UpdateUsage")
async def update_usage(ctx: Context, request: Request) -> Result:
    """Sets what is left of the quota until the period ends."""
    key_id, today = request["keyId"], day_of(ctx.clock.now_ms())
    async with ctx.store.transaction() as tx:
        plan = await load_item(tx, ctx.scope, "usage_plan", request["usagePlanId"])
        await load_item(tx, ctx.scope, "usage_plan_key", key_id, plan.id)
        wanted = USAGE.apply({}, request.get("patchOperations")).get("remaining")
        quota = plan.body.get("quota")
        if wanted is not None:
            if quota is None:
                raise BadRequestException(f"Usage Plan {plan.id} has no quota")
            if wanted < 0:
                raise BadRequestException("Remaining quota must not be negative")
            days = await load_days(tx, ctx.scope, plan.id, key_id, period_start(quota, today), today)
            await add_usage(tx, ctx.scope, plan.id, key_id, today, added=wanted - left(quota, days, today))
        items = {key_id: await _log(tx, ctx.scope, plan, key_id, today, today)}
    shown = today.isoformat()
    return {"usagePlanId": plan.id, "startDate": shown, "endDate": shown, "items": items}


# For the data plane


def day_of(now_ms: int) -> date:
    """Periods begin and end at midnight UTC."""
    return datetime.fromtimestamp(now_ms / 1_000, UTC).date()


def period_start(quota: Mapping[str, Any], day: date) -> date:
    """The first day of the period of ``day``. Weeks begin on Sunday, months on the 1st, plus the offset."""
    offset = timedelta(days=quota.get("offset", 0))
    shifted = day - offset
    if quota["period"] == "WEEK":
        shifted -= timedelta(days=(shifted.weekday() + 1) % 7)
    elif quota["period"] == "MONTH":
        shifted = shifted.replace(day=1)
    return shifted + offset


def left(quota: Mapping[str, Any], days: Iterable[DayUse], day: date) -> int:
    """What is left of the quota at the end of ``day``. ``days`` must go back to the start of the period."""
    start = period_start(quota, day)
    in_period = [one for one in days if start <= one.day <= day]
    granted = int(quota["limit"]) + sum(one.added for one in in_period)
    return max(0, granted - sum(one.used for one in in_period))


async def load_days(
    tx: Transaction, scope: Scope, plan_id: str, key_id: str, first: date, last: date
) -> list[DayUse]:
    rows = await tx.all(
        SQL["usage"],
        **scope_key(scope),
        plan_id=plan_id,
        key_id=key_id,
        first=first.isoformat(),
        last=last.isoformat(),
    )
    return [DayUse(date.fromisoformat(row["day"]), row["used"], row["added"]) for row in rows]


async def add_usage(
    tx: Transaction, scope: Scope, plan_id: str, key_id: str, day: date, *, used: int = 0, added: int = 0
) -> None:
    await tx.run(
        SQL["add_usage"],
        **scope_key(scope),
        plan_id=plan_id,
        key_id=key_id,
        day=day.isoformat(),
        used=used,
        added=added,
    )


async def _log(
    tx: Transaction, scope: Scope, plan: Item, key_id: str, first: date, last: date
) -> list[Sequence[int]]:
    """``[used, left]`` for each day."""
    quota = plan.body.get("quota")
    since = period_start(quota, first) if quota else first
    days = await load_days(tx, scope, plan.id, key_id, since, last)
    used = {one.day: one.used for one in days}
    asked = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(used.get(day, 0), left(quota, days, day) if quota else UNLIMITED) for day in asked]


def _parse_day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequestException(f"Invalid date specified: {text}. Dates must be in yyyy-MM-dd format")

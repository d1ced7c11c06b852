"""Part: API keys and usage plans: who may call a method that needs a key, how fast, and how often a month.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html. Under a quota
a request is counted in the transaction that finds room for it; other counts are added later, many at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sundog.context import Context
from sundog.front.token_bucket import TokenBuckets
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.directory import Directory, Key, Plan
from sundog.services.apigateway.execute.failures import INVALID_API_KEY, QUOTA_EXCEEDED, THROTTLED, Refusal
from sundog.services.apigateway.execute.stage import ACCOUNT_BURST, ACCOUNT_RATE
from sundog.services.apigateway.usage import add_usage, day_of, left, load_days, period_start
from sundog.store import StoreError

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.05
_Counted = tuple[Scope, str, str, date]
"""Scope, plan, key, day."""


class Usage(Part):
    """``check_rate`` is asked for every request, ``check_key`` where a method needs a key."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._buckets = TokenBuckets()
        self._is_strict = ctx.config.limits != "relaxed"
        self._unsaved: Counter[_Counted] = Counter()
        self._saver: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self._saver is not None:
            await self._saver
        await self._save()

    async def forget(self) -> None:
        self._buckets.clear()
        self._unsaved.clear()

    def check_rate(self, call: Call) -> None:
        """The limits of the method at its stage, and of the account. Raises `Refusal`."""
        method = call.method
        settings = call.settings
        take, now_ms = self._buckets.take, call.now_ms
        if settings.rate is not None or settings.burst is not None:
            rate = ACCOUNT_RATE if settings.rate is None else settings.rate
            burst = ACCOUNT_BURST if settings.burst is None else settings.burst
            key = call.api_id, call.stage.name, method.path, method.http_method
            if not take(key, rate, burst, now_ms):
                raise Refusal(THROTTLED, log="Method throttled")
        if self._is_strict and not take((call.account, call.region), ACCOUNT_RATE, ACCOUNT_BURST, now_ms):
            raise Refusal(THROTTLED, log="Account throttled")

    async def check_key(self, call: Call, value: str | None) -> Key:
        """The key that ``value`` is, and room in its plan. Raises `Refusal`."""
        scope = Scope(call.account, call.region)
        stage = f"{call.api_id}/{call.stage.name}"
        call.notes.say(f"Verifying Usage Plan for request: {call.request_id}. API Key:  API Stage: {stage}")
        key = await self._ctx.part(Directory).find_key(scope, value) if value else None
        plan = _plan_of(key, call) if key is not None else None
        if key is None or plan is None or not key.is_enabled:
            log = f"API Key {_masked(value)} not authorized for API Stage {stage}"
            raise Refusal(INVALID_API_KEY, log=log)
        self._check_plan_rate(call, key, plan)
        await self._count(call, key, plan, scope)
        call.notes.say(f"Usage Plan check succeeded for API Key {_masked(value)} and API Stage {stage}")
        return key

    def _check_plan_rate(self, call: Call, key: Key, plan: Plan) -> None:
        name = f"{call.method.path}/{call.method.http_method}"
        own: Mapping[str, Any] = plan.stages[call.api_id, call.stage.name].get("throttle") or {}
        limits = own.get(name) or plan.throttle
        if not limits:
            return
        rate, burst = float(limits.get("rateLimit") or 0.0), float(limits.get("burstLimit") or 0)
        bucket = plan.id, key.id, name if name in own else ""
        if not self._buckets.take(bucket, rate, burst, call.now_ms):
            raise Refusal(THROTTLED, log=f"Key {_masked(key.value)} throttled by plan {plan.id}")

    async def _count(self, call: Call, key: Key, plan: Plan, scope: Scope) -> None:
        day = day_of(call.now_ms)
        if plan.quota:
            await self._spend(scope, key, plan, day)
            return
        self._unsaved[scope, plan.id, key.id, day] += 1
        if self._saver is None or self._saver.done():
            self._saver = asyncio.get_running_loop().create_task(self._save_soon())

    async def _spend(self, scope: Scope, key: Key, plan: Plan, day: date) -> None:
        """Count first: then whoever counts at the same time waits, and sees it."""
        async with self._ctx.store.transaction(takes_locks=True) as tx:
            await add_usage(tx, scope, plan.id, key.id, day, used=1)
            days = await load_days(tx, scope, plan.id, key.id, period_start(plan.quota, day), day)
            before = [replace(one, used=one.used - 1) if one.day == day else one for one in days]
            if left(plan.quota, before, day) < 1:
                raise Refusal(QUOTA_EXCEEDED, log=f"Quota of plan {plan.id} exceeded")

    async def _save_soon(self) -> None:
        with self._ctx.clock.busy():
            while self._unsaved:
                await self._ctx.clock.sleep_wall(0 if self._ctx.clock.is_frozen else GATHER_S)
                await self._save()

    async def _save(self) -> None:
        unsaved, self._unsaved = self._unsaved, Counter()
        if not unsaved:
            return
        try:
            async with self._ctx.store.transaction(takes_locks=True) as tx:
                for (scope, plan_id, key_id, day), used in unsaved.items():
                    await add_usage(tx, scope, plan_id, key_id, day, used=used)
        except StoreError as error:
            logger.warning("usage could not be written yet: %s", error)
            self._unsaved.update(unsaved)


def _plan_of(key: Key, call: Call) -> Plan | None:
    stage = call.api_id, call.stage.name
    return next((plan for plan in key.plans if stage in plan.stages), None)


def _masked(value: str | None) -> str:
    text = value or ""
    return "*" * max(0, len(text) - 6) + text[-6:]

"""The process may die at any statement: data is put once or not at all, an alarm moves with all it causes."""

import itertools
from contextlib import suppress
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.cloudwatch.evaluating import EVALUATE, evaluate_alarm
from sundog.work import WorkItem

MINUTE_MS = 60_000


class ProcessDied(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


class DyingStore:
    """The world's store, with a transaction that dies at its n-th statement, counted over all of them."""

    def __init__(self, store, number):
        self._store, self._numbers, self._number = store, itertools.count(1), number

    def __getattr__(self, name):
        return getattr(self._store, name)

    def transaction(self, **options):
        return _DyingBlock(self._store.transaction(**options), self._tick)

    def _tick(self):
        if next(self._numbers) == self._number:
            raise ProcessDied


class _DyingBlock:
    def __init__(self, block, tick):
        self._block, self._tick = block, tick

    async def __aenter__(self):
        return _DyingTransaction(await self._block.__aenter__(), self._tick)

    async def __aexit__(self, *error):
        return await self._block.__aexit__(*error)


class _DyingTransaction:
    def __init__(self, tx, tick):
        self._tx, self._tick = tx, tick

    def __getattr__(self, name):
        method = getattr(self._tx, name)
        if name not in ("all", "one", "run", "run_many"):
            return method

        async def statement(*args, **values):
            self._tick()
            return await method(*args, **values)

        return statement


@pytest.mark.parametrize("number", range(1, 10))
async def test_data_is_put_entirely_or_not_at_all(number, call_on, cloudwatch, statistics):
    names = ("latency", "errors")
    request = {"Namespace": "app", "MetricData": [{"MetricName": name, "Value": 1.0} for name in names]}
    await call_on(lambda store: DyingStore(store, number), "PutMetricData", request, ProcessDied)
    found = [len(await statistics("Sum", name=name)) for name in names]
    assert found in ([0, 0], [1, 1])
    # Nothing that was remembered of the failed attempt is in the way of the next.
    await cloudwatch.put_metric_data(**request)
    assert [(await statistics("Sum", name=name))[0]["Sum"] for name in names] == [one + 1 for one in found]


@pytest.mark.parametrize("number", range(1, 16))
async def test_an_alarm_that_dies_moves_with_its_history_and_parents_or_not_at_all(
    number, world, alarm, put, state, history, cloudwatch, clock
):
    await alarm(AlarmActions=["arn:aws:swf:us-east-1:000000000000:action/x"])
    await cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(slow)")
    await put(value=9.0, ago_s=20)
    ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
    item = WorkItem(0, EVALUATE, None, Scope(), {"name": "slow"}, 1, 0, 0)
    clock.restore(0, clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS)
    with suppress(ProcessDied):
        await evaluate_alarm(replace(ctx, store=DyingStore(ctx.store, number)), item)
    seen = await state(), await state("top"), len(await history())
    assert seen in (("INSUFFICIENT_DATA", "OK", 0), ("ALARM", "ALARM", 1))
    await clock.advance(1)
    assert (await state(), await state("top")) == ("ALARM", "ALARM")
    assert await history() == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
    assert len(await history(kind="Action")) == 1

"""The process may die at any statement: a batch and what its filters cause are there together or not."""

from contextlib import suppress

import pytest

from sundog.testing.crashes import DyingStore, ProcessDied

TRANSFORMATION = {"metricName": "hits", "metricNamespace": "app", "metricValue": "1"}
STEPS_MAX = 20


async def hits(client, clock):
    answer = await client("cloudwatch").get_metric_statistics(
        Namespace="app",
        MetricName="hits",
        StartTime=clock.now_ms() / 1000 - 3_600,
        EndTime=clock.now_ms() / 1000 + 3_600,
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in answer["Datapoints"])


async def attempt(call_on, clock, number):
    """Put three events and die at the step; whether it came to that."""
    stores = []

    def make(store):
        stores.append(DyingStore(store, number))
        return stores[0]

    now_ms = clock.now_ms()
    events = [{"timestamp": now_ms + at, "message": f"hit {at}"} for at in (0, 1, 90_000)]
    request = {"logGroupName": "app", "logStreamName": "one", "logEvents": events}
    with suppress(ProcessDied):
        await call_on(make, "PutLogEvents", request)
    return stores[0].has_died


async def prepare(logs, stream):
    await stream()
    await logs.put_metric_filter(
        logGroupName="app", filterName="f", filterPattern="hit", metricTransformations=[TRANSFORMATION]
    )


@pytest.mark.parametrize("number", range(1, STEPS_MAX))
async def test_a_batch_and_its_metrics_are_there_together_or_not(
    number, logs, client, stream, call_on, clock, found
):
    await prepare(logs, stream)
    await attempt(call_on, clock, number)
    await clock.settle()
    assert (len(await found()), await hits(client, clock)) in [(0, 0), (3, 3)]


async def test_every_step_has_had_its_turn(logs, stream, call_on, clock):
    await prepare(logs, stream)
    assert not await attempt(call_on, clock, STEPS_MAX)

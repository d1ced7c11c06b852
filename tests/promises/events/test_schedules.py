"""Rules with a schedule fire once an occurrence, also across a restart."""

import pytest

from sundog.config import Config
from sundog.testing.world import World

MINUTE_MS = 60_000
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


@pytest.fixture
def scheduled(events, queue):
    async def make(expression, **target):
        url, arn = await queue("q")
        await events.put_rule(Name="r", ScheduleExpression=expression)
        await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn, **target}])
        return url

    return make


async def test_a_rate_fires_after_each_interval(scheduled, bodies, clock):
    url = await scheduled("rate(5 minutes)")
    await clock.advance(5 * MINUTE_MS - 1)
    assert await bodies(url) == []
    await clock.advance(10 * MINUTE_MS + 1)
    fired = await bodies(url)
    assert [event["time"] for event in fired] == [
        "2023-11-14T22:18:20Z",
        "2023-11-14T22:23:20Z",
        "2023-11-14T22:28:20Z",
    ]
    assert {event["detail-type"] for event in fired} == {"Scheduled Event"}
    assert fired[0]["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/r"]


async def test_a_cron_expression_fires_in_utc(scheduled, bodies, clock):
    url = await scheduled("cron(0 12 * * ? *)", Input='{"noon": true}')
    await clock.advance(2 * 24 * 60 * MINUTE_MS)
    assert await bodies(url) == [{"noon": True}] * 2


async def test_a_disabled_schedule_does_not_fire(events, scheduled, bodies, clock):
    url = await scheduled("rate(1 minute)")
    await events.disable_rule(Name="r")
    await clock.advance(5 * MINUTE_MS)
    assert await bodies(url) == []
    await events.enable_rule(Name="r")
    await clock.advance(MINUTE_MS)
    assert len(await bodies(url)) == 1


async def test_a_deleted_schedule_does_not_fire(events, scheduled, bodies, clock):
    url = await scheduled("rate(1 minute)")
    await events.remove_targets(Rule="r", Ids=["t"])
    await events.delete_rule(Name="r")
    await clock.advance(5 * MINUTE_MS)
    assert await bodies(url) == []


async def test_what_was_due_while_nothing_ran_fires_once(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        events, sqs = world.client("events"), world.client("sqs")
        url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
        await events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
        await events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": QUEUE}])
        await world.clock.advance(MINUTE_MS)
        later_ms = world.clock.now_ms() + 10 * MINUTE_MS
        await world.app.store.set_meta("clock", f'{{"now_ms": {later_ms}, "offset_ms": 0, "frozen": true}}')
    async with World(config, models=models) as world:
        await world.clock.settle()
        got = await world.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        assert len(got["Messages"]) == 2

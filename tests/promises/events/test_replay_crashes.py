"""The process may die at any statement of a replay: every event is put on the bus once, all the same."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.events.replaying import REPLAY, replay_some
from sundog.testing.crashes import DyingStore, ProcessDied
from sundog.work import WorkItem

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
ARCHIVE = "arn:aws:events:us-east-1:000000000000:archive/kept"
START = datetime(2020, 1, 1, tzinfo=UTC)
STEPS_MAX = 10


@pytest.mark.parametrize("number", range(1, STEPS_MAX))
async def test_a_step_happens_whole_or_not_at_all(number, world, events, put, routed, bodies, clock):
    url = await routed(pattern={"replay-name": ["again"]})
    await events.create_archive(ArchiveName="kept", EventSourceArn=BUS)
    for minute in range(2):
        await put({"n": minute}, Time=START + timedelta(minutes=minute))
    await clock.settle()
    await world.app.supervisor.stop(0)
    await events.start_replay(
        ReplayName="again",
        EventSourceArn=ARCHIVE,
        EventStartTime=START,
        EventEndTime=START + timedelta(days=1),
        Destination={"Arn": BUS},
    )
    ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
    item = WorkItem(0, REPLAY, None, Scope(), {"name": "again"}, 1, 0, 0)
    with suppress(ProcessDied):
        await replay_some(replace(ctx, store=DyingStore(ctx.store, number)), item)
    await world.app.supervisor.start()
    await clock.advance(2_000)
    assert sorted(body["detail"]["n"] for body in await bodies(url)) == [0, 1]
    assert (await events.describe_replay(ReplayName="again"))["State"] == "COMPLETED"

"""The process may die at any step of reading a stream: no record is lost, and none is given up untold."""

from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.lambda_.rows import SQL, scope_key, to_mapping
from sundog.services.lambda_.stream_poller import StreamPoller
from sundog.testing.crashes import DyingStore
from sundog.testing.streams import STREAM_ARN, ScriptedStream

STEPS_MAX = 60


@pytest.fixture
def streams(world):
    streams = ScriptedStream(world)
    world.app.parts.add(streams)
    return streams


@pytest.fixture
def read(world):
    """Read what there is with a poller of its own, whose store dies at step ``number``, if it is given."""

    async def poll(uuid, number=0):
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        async with ctx.store.transaction() as tx:
            row = await tx.one(SQL["mapping"], **scope_key(Scope()), uuid=uuid)
        store = DyingStore(ctx.store, number)
        poller = StreamPoller(replace(ctx, store=store), to_mapping(row), "me")
        poller.start()
        await world.clock.advance(5_000)
        await poller.stop_polling()
        return store.has_died

    return poll


async def test_no_record_is_lost_at_any_step(functions, engine, create, streams, read, queue, bodies):
    await create("f")
    url, arn = await queue("lost")

    def run(event):
        if int(event["Records"][0]["kinesis"]["data"]) % 2:
            raise ValueError("odd")

    engine.scripts["f"] = run
    made = await functions.create_event_source_mapping(
        EventSourceArn=STREAM_ARN,
        FunctionName="f",
        StartingPosition="TRIM_HORIZON",
        Enabled=False,
        BatchSize=1,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    told = number = 0
    has_died = True
    while has_died:
        number += 1
        assert number < STEPS_MAX
        await streams.put(2 * number, 2 * number + 1)
        has_died = await read(made["UUID"], number)
        await read(made["UUID"])
        seen = [int(event["Records"][0]["kinesis"]["data"]) for event in engine.events("f")]
        assert set(seen) == set(range(2, 2 * number + 2))
        assert all(seen.index(one) < seen.index(one + 1) for one in range(2, 2 * number + 1))
        assert len(seen) <= 4 * number, "more came twice than a death explains"
        told += len(await bodies(url))
        assert told >= number
    assert number > 5

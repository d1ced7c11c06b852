"""Laws: pages of any size give each event once, in order, in both directions; a search finds what matches."""

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.testing.world import World

MINUTE_MS = 60_000
BATCH = st.lists(st.integers(-10 * MINUTE_MS, 10 * MINUTE_MS) | st.integers(-3, 3), min_size=1, max_size=8)
BATCHES = st.lists(st.tuples(st.sampled_from(["one", "two"]), BATCH), min_size=1, max_size=6)


async def fill(logs, clock, batches):
    """Every event as (time, stream, message), in the order that reads must give: time, then arrival."""
    await logs.create_log_group(logGroupName="app")
    for name in ("one", "two"):
        await logs.create_log_stream(logGroupName="app", logStreamName=name)
    number, events = count(), []
    for name, offsets in batches:
        batch = [
            {"timestamp": clock.now_ms() + offset, "message": f"{next(number)}"} for offset in sorted(offsets)
        ]
        await logs.put_log_events(logGroupName="app", logStreamName=name, logEvents=batch)
        events += [(event["timestamp"], name, event["message"]) for event in batch]
    return sorted(events, key=lambda event: event[0])


async def searched(logs, size, **parameters):
    found, token = [], {}
    while True:
        page = await logs.filter_log_events(logGroupName="app", limit=size, **parameters, **token)
        assert len(page["events"]) <= size
        found += [(event["timestamp"], event["logStreamName"], event["message"]) for event in page["events"]]
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


async def walked(logs, size, name, *, is_forward):
    found, token, key = [], None, "nextForwardToken" if is_forward else "nextBackwardToken"
    while True:
        given_token = {} if token is None else {"nextToken": token}
        page = await logs.get_log_events(
            logGroupName="app", logStreamName=name, limit=size, startFromHead=is_forward, **given_token
        )
        events = [event["message"] for event in page["events"]]
        found = found + events if is_forward else events + found
        if page[key] == token:
            return found
        token = page[key]


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, size=st.integers(1, 9), low=st.integers(-5, 5), width=st.integers(0, 5 * MINUTE_MS))
async def test_pages_give_each_event_once_in_order(models, batches, size, low, width):
    async with World(models=models) as world:
        logs = world.client("logs")
        events = await fill(logs, world.clock, batches)
        assert await searched(logs, size) == events
        assert await searched(logs, size, startFromHead=False) == events[::-1]
        start_ms = world.clock.now_ms() + low
        assert await searched(logs, size, startTime=start_ms, endTime=start_ms + width) == [
            event for event in events if start_ms <= event[0] <= start_ms + width
        ]
        for name in ("one", "two"):
            expected = [message for _, stream, message in events if stream == name]
            assert await walked(logs, size, name, is_forward=True) == expected
            assert await walked(logs, size, name, is_forward=False) == expected

"""A log group as the target of other services: every delivery is one event in a stream of its own."""

from sundog import bus
from sundog.context import Principal
from sundog.scope import Scope


async def test_what_is_delivered_to_a_group_becomes_an_event(world, logs, clock):
    await logs.create_log_group(logGroupName="app")
    ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
    delivery = bus.Delivery(
        target_arn="arn:aws:logs:us-east-1:000000000000:log-group:app:*",
        body='{"detail": 1}',
        source_arn="arn:aws:events:us-east-1:000000000000:rule/r",
        service="events.amazonaws.com",
    )
    async with ctx.store.transaction() as tx:
        await bus.send(ctx, tx, delivery)
        await bus.send(ctx, tx, delivery)
    await clock.settle()
    events = (await logs.filter_log_events(logGroupName="app"))["events"]
    assert [event["message"] for event in events] == ['{"detail": 1}'] * 2
    assert len({event["logStreamName"] for event in events}) == 2

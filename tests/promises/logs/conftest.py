"""What the tests of CloudWatch Logs share: a client, and a group with streams and events in one line."""

from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.logs.service import SERVICE


@pytest.fixture
def logs(client):
    return client("logs")


@pytest.fixture
def stream(logs):
    """``await stream("app", "one")``: the stream, and its group where there is none yet."""

    async def create(group="app", name="one", **options):
        if name == "one":
            await logs.create_log_group(logGroupName=group, **options)
        await logs.create_log_stream(logGroupName=group, logStreamName=name)

    return create


@pytest.fixture
def put(logs, clock):
    """``await put((0, "first"), (5, "second"))``: events so many milliseconds from now."""

    async def put(*events, group="app", name="one"):
        now_ms = clock.now_ms()
        return await logs.put_log_events(
            logGroupName=group,
            logStreamName=name,
            logEvents=[{"timestamp": now_ms + offset, "message": text} for offset, text in events],
        )

    return put


@pytest.fixture
def found(logs):
    """The messages that one FilterLogEvents finds."""

    async def find(pattern="", group="app", **parameters):
        answer = await logs.filter_log_events(logGroupName=group, filterPattern=pattern, **parameters)
        return [event["message"] for event in answer["events"]]

    return find


@pytest.fixture
def call_on(world):
    """Call an operation in process on a store of the test's own making."""

    async def call(make_store, operation, request):
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        handlers = {one.name: one.handler for one in SERVICE.operations}
        return await handlers[operation](replace(ctx, store=make_store(ctx.store)), request)

    return call

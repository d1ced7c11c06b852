"""The process may die at any step: no event and no change of a mapping is lost or half done."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.lambda_.events import INVOKE, invoke_event
from sundog.services.lambda_.service import SERVICE
from sundog.testing.crashes import DyingStore, ProcessDied
from sundog.work.supervisor import SQL, to_item

STEPS_MAX = 40


def fail(_event):
    raise ValueError("no luck")


@pytest.fixture
def dying(world):
    """A context of root whose store dies at step ``number``."""

    def make(number):
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        return replace(ctx, store=DyingStore(ctx.store, number))

    return make


@pytest.fixture
def restart(world):
    """What a restart does to the work that a dead process had claimed."""

    async def again():
        await world.app.supervisor.stop(0)
        await world.app.supervisor.start()
        await world.clock.run_until_idle()

    return again


async def call(ctx, operation, request):
    handlers = {one.name: one.handler for one in SERVICE.operations}
    return await handlers[operation](ctx, request)


async def test_an_event_is_there_if_it_was_answered_at_every_step(
    world, engine, create, functions, dying, restart
):
    await create("f")
    number, answered, has_died = 0, 0, True
    while has_died:
        number += 1
        assert number < STEPS_MAX
        await world.app.supervisor.stop(0)  # the dying process is ours alone
        ctx = dying(number)
        request = {"FunctionName": "f", "InvocationType": "Event", "Payload": str(number).encode()}
        with suppress(ProcessDied):
            await call(ctx, "Invoke", request)
            answered = number
        has_died = ctx.store.has_died
        await restart()
        events = engine.events("f")
        assert len(events) == len(set(events)), "an event was invoked twice without need"
        if answered == number:
            assert number in events
    assert answered, "the last turn dies nowhere"


@pytest.mark.parametrize("outcome", ["success", "failure"])
@pytest.mark.parametrize("number", range(1, 16))
async def test_the_end_of_an_event_is_told_once_wherever_the_process_died(
    number, outcome, world, engine, create, functions, queue, dying, clock, bodies, restart
):
    """Where the telling died, the event itself is still there, and is told by the next process."""
    await create("f")
    if outcome == "failure":
        engine.scripts["f"] = fail
    url, arn = await queue("told")
    sides = {side: {"Destination": arn} for side in ("OnSuccess", "OnFailure")}
    await functions.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=sides
    )
    await world.app.supervisor.stop(0)  # the dying process is ours alone
    await functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    ctx = dying(number)
    async with world.app.store.transaction() as tx:
        claim = {"kind": INVOKE, "now_ms": clock.now_ms(), "count": 1, "owner": "dead", "lease_ms": 0}
        (row,) = await tx.all(SQL["claim_work"], **claim)
    with suppress(ProcessDied):
        await invoke_event(ctx, to_item(row))
    async with world.app.store.transaction() as tx:  # on a shared store a lease runs out
        await tx.run(SQL["release_work"], owner="dead")
    await restart()
    told = [json.loads(body) for body in await bodies(url)]
    assert len(told) == 1
    conditions = {"success": "Success", "failure": "RetriesExhausted"}
    assert {record["requestContext"]["condition"] for record in told} == {conditions[outcome]}


@pytest.mark.parametrize("operation", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("number", range(1, 14))
async def test_a_mapping_is_changed_entirely_or_not_at_all(
    number, operation, engine, create, functions, queue, sqs, dying, restart, map_queue, left
):
    await create("f")
    url, arn = await queue()
    uuid = "" if operation == "Create" else await map_queue(arn, BatchSize=10)
    requests = {
        "Create": {"EventSourceArn": arn, "FunctionName": "f", "BatchSize": 3},
        "Update": {"UUID": uuid, "BatchSize": 3},
        "Delete": {"UUID": uuid},
    }
    with suppress(ProcessDied):
        await call(dying(number), f"{operation}EventSourceMapping", requests[operation])
    await restart()
    found = (await functions.list_event_source_mappings())["EventSourceMappings"]
    assert [mapping["State"] for mapping in found] in ([], ["Enabled"])
    if operation == "Update":
        assert found[0]["BatchSize"] in (3, 10)
    await sqs.send_message(QueueUrl=url, MessageBody="a")
    await restart()
    assert (len(engine.calls), await left(url)) == ((1, 0) if found else (0, 1))

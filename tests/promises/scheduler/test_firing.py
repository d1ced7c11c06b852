"""What schedules do, and when."""

import contextlib
import json
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.scheduler.firing import REPEAT, fire
from sundog.store.statements import Statement
from sundog.testing.crashes import DyingStore, ProcessDied
from sundog.work import WorkItem

_ARMED = "select * from work where kind = 'scheduler.repeat'"
ARMED = Statement("armed", _ARMED, _ARMED)


async def test_a_one_time_schedule_fires_at_its_moment_and_never_again(
    schedule, queue, received, clock, local
):
    moment = local(60)
    await schedule(f"at({moment})")
    await clock.advance(59_999)
    assert await received(queue) == []
    await clock.advance(1)
    assert await received(queue) == [f"{moment}Z"]
    await clock.advance(86_400_000)
    assert await received(queue) == []


async def test_a_rate_begins_at_once_and_goes_on(schedule, queue, received, clock):
    await schedule("rate(5 minutes)")
    await clock.settle()
    assert len(await received(queue)) == 1
    await clock.advance(15 * 60_000)
    assert len(await received(queue)) == 3


async def test_a_cron_follows_the_clocks_of_its_time_zone(schedule, queue, received, clock):
    # The clocks of New York go forward on 2024-03-10.
    start, end = 1_709_942_400, 1_710_201_600
    await schedule(
        "cron(30 9 * * ? *)", ScheduleExpressionTimezone="America/New_York", StartDate=start, EndDate=end
    )
    await clock.advance(end * 1000 - clock.now_ms() + 86_400_000)
    times = ["2024-03-09T14:30:00Z", "2024-03-10T13:30:00Z", "2024-03-11T13:30:00Z"]
    assert sorted(await received(queue)) == times


async def test_a_flexible_schedule_fires_within_its_window(schedule, queue, received, clock, local):
    await schedule(f"at({local(60)})", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10})
    await clock.advance(60_000)
    early = await received(queue)
    await clock.advance(10 * 60_000)
    assert len(early + await received(queue)) == 1


async def test_a_disabled_schedule_is_silent_until_it_is_enabled(schedule, queue, received, clock, local):
    await schedule(f"at({local(60)})", State="DISABLED")
    await clock.advance(120_000)
    assert await received(queue) == []
    await schedule(f"at({local(60)})", operation="update_schedule")
    await clock.advance(60_000)
    assert len(await received(queue)) == 1


async def test_an_update_moves_what_was_due(schedule, queue, received, clock, local):
    await schedule(f"at({local(60)})")
    await schedule(f"at({local(600)})", operation="update_schedule")
    await clock.advance(300_000)
    assert await received(queue) == []
    await clock.advance(300_000)
    assert len(await received(queue)) == 1


async def test_a_deleted_schedule_fires_no_more(scheduler, schedule, queue, received, clock, local):
    await schedule(f"at({local(60)})")
    await scheduler.delete_schedule(Name="s")
    await clock.advance(120_000)
    assert await received(queue) == []


@pytest.mark.parametrize(("action", "left"), [("DELETE", 0), ("NONE", 1)])
async def test_a_schedule_that_is_done_goes_if_it_was_told_to(
    scheduler, schedule, queue, clock, local, action, left
):
    await schedule(f"at({local(60)})", ActionAfterCompletion=action)
    await clock.advance(60_000)
    assert len((await scheduler.list_schedules())["Schedules"]) == left


async def test_occurrences_missed_while_nobody_worked_are_caught_up(schedule, queue, received, clock, world):
    await schedule("rate(1 minute)")
    await clock.settle()
    await received(queue)
    await world.app.supervisor.stop(0)
    await clock.advance(5 * 60_000)
    await world.app.supervisor.start()
    await clock.settle()
    assert len(await received(queue)) == 5


async def test_occurrences_older_than_their_events_may_be_are_not_caught_up(
    schedule, queue, received, clock, world
):
    await schedule("rate(1 minute)", target={"RetryPolicy": {"MaximumEventAgeInSeconds": 120}})
    await clock.settle()
    await received(queue)
    await world.app.supervisor.stop(0)
    await clock.advance(60 * 60_000)
    await world.app.supervisor.start()
    await clock.settle()
    assert len(await received(queue)) == 4  # the one that was armed, and those of the last two minutes


async def test_an_occurrence_fires_once_wherever_the_process_dies(world, schedule, queue, received, clock):
    """Dead at every step, then started again: the queue holds each occurrence once."""
    number, has_died = 0, True
    await schedule("rate(1 minute)")
    await clock.settle()
    assert len(await received(queue)) == 1
    while has_died:
        number += 1
        has_died = await _die_while_firing(world, clock, number)
        await world.app.supervisor.start()
        await clock.settle()
        assert len(await received(queue)) == 1


async def _die_while_firing(world, clock, number):
    """Fire the next occurrence by hand on a store that dies at step ``number``; whether it came to that."""
    await world.app.supervisor.stop(0)
    await clock.advance(60_000)
    store = DyingStore(world.app.store, number)
    item = await _next_item(world)
    scope = Scope()
    ctx = replace(
        world.app.system_context(scope, Principal.service("scheduler.amazonaws.com", scope.account)),
        store=store,
    )
    with contextlib.suppress(ProcessDied):
        await fire(ctx, item)
    return store.has_died


async def _next_item(world):
    async with world.app.store.transaction() as tx:
        row = await tx.one(ARMED)
    payload = json.loads(row["payload"])
    return WorkItem(row["id"], REPEAT, row["key"], Scope(), payload, 1, row["created_ms"], row["due_ms"])


async def test_the_input_knows_its_schedule_and_attempt(schedule, queue, received, clock):
    text = "<aws.scheduler.schedule-arn> <aws.scheduler.attempt-number> <aws.scheduler.execution-id>"
    await schedule(target={"Input": text})
    await clock.settle()
    arn, attempt, execution = (await received(queue))[0].split()
    assert arn == "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"
    assert attempt == "1"
    assert len(execution) == 16


async def test_a_target_without_input_is_told_what_fired(scheduler, queue, received, clock):
    target = {
        "Arn": "arn:aws:sqs:us-east-1:000000000000:fired",
        "RoleArn": "arn:aws:iam::000000000000:role/r",
    }
    await scheduler.create_schedule(
        Name="s",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    await clock.settle()
    event = json.loads((await received(queue))[0])
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")


async def test_a_universal_target_calls_any_operation(schedule, sqs, queue, received, clock):
    text = json.dumps({"QueueUrl": queue, "MessageBody": "hello", "DelaySeconds": 5})
    arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    await schedule("rate(1 hour)", target={"Arn": arn, "Input": text})
    await clock.advance(4_999)
    assert await received(queue) == []
    await clock.advance(1)
    assert await received(queue) == ["hello"]


async def test_a_fifo_queue_gets_the_group_of_the_target(schedule, sqs, received, clock):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = (await sqs.create_queue(QueueName="f.fifo", Attributes=attributes))["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:f.fifo"
    await schedule("rate(1 hour)", target={"Arn": arn, "SqsParameters": {"MessageGroupId": "g"}})
    await clock.settle()
    assert len(await received(url)) == 1


async def test_what_cannot_be_delivered_is_retried_and_then_a_dead_letter(schedule, sqs, queue, clock):
    target = {
        "Arn": "arn:aws:sqs:us-east-1:000000000000:nowhere",
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:fired"},
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600},
    }
    await schedule("rate(1 day)", target=target)
    await clock.settle()
    assert "Messages" not in await sqs.receive_message(QueueUrl=queue)
    await clock.advance(60_000)
    message = (await sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]))["Messages"][0]
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert told["ERROR_CODE"] == "QueueDoesNotExist"
    assert told["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert told["RETRY_ATTEMPTS"] == "2"
    assert told["SCHEDULE_ARN"].endswith("schedule/default/s")
    assert told["TARGET_ARN"] == target["Arn"]
    assert json.loads(message["Body"])["QueueUrl"].endswith("nowhere")


async def test_invocations_are_counted(schedule, queue, client, clock):
    await schedule("rate(1 hour)")
    await clock.advance(1_000)
    found = await client("cloudwatch").list_metrics(Namespace="AWS/Scheduler")
    dimensions = [m["Dimensions"] for m in found["Metrics"] if m["MetricName"] == "InvocationAttemptCount"]
    assert [{"Name": "ScheduleGroup", "Value": "default"}] in dimensions

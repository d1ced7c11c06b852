"""Asynchronous events: taken in once, tried as AWS tries, given up where AWS gives up."""

import json

import pytest

from sundog.compute.contract import EngineError

SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000


def fail(_event):
    raise ValueError("no luck")


def down(_event):
    raise EngineError("no room")


@pytest.fixture
async def f(engine, create):
    """A scripted function named f."""
    await create("f")
    return engine


@pytest.fixture
def send(functions, clock):
    """Send an event to f, and let what happens at once happen."""

    async def event(value, name="f", **members):
        payload = json.dumps(value).encode()
        await functions.invoke(FunctionName=name, InvocationType="Event", Payload=payload, **members)
        await clock.settle()

    return event


@pytest.fixture
def tried(f, clock):
    """When f was tried, in milliseconds from now."""
    start_ms = clock.now_ms()
    return lambda: [at_ms - start_ms for at_ms in f.times_ms("f")]


async def test_an_event_is_invoked_once(f, send, clock):
    await send({"a": 1})
    await clock.run_until_idle()
    assert f.events("f") == [{"a": 1}]


async def test_an_event_that_fails_is_tried_again_after_one_and_two_minutes(f, send, clock, tried):
    f.scripts["f"] = fail
    await send({})
    await clock.run_until_idle()
    assert tried() == [0, MINUTE_MS, 3 * MINUTE_MS]


async def test_every_try_has_the_request_id_of_the_event(f, functions, send, clock):
    f.scripts["f"] = fail
    await send({})
    await clock.run_until_idle()
    assert len({call.invocation.request_id for call in f.calls}) == 1


async def test_no_retries_if_none_are_wanted(f, functions, send, clock, tried):
    f.scripts["f"] = fail
    await functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    await send({})
    await clock.run_until_idle()
    assert tried() == [0]


async def test_an_event_is_not_tried_beyond_its_age(f, functions, send, clock, tried):
    f.scripts["f"] = fail
    await functions.put_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=100)
    await send({})
    await clock.run_until_idle()
    assert tried() == [0, MINUTE_MS]


async def test_a_throttled_event_is_tried_later_and_later_until_there_is_room(
    f, functions, send, clock, tried
):
    calls = []

    def too_full(event):
        calls.append(event)
        if len(calls) < 5:
            raise EngineError("no room")

    f.scripts["f"] = too_full
    await send({})
    await clock.run_until_idle()
    assert tried() == [0, *(n * SECOND_MS for n in (1, 3, 7, 15))]


async def test_an_event_that_we_cannot_run_is_given_up_after_six_hours(f, send, clock, tried):
    f.scripts["f"] = down
    await send({})
    await clock.run_until_idle()
    assert 5.9 * HOUR_MS < tried()[-1] <= 6 * HOUR_MS
    gaps = [after - before for before, after in zip(tried(), tried()[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 5 * MINUTE_MS


async def test_errors_and_throttles_are_counted_apart(f, send, clock, tried):
    kinds = iter([down, down, fail, fail, fail])
    f.scripts["f"] = lambda event: next(kinds)(event)
    await send({})
    await clock.run_until_idle()
    assert tried() == [0, SECOND_MS, 3 * SECOND_MS, 63 * SECOND_MS, 183 * SECOND_MS]


async def test_events_of_an_alias_follow_its_own_policy(f, functions, send, clock, tried):
    f.scripts["f"] = fail
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await functions.put_function_event_invoke_config(
        FunctionName="f", Qualifier="live", MaximumRetryAttempts=1
    )
    await send({}, Qualifier="live")
    await clock.run_until_idle()
    assert tried() == [0, MINUTE_MS]
    assert {call.version for call in f.calls} == {"1"}


async def test_events_of_a_deleted_function_are_dropped(f, functions, send, clock):
    f.scripts["f"] = fail
    await send({})
    await functions.delete_function(FunctionName="f")
    await clock.run_until_idle()
    assert len(f.calls) == 1


async def test_a_given_up_event_goes_to_the_dead_letter_queue_and_says_why(
    f, functions, queue, sqs, send, clock
):
    f.scripts["f"] = fail
    url, arn = await queue("dead")
    await functions.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": arn})
    await clock.settle()
    await send({"a": 1})
    await clock.run_until_idle()
    (message,) = (await sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]))["Messages"]
    assert json.loads(message["Body"]) == {"a": 1}
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "RequestID": f.calls[0].invocation.request_id,
        "ErrorCode": "200",
        "ErrorMessage": "no luck",
    }


async def test_an_event_for_nobody_is_refused_at_once(functions, engine, refusal):
    asked = functions.invoke(FunctionName="nobody", InvocationType="Event")
    code, _ = await refusal(asked)
    assert code == "ResourceNotFoundException"


async def test_many_events_are_each_invoked(f, send, clock):
    for number in range(40):
        await send(number)
    await clock.run_until_idle()
    assert sorted(f.events("f")) == list(range(40))

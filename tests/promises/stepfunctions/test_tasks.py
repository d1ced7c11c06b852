"""Tasks: what they call, how they fail, retries, catchers, callbacks, activities, time limits."""

import asyncio
import itertools
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

QUEUE = "http://sqs.us-east-1.amazonaws.com/000000000000/q"
ASKS = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"},
    "End": True,
}
MISSING = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
    "Parameters": {"QueueName": "gone"},
    "End": True,
}


@pytest.fixture
async def queue(client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]

    async def receive():
        got = await sqs.receive_message(QueueUrl=url)
        return [message["Body"] for message in got.get("Messages", [])]

    return receive


@pytest.fixture
def status(sfn):
    async def read(arn):
        return (await sfn.describe_execution(executionArn=arn))["status"]

    return read


async def test_an_optimised_task_calls_the_service(machine, run, queue):
    send = ASKS | {
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": QUEUE, "MessageBody.$": "$"},
    }
    done = await run(await machine({"T": send}), {"a": 1})
    assert json.loads(done["output"])["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert await queue() == ['{"a":1}']


async def test_an_error_of_an_sdk_task_has_the_name_and_words_of_the_sdk(machine, run):
    done = await run(await machine({"T": MISSING}))
    assert done["error"] == "Sqs.QueueDoesNotExistException"
    assert "(Service: Sqs, Status Code: 400, Request ID: " in done["cause"]


async def test_retries_wait_longer_each_time_and_the_catcher_comes_last(machine, run, history):
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2}
    catch = {"ErrorEquals": ["Sqs.QueueDoesNotExistException"], "ResultPath": "$.error", "Next": "C"}
    states = {"T": MISSING | {"Retry": [retry], "Catch": [catch]}, "C": {"Type": "Pass", "End": True}}
    done = await run(await machine(states), {})
    assert json.loads(done["output"])["error"]["Error"] == "Sqs.QueueDoesNotExistException"
    asked = [e["timestamp"] for e in await history(done["executionArn"]) if e["type"] == "TaskScheduled"]
    assert [(b - a).total_seconds() for a, b in itertools.pairwise(asked)] == [2, 6]


async def test_a_callback_ends_the_task_once(sfn, machine, queue, clock, status, refusal):
    started = await sfn.start_execution(stateMachineArn=await machine({"T": ASKS}))
    await clock.settle()
    [token] = await queue()
    await sfn.send_task_success(taskToken=token, output='{"done": true}')
    assert await status(started["executionArn"]) == "SUCCEEDED"
    code, message = await refusal(sfn.send_task_success(taskToken=token, output="{}"))
    assert (code, message) == (
        "TaskTimedOut",
        "Task Timed Out: 'Provided task does not exist anymore'",
    )


async def test_a_failure_without_a_name_is_caught_with_nulls(sfn, machine, queue, clock):
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    arn = await machine({"T": ASKS | {"Catch": catch}, "C": {"Type": "Pass", "End": True}})
    started = await sfn.start_execution(stateMachineArn=arn)
    await clock.settle()
    [token] = await queue()
    await sfn.send_task_failure(taskToken=token)
    done = await sfn.describe_execution(executionArn=started["executionArn"])
    assert json.loads(done["output"]) == {"Error": None, "Cause": None}


async def test_heartbeats_keep_a_task_alive_until_they_stop(sfn, machine, queue, clock, status):
    arn = await machine({"T": ASKS | {"HeartbeatSeconds": 10}})
    started = await sfn.start_execution(stateMachineArn=arn)
    await clock.settle()
    [token] = await queue()
    for _ in range(3):
        await clock.advance(9_000)
        await sfn.send_task_heartbeat(taskToken=token)
    assert await status(started["executionArn"]) == "RUNNING"
    await clock.advance(10_000)
    done = await sfn.describe_execution(executionArn=started["executionArn"])
    assert (done["status"], done["error"]) == ("FAILED", "States.Timeout")


async def test_a_catcher_may_name_the_missed_heartbeat(sfn, machine, clock, queue, status):
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "C"}]
    states = {"T": ASKS | {"HeartbeatSeconds": 5, "Catch": catch}, "C": {"Type": "Pass", "End": True}}
    started = await sfn.start_execution(stateMachineArn=await machine(states))
    await clock.advance(6_000)
    assert await status(started["executionArn"]) == "SUCCEEDED"


async def test_an_activity_hands_its_task_to_one_worker(sfn, machine, clock, status):
    activity = (await sfn.create_activity(name="a"))["activityArn"]
    arn = await machine({"T": {"Type": "Task", "Resource": activity, "End": True}})
    waiting = asyncio.ensure_future(sfn.get_activity_task(activityArn=activity, workerName="w"))
    await asyncio.sleep(0)
    started = await sfn.start_execution(stateMachineArn=arn, input='{"n": 1}')
    task = await waiting
    assert task["input"] == '{"n":1}'
    await sfn.send_task_success(taskToken=task["taskToken"], output="2")
    assert await status(started["executionArn"]) == "SUCCEEDED"


async def test_a_task_of_a_deleted_activity_fails(sfn, machine, run):
    activity = (await sfn.create_activity(name="a"))["activityArn"]
    arn = await machine({"T": {"Type": "Task", "Resource": activity, "End": True}})
    await sfn.delete_activity(activityArn=activity)
    done = await run(arn)
    assert (done["error"], done["cause"]) == (
        "States.Runtime",
        "An error occurred while executing the state 'T' (entered at the event id #2). "
        f"The activity {activity} does not exist.",
    )


async def test_a_nested_execution_gives_its_output_to_the_one_that_waits(machine, run):
    inner = await machine({"R": {"Type": "Pass", "Result": {"deep": 1}, "End": True}}, name="inner")
    outer = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner},
        "OutputPath": "$.Output",
        "End": True,
    }
    assert (await run(await machine({"T": outer}, name="outer")))["output"] == '{"deep":1}'


async def test_a_failure_in_a_branch_aborts_what_the_others_were_doing(machine, run, history):
    long = {"StartAt": "L", "States": {"L": {"Type": "Wait", "Seconds": 99, "End": True}}}
    bad = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
    done = await run(await machine({"X": {"Type": "Parallel", "Branches": [long, bad], "End": True}}))
    assert (done["status"], done["error"]) == ("FAILED", "E")
    kinds = [event["type"] for event in await history(done["executionArn"])]
    assert kinds[-3:] == ["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        ({"ok": 1}, 200, ("SUCCEEDED", None)),
        ({"no": 1}, 404, ("FAILED", "States.Http.StatusCode.404")),
    ],
)
async def test_an_http_task_calls_as_the_user_of_its_connection(
    client, machine, run, answer, status, expected
):
    seen = []

    async def take(request):
        seen.append((request.method, request.raw_path, request.headers["x-key"], await request.json()))
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", take)
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    connection = await client("events").create_connection(
        Name="c", AuthorizationType="API_KEY", AuthParameters=key
    )
    async with TestServer(app, shutdown_timeout=0) as server:
        parameters = {
            "ApiEndpoint": f"http://127.0.0.1:{server.port}/orders",
            "Method": "POST",
            "Authentication": {"ConnectionArn": connection["ConnectionArn"]},
            "QueryParameters": {"page": 2},
            "RequestBody": {"a": [1]},
        }
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": parameters,
            "End": True,
        }
        done = await run(await machine({"T": task}))
    assert (done["status"], done.get("error")) == expected
    assert seen == [("POST", "/orders?page=2", "secret", {"a": [1]})]
    if status == 200:
        assert json.loads(done["output"])["ResponseBody"] == answer

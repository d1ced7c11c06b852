"""Another execution from an event of one: what was stays, what follows is done, what is wrong is said."""

import json

import pytest

from sundog.protocol.http import HttpRequest

PATH = "/_sundog/executions/"
SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
URL = "http://sqs.us-east-1.localhost:4566/000000000000/q"


@pytest.fixture
def ask(world):
    """``await ask("POST", "<arn>/replay", {...})``: status and text of a page."""

    async def send(method, path, body=None):
        request = HttpRequest(method, PATH + path, "", {}, json.dumps(body or {}).encode())
        answer = await world.app.server.answer(request, lambda: True)
        return answer.status, answer.body.decode()

    return send


@pytest.fixture
def replay(ask, sfn, clock):
    """``await replay(arn, from=5)``: the description of the new execution once it is over."""

    async def fork(arn, **asked):
        status, text = await ask("POST", f"{arn}/replay", asked)
        assert status == 200, text
        await clock.run_until_idle()
        return await sfn.describe_execution(executionArn=json.loads(text)["executionArn"])

    return fork


def send(**more):
    return {**SEND, "Parameters": {"QueueUrl": URL, "MessageBody": "hello"}, **more}


def definition(states):
    return json.dumps({"StartAt": next(iter(states)), "States": states})


PASSES = {
    "A": {"Type": "Pass", "Result": 1, "ResultPath": "$.a", "Next": "B"},
    "B": {"Type": "Pass", "Result": 2, "ResultPath": "$.b", "End": True},
}


async def the_id(history, arn, kind, name):
    events = await history(arn)
    return next(
        e["id"] for e in events if e["type"] == kind and e["stateEnteredEventDetails"]["name"] == name
    )


async def test_what_failed_is_done_again_and_nothing_before_it(machine, run, history, client, replay):
    failed = await run(await machine({"P": {"Type": "Pass", "Next": "T"}, "T": send()}), {"a": 1})
    await client("sqs").create_queue(QueueName="q")
    events = await history(failed["executionArn"])
    ended = await replay(failed["executionArn"], **{"from": events[-1]["id"]})
    assert (failed["status"], ended["status"]) == ("FAILED", "SUCCEEDED")
    again = await history(ended["executionArn"])
    entered = next(n for n, event in enumerate(events) if event["type"] == "TaskStateEntered")
    assert again[:entered] == events[:entered]
    assert [event["id"] for event in again] == list(range(1, len(again) + 1))
    assert [event["type"] for event in again[entered:]] == [
        *("TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"),
        "ExecutionSucceeded",
    ]


async def test_another_definition_goes_on_from_the_event(machine, run, history, replay):
    first = await run(await machine(PASSES), {"x": 0})
    changed = {**PASSES, "B": {"Type": "Pass", "Result": "new", "ResultPath": "$.b", "Next": "C"}}
    changed["C"] = {"Type": "Succeed"}
    at = await the_id(history, first["executionArn"], "PassStateEntered", "B")
    ended = await replay(first["executionArn"], definition=definition(changed), **{"from": at})
    assert json.loads(ended["output"]) == {"x": 0, "a": 1, "b": "new"}
    assert ended["stateMachineArn"] == first["stateMachineArn"]


async def test_another_input_is_that_of_the_state(sfn, machine, run, history, replay):
    first = await run(await machine(PASSES), {"x": 0})
    at = await the_id(history, first["executionArn"], "PassStateEntered", "B")
    ended = await replay(first["executionArn"], input='{"y": 5}', **{"from": at})
    assert (json.loads(ended["input"]), json.loads(ended["output"])) == ({"x": 0}, {"y": 5, "b": 2})
    whole = await replay(first["executionArn"], input='{"y": 5}')
    assert (json.loads(whole["input"]), json.loads(whole["output"])) == ({"y": 5}, {"y": 5, "a": 1, "b": 2})


async def test_iterations_that_were_over_stay_over(machine, run, history, replay):
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"old.$": "$"}, "End": True}}}
    states = {"M": {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 1, "End": True}}
    first = await run(await machine(states), [7, 8, 9])
    entered = [e["id"] for e in await history(first["executionArn"]) if e["type"] == "PassStateEntered"]
    inner["States"]["I"]["Parameters"] = {"new.$": "$"}
    ended = await replay(first["executionArn"], definition=definition(states), **{"from": entered[1]})
    assert json.loads(ended["output"]) == [{"old": 7}, {"new": 8}, {"new": 9}]


async def test_a_state_of_a_branch_that_is_no_more_cannot_be_done_again(machine, run, history, ask):
    branches = [
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
        {"StartAt": "Q", "States": {"Q": {"Type": "Wait", "Seconds": 5, "End": True}}},
    ]
    states = {"B": {"Type": "Parallel", "Branches": branches, "End": True}}
    first = (await run(await machine(states)))["executionArn"]
    at = await the_id(history, first, "WaitStateEntered", "Q")
    fewer = definition({"B": {**states["B"], "Branches": branches[:1]}})
    status, text = await ask("POST", f"{first}/replay", {"from": at, "definition": fewer})
    assert (status, json.loads(text)["error"]) == (
        400,
        "What is around Q is another state in this definition.",
    )


async def test_branches_under_way_begin_their_states_again(machine, run, history, replay, client):
    """A fork inside one branch leaves what the other had done, and does again what it was at."""
    branches = [
        {"StartAt": "T", "States": {"T": {**send(), "ResultPath": None}}},
        {"StartAt": "Q", "States": {"Q": {"Type": "Pass", "Result": 1, "End": True}}},
    ]
    await client("sqs").create_queue(QueueName="q")
    first = await run(await machine({"B": {"Type": "Parallel", "Branches": branches, "End": True}}), {})
    at = await the_id(history, first["executionArn"], "PassStateEntered", "Q")
    ended = await replay(first["executionArn"], **{"from": at})
    assert json.loads(ended["output"]) == [{}, 1]
    got = await client("sqs").receive_message(QueueUrl=URL, MaxNumberOfMessages=10)
    assert len(got["Messages"]) == 2


async def test_variables_are_what_they_were(machine, run, history, replay):
    states = {
        "A": {"Type": "Pass", "Assign": {"v": 41}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "End": True},
    }
    first = await run(await machine(states))
    at = await the_id(history, first["executionArn"], "PassStateEntered", "B")
    ended = await replay(first["executionArn"], **{"from": at})
    assert json.loads(ended["output"]) == {"v": 41}


async def test_the_first_execution_is_as_it_was(sfn, machine, run, history, replay):
    first = await run(await machine(PASSES), {"x": 0})
    before = await history(first["executionArn"])
    await replay(first["executionArn"], input="{}")
    assert await history(first["executionArn"]) == before
    listed = (await sfn.list_executions(stateMachineArn=first["stateMachineArn"]))["executions"]
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": 99}, "there is none with the id 99"),
        ({"from": "x"}, "from is the number of an event"),
        ({"definition": 5}, "texts that contain JSON"),
        ({"input": "{"}, "Invalid State Machine Execution Input"),
        ({"definition": "{"}, "INVALID_JSON_DESCRIPTION"),
        ({"to": 1}, "from, definition and input"),
        ({"from": 4, "definition": definition({"Z": {"Type": "Succeed"}})}, "has no state B"),
    ],
)
async def test_what_cannot_be_replayed_is_said(machine, run, ask, asked, said):
    first = await run(await machine(PASSES), {})
    status, text = await ask("POST", f"{first['executionArn']}/replay", asked)
    assert status == 400
    assert said in json.loads(text)["error"]


async def test_an_execution_that_is_not_there_is_said_not_to_be(ask):
    arn = "arn:aws:states:us-east-1:000000000000:execution:m:none"
    for method, ending in (("POST", "/replay"), ("GET", ".svg")):
        status, text = await ask(method, arn + ending)
        assert (status, json.loads(text)["error"]) == (400, f"Execution Does Not Exist: '{arn}'")
    assert (await ask("GET", "nonsense.svg"))[0] == 400


async def test_an_execution_is_drawn(machine, run, ask):
    first = await run(await machine(PASSES), {})
    status, text = await ask("GET", f"{first['executionArn']}.svg")
    assert status == 200
    assert text.startswith("<svg")
    assert text.count('data-outcome="SUCCEEDED"') == 2

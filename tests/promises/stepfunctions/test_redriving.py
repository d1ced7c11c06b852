"""RedriveExecution: a failed execution goes on from where it failed."""

import json

from tests.promises.stepfunctions.test_distributed_maps import distributed

SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}


def send(queue_url):
    return {**SEND, "Parameters": {"QueueUrl": queue_url, "MessageBody": "hello"}}


URL = "http://sqs.us-east-1.localhost:4566/000000000000/q"


async def test_a_redrive_runs_the_failed_state_again_and_nothing_before_it(
    sfn, client, machine, run, history, clock
):
    arn = await machine({"P": {"Type": "Pass", "Next": "T"}, "T": send(URL)})
    failed = await run(arn, {"a": 1})
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    await client("sqs").create_queue(QueueName="q")
    await sfn.redrive_execution(executionArn=failed["executionArn"])
    await clock.settle()
    ended = await sfn.describe_execution(executionArn=failed["executionArn"])
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert "error" not in ended
    types = [event["type"] for event in await history(failed["executionArn"])]
    assert types.count("PassStateEntered") == 1
    after = types[types.index("ExecutionRedriven") :]
    assert after == [
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


async def test_branches_that_had_succeeded_are_not_run_again(sfn, client, machine, run, history, clock):
    branches = [
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "kept", "End": True}}},
        {"StartAt": "T", "States": {"T": {**send(URL), "ResultPath": None}}},
    ]
    arn = await machine({"B": {"Type": "Parallel", "Branches": branches, "End": True}})
    failed = await run(arn, {"a": 1})
    await client("sqs").create_queue(QueueName="q")
    await sfn.redrive_execution(executionArn=failed["executionArn"])
    await clock.settle()
    ended = await sfn.describe_execution(executionArn=failed["executionArn"])
    assert json.loads(ended["output"]) == ["kept", {"a": 1}]
    types = [event["type"] for event in await history(failed["executionArn"])]
    assert types.count("PassStateEntered") == 1


async def test_a_stopped_wait_can_be_redriven(sfn, machine, clock):
    arn = await machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    started = await sfn.start_execution(stateMachineArn=arn)
    await sfn.stop_execution(executionArn=started["executionArn"])
    await sfn.redrive_execution(executionArn=started["executionArn"])
    await clock.advance(60_000)
    ended = await sfn.describe_execution(executionArn=started["executionArn"])
    assert ended["status"] == "SUCCEEDED"


SENT = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "T"}],
        "Default": "P",
    },
    "P": {"Type": "Pass", "End": True},
    "T": {**send(URL), "ResultPath": None},
}


async def test_a_redriven_map_run_runs_what_had_failed_and_nothing_else(
    sfn, client, machine, run, history, clock
):
    failed = await run(await machine(distributed(SENT, ToleratedFailurePercentage=0)), [0, 1, 2])
    [listed] = (await sfn.list_map_runs(executionArn=failed["executionArn"]))["mapRuns"]
    map_run = listed["mapRunArn"]
    before = (await sfn.list_executions(mapRunArn=map_run))["executions"]
    [child] = [each for each in before if each["status"] == "FAILED"]
    described = await sfn.describe_execution(executionArn=child["executionArn"])
    assert described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    await client("sqs").create_queue(QueueName="q")
    await sfn.redrive_execution(executionArn=failed["executionArn"])
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=failed["executionArn"])
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", [0, 1, 2])
    after = (await sfn.list_executions(mapRunArn=map_run))["executions"]
    assert [each["executionArn"] for each in after] == [each["executionArn"] for each in before]
    assert [each["redriveCount"] for each in after] == [
        int(each["executionArn"] == child["executionArn"]) for each in before
    ]
    described = await sfn.describe_map_run(mapRunArn=map_run)
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] == ended["redriveDate"]
    types = [event["type"] for event in await history(failed["executionArn"])]
    assert types[types.index("ExecutionRedriven") :] == [
        *("ExecutionRedriven", "MapRunRedriven", "MapRunSucceeded", "MapStateSucceeded"),
        *("MapStateExited", "ExecutionSucceeded"),
    ]


async def test_a_retry_begins_a_map_run_and_a_redrive_continues_the_last(sfn, machine, run, history, clock):
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    failed = await run(await machine(distributed(SENT, Retry=retry)), [1])
    arn = failed["executionArn"]
    runs = (await sfn.list_map_runs(executionArn=arn))["mapRuns"]
    assert len(runs) == 2
    await sfn.redrive_execution(executionArn=arn)
    await clock.settle()
    [redriven] = [event for event in await history(arn) if event["type"] == "MapRunRedriven"]
    told = {"mapRunArn": runs[-1]["mapRunArn"], "redriveCount": 1}
    assert redriven["mapRunRedrivenEventDetails"] == told


async def test_children_that_had_not_begun_begin_with_the_redrive(sfn, machine, run, history, clock, client):
    more = {"MaxConcurrency": 1}
    failed = await run(await machine(distributed(SENT, **more)), [1, 0])
    await client("sqs").create_queue(QueueName="q")
    await sfn.redrive_execution(executionArn=failed["executionArn"])
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=failed["executionArn"])
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", [1, 0])


async def test_express_children_are_begun_anew_with_their_input(sfn, machine, run, client, clock):
    states = distributed(SENT)
    states["M"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "EXPRESS"
    failed = await run(await machine(states), [1])
    await client("sqs").create_queue(QueueName="q")
    await sfn.redrive_execution(executionArn=failed["executionArn"])
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=failed["executionArn"])
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", [1])


async def test_a_child_of_a_map_run_is_redriven_with_it_only(sfn, machine, run, refusal):
    failed = await run(await machine(distributed(SENT)), [1])
    [listed] = (await sfn.list_map_runs(executionArn=failed["executionArn"]))["mapRuns"]
    [child] = (await sfn.list_executions(mapRunArn=listed["mapRunArn"]))["executions"]
    code, _ = await refusal(sfn.redrive_execution(executionArn=child["executionArn"]))
    assert code == "ExecutionNotRedrivable"


async def test_what_has_succeeded_cannot_be_redriven(sfn, machine, run, refusal):
    ended = await run(await machine({"P": {"Type": "Pass", "End": True}}))
    code, message = await refusal(sfn.redrive_execution(executionArn=ended["executionArn"]))
    assert code == "ExecutionNotRedrivable"
    assert message == "Execution is SUCCEEDED and cannot be redriven"


async def test_after_14_days_it_is_too_late(sfn, machine, run, refusal, clock):
    ended = await run(await machine({"F": {"Type": "Fail"}}))
    await clock.advance(14 * 86_400_000 + 1)
    code, _ = await refusal(sfn.redrive_execution(executionArn=ended["executionArn"]))
    assert code == "ExecutionNotRedrivable"


async def test_the_same_token_is_the_same_redrive(sfn, machine, run, history):
    ended = await run(await machine({"F": {"Type": "Fail"}}))
    arn = ended["executionArn"]
    first = await sfn.redrive_execution(executionArn=arn, clientToken="t")
    again = await sfn.redrive_execution(executionArn=arn, clientToken="t")
    assert first["redriveDate"] == again["redriveDate"]
    assert [e["type"] for e in await history(arn)].count("ExecutionRedriven") == 1

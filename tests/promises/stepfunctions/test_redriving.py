"""RedriveExecution: a failed execution goes on from where it failed."""

import json

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

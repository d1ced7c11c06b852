"""What the default bus is told of executions: each change of status, in its order."""

import json

import pytest

WAIT = {"W": {"Type": "Wait", "Seconds": 5, "End": True}}


@pytest.fixture
async def told(client):
    """``await told()``: the events about executions that have come since."""
    queues, events = client("sqs"), client("events")
    url = (await queues.create_queue(QueueName="told"))["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:told"
    pattern = json.dumps({"source": ["aws.states"]})
    await events.put_rule(Name="r", EventPattern=pattern)
    await events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": arn}])

    async def read():
        found = []
        while got := (await queues.receive_message(QueueUrl=url)).get("Messages"):
            for message in got:
                found.append(json.loads(message["Body"]))
                await queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return read


async def test_an_execution_is_told_to_run_and_to_have_ended(machine, run, told):
    ended = await run(await machine({"P": {"Type": "Pass", "Result": 7, "End": True}}), {"a": 1})
    first, second = await told()
    assert first["detail-type"] == "Step Functions Execution Status Change"
    assert first["resources"] == second["resources"] == [ended["executionArn"]]
    assert (first["detail"]["status"], second["detail"]["status"]) == ("RUNNING", "SUCCEEDED")
    assert (first["detail"]["output"], second["detail"]["output"]) == (None, "7")
    assert first["detail"]["input"] == '{"a":1}'
    assert first["detail"]["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"


async def test_what_takes_time_is_told_when_it_happens(machine, sfn, told, clock):
    started = await sfn.start_execution(stateMachineArn=await machine(WAIT))
    await clock.settle()
    [running] = await told()
    assert (running["detail"]["status"], running["detail"]["stopDate"]) == ("RUNNING", None)
    await sfn.stop_execution(executionArn=started["executionArn"], error="E", cause="C")
    await clock.settle()
    [stopped] = await told()
    detail = stopped["detail"]
    assert (detail["status"], detail["error"], detail["cause"]) == ("ABORTED", "E", "C")
    assert detail["redriveStatus"] == "REDRIVABLE"


async def test_many_executions_are_each_told_in_order(machine, sfn, told, clock):
    arn = await machine(WAIT)
    for _ in range(12):
        await sfn.start_execution(stateMachineArn=arn)
    await clock.run_until_idle()
    seen = {}
    for event in await told():
        seen.setdefault(event["detail"]["executionArn"], []).append(event["detail"]["status"])
    assert list(seen.values()) == [["RUNNING", "SUCCEEDED"]] * 12


async def test_express_executions_are_not_told(machine, sfn, told, clock):
    arn = await machine({"P": {"Type": "Pass", "End": True}}, type="EXPRESS")
    await sfn.start_sync_execution(stateMachineArn=arn)
    await sfn.start_execution(stateMachineArn=arn)
    await clock.run_until_idle()
    assert await told() == []

"""State machines as the enrichment and as the target of pipes."""

import json

import pytest

ROLE = "arn:aws:iam::000000000000:role/machine"


@pytest.fixture
def machine(client):
    """``await machine(state, type="EXPRESS")``: the ARN of a machine of this one state."""

    async def create(state, type="EXPRESS"):
        definition = {"StartAt": "S", "States": {"S": state}}
        answer = await client("stepfunctions").create_state_machine(
            name="m", definition=json.dumps(definition), roleArn=ROLE, type=type
        )
        return answer["stateMachineArn"]

    return create


@pytest.fixture
def send(sqs, urls, clock):
    async def send_one(body):
        await sqs.send_message(QueueUrl=urls["from"], MessageBody=body)
        await clock.settle()

    return send_one


async def test_an_express_machine_enriches(pipe, machine, send, received):
    arn = await machine({"Type": "Pass", "Result": [{"made": "here"}], "End": True})
    await pipe(Enrichment=arn)
    await send("a")
    assert [json.loads(body) for body in await received()] == [{"made": "here"}]


async def test_a_machine_that_fails_keeps_the_message(pipe, machine, send, received, left):
    await pipe(Enrichment=await machine({"Type": "Fail", "Error": "No", "Cause": "because"}))
    await send("a")
    assert await received() == []
    assert await left() == 1


async def test_a_standard_machine_is_started_with_the_batch(pipe, machine, client, send, left):
    arn = await machine({"Type": "Pass", "End": True}, type="STANDARD")
    kind = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    await pipe(Target=arn, TargetParameters={"InputTemplate": "<$.body>", **kind})
    await send("a")
    states = client("stepfunctions")
    (execution,) = (await states.list_executions(stateMachineArn=arn))["executions"]
    found = await states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(found["input"]) == ["a"]
    assert await left() == 0

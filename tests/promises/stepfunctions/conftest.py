"""What the tests of Step Functions share: a client, machines and executions in one line."""

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/machine"


@pytest.fixture
def sfn(client):
    return client("stepfunctions")


@pytest.fixture
def machine(sfn):
    """``await machine({"A": {...}}, name="m", type="EXPRESS")``: the ARN of a machine that begins with the
    first of these states."""

    async def create(states, *, name="m", **more):
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        created = await sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE, **more)
        return created["stateMachineArn"]

    return create


@pytest.fixture
def run(sfn, clock):
    """``await run(arn, input)``: starts an execution, lets it come to its end; its description."""

    async def execute(arn, value=None, **more):
        started = await sfn.start_execution(stateMachineArn=arn, input=json.dumps(value), **more)
        await clock.run_until_idle()
        return await sfn.describe_execution(executionArn=started["executionArn"])

    return execute


@pytest.fixture
def history(sfn):
    """``await history(arn)``: the events of an execution."""

    async def read(arn):
        return (await sfn.get_execution_history(executionArn=arn))["events"]

    return read


@pytest.fixture
def refusal():
    """``await refusal(call)``: the code and message of the error that it answers."""

    async def read(call):
        with pytest.raises(ClientError) as caught:
            await call
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return read

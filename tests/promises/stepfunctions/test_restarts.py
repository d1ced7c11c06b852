"""Executions under way carry on when the server starts again on the same data."""

import json

from sundog.config import Config
from sundog.testing.world import World

ROLE = "arn:aws:iam::000000000000:role/machine"


async def create(sfn, states):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    return (await sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE))["stateMachineArn"]


async def test_a_wait_ends_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    states = {"W": {"Type": "Wait", "Seconds": 3_600, "Next": "P"}, "P": {"Type": "Pass", "End": True}}
    async with World(config, models=models) as world:
        sfn = world.client("stepfunctions")
        arn = await create(sfn, states)
        started = await sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')
        await world.clock.advance(1_000)
    async with World(config, models=models) as world:
        sfn = world.client("stepfunctions")
        described = await sfn.describe_execution(executionArn=started["executionArn"])
        assert described["status"] == "RUNNING"
        await world.clock.advance(3_600_000)
        described = await sfn.describe_execution(executionArn=started["executionArn"])
        assert (described["status"], described["output"]) == ("SUCCEEDED", '{"a":1}')


async def test_a_task_that_was_never_called_is_called_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        sfn, sqs = world.client("stepfunctions"), world.client("sqs")
        url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody": "hello"},
            "End": True,
        }
        arn = await create(sfn, {"T": task})
        await world.app.supervisor.stop(0)  # nothing is called any more before the end
        started = await sfn.start_execution(stateMachineArn=arn)
    async with World(config, models=models) as world:
        await world.clock.settle()
        sfn, sqs = world.client("stepfunctions"), world.client("sqs")
        described = await sfn.describe_execution(executionArn=started["executionArn"])
        assert described["status"] == "SUCCEEDED"
        [message] = (await sqs.receive_message(QueueUrl=url))["Messages"]
        assert message["Body"] == "hello"


async def test_a_map_run_goes_on_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}},
    }
    state = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True}
    async with World(config, models=models) as world:
        sfn = world.client("stepfunctions")
        arn = await create(sfn, {"M": state})
        started = await sfn.start_execution(stateMachineArn=arn, input="[1, 2, 3]")
        await world.clock.advance(90_000)
    async with World(config, models=models) as world:
        await world.clock.advance(240_000)
        sfn = world.client("stepfunctions")
        described = await sfn.describe_execution(executionArn=started["executionArn"])
        assert (described["status"], described["output"]) == ("SUCCEEDED", "[1,2,3]")


async def test_an_execution_keeps_its_definition_through_updates_and_restarts(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"}, "P": {"Type": "Pass", "End": True}}
    async with World(config, models=models) as world:
        sfn = world.client("stepfunctions")
        arn = await create(sfn, states)
        started = [await sfn.start_execution(stateMachineArn=arn, input="1") for _ in range(2)]
        states["P"]["Result"] = 2
        changed = json.dumps({"StartAt": "W", "States": states})
        await sfn.update_state_machine(stateMachineArn=arn, definition=changed)
        started.append(await sfn.start_execution(stateMachineArn=arn, input="1"))
    async with World(config, models=models) as world:
        sfn = world.client("stepfunctions")
        started.append(await sfn.start_execution(stateMachineArn=arn, input="1"))
        await world.clock.advance(60_000)
        ended = [await sfn.describe_execution(executionArn=one["executionArn"]) for one in started]
        assert [one["output"] for one in ended] == ["1", "1", "2", "2"]
        arn = started[0]["executionArn"]
        described = await sfn.describe_state_machine_for_execution(executionArn=arn)
        assert "Result" not in described["definition"]

"""Each kind of templated target gets what its own operation takes."""

import json

import pytest

ROLE = "arn:aws:iam::000000000000:role/machine"


async def test_a_state_machine_is_started_with_the_input(schedule, client, clock):
    states = client("stepfunctions")
    definition = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}})
    arn = (await states.create_state_machine(name="m", definition=definition, roleArn=ROLE))[
        "stateMachineArn"
    ]
    await schedule("rate(1 hour)", target={"Arn": arn, "Input": '{"n": 1}'})
    await clock.settle()
    (execution,) = (await states.list_executions(stateMachineArn=arn))["executions"]
    found = await states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(found["input"]) == {"n": 1}


@pytest.mark.parametrize("name", ["StateMachineArn", "stateMachineArn"])
async def test_a_universal_target_spells_members_as_it_likes(schedule, client, clock, name):
    states = client("stepfunctions")
    definition = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}})
    arn = (await states.create_state_machine(name="m", definition=definition, roleArn=ROLE))[
        "stateMachineArn"
    ]
    universal = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
    await schedule("rate(1 hour)", target={"Arn": universal, "Input": json.dumps({name: arn})})
    await clock.settle()
    assert len((await states.list_executions(stateMachineArn=arn))["executions"]) == 1


async def test_a_bus_gets_an_event_of_the_targets_source_and_type(schedule, client, queue, received, clock):
    events = client("events")
    await events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:fired"}
    await events.put_targets(Rule="r", Targets=[target])
    await schedule(
        "rate(1 hour)",
        target={
            "Arn": "arn:aws:events:us-east-1:000000000000:event-bus/default",
            "EventBridgeParameters": {"Source": "shop", "DetailType": "Tick"},
            "Input": '{"n": 1}',
        },
    )
    await clock.settle()
    event = json.loads((await received(queue))[0])
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "Tick", {"n": 1})


async def test_a_topic_gets_the_input_as_its_message(schedule, client, queue, received, clock):
    sns = client("sns")
    arn = (await sns.create_topic(Name="t"))["TopicArn"]
    endpoint = "arn:aws:sqs:us-east-1:000000000000:fired"
    raw = {"RawMessageDelivery": "true"}
    await sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes=raw)
    await schedule("rate(1 hour)", target={"Arn": arn, "Input": "hello"})
    await clock.settle()
    assert await received(queue) == ["hello"]


async def test_input_that_the_operation_does_not_know_is_a_dead_letter_at_once(schedule, sqs, queue, clock):
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
        "Input": '{"Colour": "red"}',
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:fired"},
    }
    await schedule("rate(1 hour)", target=target)
    await clock.settle()
    message = (await sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]))["Messages"][0]
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert told["RETRY_ATTEMPTS"] == "0"
    assert "Colour" in told["ERROR_MESSAGE"]

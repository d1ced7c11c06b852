"""AWS services as integrations of HTTP APIs: parameters in, the service's own answer out."""

import json

import pytest

ROLE = "arn:aws:iam::000000000000:role/gateway"


@pytest.fixture
def call(api_id, serve, ask):
    """``await call("SQS-SendMessage", {...}, body)``: the answer of a route that does that."""

    async def run(subtype, parameters, body=b"", **request):
        asked = {
            "IntegrationSubtype": subtype,
            "CredentialsArn": ROLE,
            "PayloadFormatVersion": "1.0",
            "RequestParameters": parameters,
        }
        await serve({"POST /": asked})
        return await ask(api_id, "/", "POST", body=body, **request)

    return run


@pytest.fixture
async def queue(client):
    return (await client("sqs").create_queue(QueueName="q"))["QueueUrl"]


async def test_a_message_is_sent(client, queue, call):
    parameters = {
        "QueueUrl": queue,
        "MessageBody": "$request.body.text",
        "DelaySeconds": "0",
        "MessageAttributes": '{"who": {"DataType": "String", "StringValue": "${request.header.who}"}}',
    }
    answer = await call("SQS-SendMessage", parameters, b'{"text": "hello"}', headers={"who": "me"})
    assert answer.status == 200 and b"<SendMessageResponse" in answer.body
    assert answer.headers["content-type"] == "text/xml"
    got = await client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    (message,) = got["Messages"]
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["who"]["StringValue"] == "me"


async def test_a_service_refuses_in_its_own_words(call):
    url = "http://localhost:4566/000000000000/none"
    answer = await call("SQS-SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    assert answer.status == 400 and b"NonExistentQueue" in answer.body


async def test_a_number_that_is_none_is_refused(queue, call):
    parameters = {"QueueUrl": queue, "MessageBody": "x", "DelaySeconds": "$request.header.wait"}
    answer = await call("SQS-SendMessage", parameters, headers={"wait": "long"})
    assert (answer.status, answer.json) == (400, {"message": "DelaySeconds is not a number"})


async def test_messages_are_received_deleted_and_purged(client, queue, call, apis, ask):
    await client("sqs").send_message(QueueUrl=queue, MessageBody="one")
    answer = await call("SQS-ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": "10"})
    assert b"<Body>one</Body>" in answer.body


async def test_an_event_is_put_on_a_bus(client, queue, call, clock):
    arn = "arn:aws:sqs:us-east-1:000000000000:q"
    events = client("events")
    await events.put_rule(Name="all", EventPattern='{"source": ["shop"]}')
    await events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    parameters = {"Source": "shop", "DetailType": "$request.header.kind", "Detail": "$request.body"}
    answer = await call("EventBridge-PutEvents", parameters, b'{"n": 1}', headers={"kind": "order"})
    assert answer.json["FailedEntryCount"] == 0
    await clock.run_until_idle()
    got = await client("sqs").receive_message(QueueUrl=queue)
    event = json.loads(got["Messages"][0]["Body"])
    assert (event["detail-type"], event["detail"]) == ("order", {"n": 1})


@pytest.fixture
async def machine(client):
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    made = await client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps(definition), roleArn=ROLE, type="EXPRESS"
    )
    return made["stateMachineArn"]


async def test_an_execution_runs_and_answers(machine, call):
    parameters = {"StateMachineArn": machine, "Input": "$request.body"}
    answer = await call("StepFunctions-StartSyncExecution", parameters, b'{"n": 1}')
    assert (answer.json["status"], answer.json["output"]) == ("SUCCEEDED", '{"n":1}')


@pytest.mark.parametrize(
    ("subtype", "parameters"),
    [
        ("Kinesis-PutRecord", {"StreamName": "s", "Data": "eA==", "PartitionKey": "p"}),
        (
            "AppConfig-GetConfiguration",
            {"Application": "a", "Environment": "e", "Configuration": "c", "ClientId": "i"},
        ),
    ],
)
async def test_a_service_that_is_not_there_is_refused_by_name(subtype, parameters, call):
    answer = await call(subtype, parameters)
    assert answer.status == 501 and "does not support the service" in answer.json["message"]


async def test_a_state_machine_calls_an_http_api_of_this_server(client, api_id, serve, function, clock):
    answer = {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"n": 1}'}
    await serve({"GET /shop": {"IntegrationUri": await function(lambda event: answer)}}, stage="prod")
    host = f"{api_id}.execute-api.us-east-1.amazonaws.com"
    parameters = {"ApiEndpoint": host, "Stage": "prod", "Method": "GET", "Path": "/shop"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::apigateway:invoke", "End": True}
    definition = {"StartAt": "T", "States": {"T": {**task, "Parameters": parameters}}}
    states = client("stepfunctions")
    made = await states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
    execution = await states.start_execution(stateMachineArn=made["stateMachineArn"])
    await clock.run_until_idle()
    ended = await states.describe_execution(executionArn=execution["executionArn"])
    result = json.loads(ended["output"])
    assert (result["StatusCode"], result["ResponseBody"]) == (200, {"n": 1})
    assert result["Headers"]["content-type"] == ["application/json"]


async def test_an_event_keeps_the_time_it_is_given(client, queue, call, clock):
    events = client("events")
    await events.put_rule(Name="all", EventPattern='{"source": ["shop"]}')
    await events.put_targets(
        Rule="all",
        Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:q", "InputPath": "$.time"}],
    )
    parameters = {"Source": "shop", "DetailType": "t", "Detail": "{}", "Time": "$request.header.at"}
    answer = await call("EventBridge-PutEvents", parameters, headers={"at": "2020-01-02T03:04:05Z"})
    assert answer.status == 200
    await clock.run_until_idle()
    got = await client("sqs").receive_message(QueueUrl=queue)
    assert got["Messages"][0]["Body"] == '"2020-01-02T03:04:05Z"'

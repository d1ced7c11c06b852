"""Services of AWS behind methods: operations by action and by path, JSON answers of query services."""

import json

import pytest

ROLE = "arn:aws:iam::000000000000:role/anything"
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}


@pytest.fixture
def behind(add, deploy):
    """``await behind("sqs:action/SendMessage", template)``: POST / calls the service."""

    async def make(target, template="", answer="", answers=None, **members):
        integration = {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": f"arn:aws:apigateway:us-east-1:{target}",
            "credentials": ROLE,
            **members,
        }
        if template:
            integration["requestTemplates"] = {"application/json": template}
        templates = {"responseTemplates": {"application/json": answer}} if answer else {}
        await add("POST /", integration, answers=answers or {"200": templates})
        await deploy()

    return make


async def test_a_message_goes_to_a_queue_by_its_path(behind, ask, client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
    template = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
    await behind("sqs:path/000000000000/q", template, requestParameters=FORM)
    got = await ask("/", "POST", body=b'{"a": "b&c"}')
    sent = got.json["SendMessageResponse"]
    assert sent["SendMessageResult"]["SequenceNumber"] is None
    assert len(sent["ResponseMetadata"]["RequestId"]) == 36
    message = (await sqs.receive_message(QueueUrl=url))["Messages"][0]
    assert (message["Body"], message["MessageId"]) == ('{"a": "b&c"}', sent["SendMessageResult"]["MessageId"])


async def test_a_message_goes_to_a_queue_by_the_action(behind, ask, client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
    names = {"QueueUrl": f"'{url}'", "MessageBody": "method.request.body"}
    mapped = {f"integration.request.querystring.{name}": value for name, value in names.items()}
    await behind("sqs:action/SendMessage", requestParameters=mapped, answer="$input.path('$..MessageId')")
    got = await ask("/", "POST", body=b"hello")
    message = (await sqs.receive_message(QueueUrl=url))["Messages"][0]
    assert message["Body"] == "hello"
    assert message["MessageId"] in got.body.decode()


async def test_the_json_protocol_of_a_queue_works_too(behind, ask, client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
    headers = {
        "integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'",
        "integration.request.header.Content-Type": "'application/x-amz-json-1.0'",
    }
    template = json.dumps({"QueueUrl": url, "MessageBody": "$input.path('$.m')"})
    await behind("sqs:path/000000000000/q", template, requestParameters=headers)
    assert "MD5OfMessageBody" in (await ask("/", "POST", body=b'{"m": "x"}')).json
    assert (await sqs.receive_message(QueueUrl=url))["Messages"][0]["Body"] == "x"


async def test_messages_are_received_as_json(behind, ask, client):
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]
    await sqs.send_message(QueueUrl=url, MessageBody="x")
    await behind("sqs:path/000000000000/q", "Action=ReceiveMessage", requestParameters=FORM)
    result = (await ask("/", "POST")).json["ReceiveMessageResponse"]["ReceiveMessageResult"]
    assert [message["Body"] for message in result["messages"]] == ["x"]


async def test_a_topic_is_published_to(behind, ask, client):
    arn = (await client("sns").create_topic(Name="t"))["TopicArn"]
    names = {"TopicArn": f"'{arn}'", "Message": "method.request.body"}
    mapped = {f"integration.request.querystring.{name}": value for name, value in names.items()}
    await behind("sns:action/Publish", requestParameters=mapped)
    result = (await ask("/", "POST", body=b"hello")).json["PublishResponse"]["PublishResult"]
    assert (len(result["MessageId"]), result["SequenceNumber"]) == (36, None)


async def test_an_error_of_a_service_chooses_the_response(behind, ask):
    answers = {
        "200": {},
        "400": {"selectionPattern": "4\\d\\d", "responseTemplates": {"application/json": "$input.json('$')"}},
    }
    template = "Action=SendMessage&MessageBody=x"
    await behind("sqs:path/000000000000/none", template, requestParameters=FORM, answers=answers)
    got = await ask("/", "POST")
    assert got.status == 400
    assert got.json["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert got.json["Error"]["Type"] == "Sender"


async def test_an_execution_is_started(behind, ask, client, clock):
    machine = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    states = client("stepfunctions")
    arn = (await states.create_state_machine(name="m", definition=json.dumps(machine), roleArn=ROLE))[
        "stateMachineArn"
    ]
    template = f'{{"stateMachineArn": "{arn}", "input": "$util.escapeJavaScript($input.body)"}}'
    await behind("states:action/StartExecution", template)
    started = (await ask("/", "POST", body=b'{"a": 1}')).json
    assert started["executionArn"].startswith(arn.replace("stateMachine", "execution"))
    assert started["startDate"] == clock.now_ms() // 1_000


async def test_events_are_put(behind, ask):
    template = '{"Entries": [{"Detail": "{}", "DetailType": "T", "Source": "$input.path(\'$.s\')"}]}'
    await behind("events:action/PutEvents", template)
    answer = (await ask("/", "POST", body=b'{"s": "me"}')).json
    assert (answer["FailedEntryCount"], len(answer["Entries"])) == (0, 1)


async def test_a_rest_service_is_called_by_its_path(behind, ask, function):
    await function(lambda event: {"got": event})
    await behind("lambda:path/2015-03-31/functions", integrationHttpMethod="GET")
    assert [one["FunctionName"] for one in (await ask("/", "POST")).json["Functions"]] == ["f"]


async def test_a_service_that_there_is_not_says_so(behind, ask):
    answers = {"200": {}, "501": {"selectionPattern": "5\\d\\d"}}
    await behind("nothing:action/Do", answers=answers)
    got = await ask("/", "POST", body=b"{}")
    assert (got.status, got.json["__type"]) == (501, "UnsupportedOperation")


async def test_an_operation_that_there_is_not_is_the_services_error(behind, ask):
    answers = {"200": {}, "400": {"selectionPattern": "4\\d\\d"}}
    await behind("events:action/Nothing", answers=answers)
    assert (await ask("/", "POST", body=b"{}")).status == 400

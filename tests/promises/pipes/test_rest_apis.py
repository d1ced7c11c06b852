"""Methods of REST APIs as the enrichment and the target of pipes, and as targets of rules."""

import json

import pytest

REGION = "us-east-1"


@pytest.fixture
async def api(client, queue_for):
    """``arn = await api("GET", template)``: of a method ``/orders/{id}`` that answers with a template."""
    gateway = client("apigateway")

    async def make(template, status=200, **method):
        made = await gateway.create_rest_api(name="orders")
        id, root = made["id"], made["rootResourceId"]
        parent = (await gateway.create_resource(restApiId=id, parentId=root, pathPart="orders"))["id"]
        one = (await gateway.create_resource(restApiId=id, parentId=parent, pathPart="{id}"))["id"]
        at = {"restApiId": id, "resourceId": one, "httpMethod": "POST"}
        await gateway.put_method(**at, authorizationType=method.get("authorizationType", "NONE"))
        templates = {"application/json": json.dumps({"statusCode": status})}
        await gateway.put_integration(**at, type="MOCK", requestTemplates=templates)
        await gateway.put_method_response(**at, statusCode=str(status))
        await gateway.put_integration_response(
            **at, statusCode=str(status), responseTemplates={"application/json": template}
        )
        await gateway.create_deployment(restApiId=id, stageName="prod")
        return f"arn:aws:execute-api:{REGION}:000000000000:{id}/prod/POST/orders/*"

    return make


@pytest.fixture
def queue_for(sqs):
    async def make(name):
        url = (await sqs.create_queue(QueueName=name))["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:000000000000:{name}"

    return make


async def test_what_an_api_answers_goes_on_to_the_target(pipe, api, sqs, urls, clock):
    arn = await api('{"id": "$input.params("id")", "q": "$input.params("q")"}')
    http = {"PathParameterValues": ["$.body.id"], "QueryStringParameters": {"q": "1 2"}}
    await pipe(Enrichment=arn, EnrichmentParameters={"InputTemplate": "<$.body>", "HttpParameters": http})
    await sqs.send_message(QueueUrl=urls["from"], MessageBody='{"id": "7/8"}')
    await clock.settle()
    (message,) = (await sqs.receive_message(QueueUrl=urls["to"]))["Messages"]
    assert json.loads(message["Body"]) == {"id": "7/8", "q": "1 2"}


@pytest.mark.parametrize(("status", "left"), [(200, 0), (400, 1)])
async def test_an_api_has_the_event_when_it_answers_well(pipe, api, sqs, urls, clock, status, left):
    arn = await api("{}", status)
    await pipe(Target=arn, TargetParameters={"HttpParameters": {"PathParameterValues": ["1"]}})
    await sqs.send_message(QueueUrl=urls["from"], MessageBody="{}")
    await clock.settle()
    found = await sqs.get_queue_attributes(
        QueueUrl=urls["from"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )
    assert sum(map(int, found["Attributes"].values())) == left


async def test_a_rule_reaches_a_method_that_asks_for_a_signature(client, api, queue_for, sqs, clock):
    """As the role of the target; without one the event ends as a dead letter, not tried again."""
    events, (url, dead) = client("events"), await queue_for("dead")
    arn = await api("{}", authorizationType="AWS_IAM")
    await events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    signed = {"RoleArn": "arn:aws:iam::000000000000:role/caller"}
    common = {
        "Arn": arn,
        "HttpParameters": {"PathParameterValues": ["1"]},
        "DeadLetterConfig": {"Arn": dead},
    }
    await events.put_targets(Rule="r", Targets=[{"Id": "signed", **common, **signed}])
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}"}
    await events.put_events(Entries=[entry])
    await clock.settle()
    assert "Messages" not in await sqs.receive_message(QueueUrl=url)
    await events.put_targets(Rule="r", Targets=[{"Id": "unsigned", **common}])
    await events.put_events(Entries=[entry])
    await clock.settle()
    (letter,) = (await sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]))["Messages"]
    assert "403" in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

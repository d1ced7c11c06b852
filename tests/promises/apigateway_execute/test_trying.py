"""TestInvokeMethod and TestInvokeAuthorizer."""

import json

import pytest
from botocore.exceptions import ClientError

MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


@pytest.fixture
def try_method(apis, api_id):
    async def call(resource_id, http_method="GET", **members):
        return await apis.test_invoke_method(
            restApiId=api_id, resourceId=resource_id, httpMethod=http_method, **members
        )

    return call


async def test_a_method_is_tried_without_a_deployment(add, try_method):
    text = {
        "application/json": "$input.params('id') $context.stage $stageVariables.v $context.identity.sourceIp"
    }
    resource_id = await add("GET /pets/{id}", MOCK, answers={"200": {"responseTemplates": text}})
    tried = await try_method(resource_id, pathWithQueryString="/pets/7?q=1", stageVariables={"v": "one"})
    assert (tried["status"], tried["body"]) == (200, "7 test-invoke-stage one test-invoke-source-ip")
    assert tried["headers"] == {"Content-Type": "application/json"}
    assert tried["multiValueHeaders"] == {"Content-Type": ["application/json"]}
    lines = tried["log"].split("\n")
    id = lines[0].removeprefix("Execution log for request ")
    moment = "Tue Nov 14 22:13:20 UTC 2023 : "
    assert [line.removeprefix(moment) for line in lines[1:]] == [
        f"Starting execution for request: {id}",
        "HTTP Method: GET, Resource Path: /pets/7",
        "Method request path: {id=7}",
        "Method request query string: {q=1}",
        "Method request headers: {}",
        "Method request body before transformations: ",
        "Method response body after transformations: 7 test-invoke-stage one test-invoke-source-ip",
        "Method response headers: {Content-Type=application/json}",
        "Successfully completed execution",
        "Method completed with status: 200",
        "",
    ]


async def test_a_function_that_is_tried_sees_a_test(proxy, try_method, engine):
    resource_id = await proxy("POST /a", lambda event: {"statusCode": 201, "body": "made"})
    tried = await try_method(resource_id, "POST", body="hello", headers={"X-A": "1"})
    assert (tried["status"], tried["body"]) == (201, "made")
    assert "X-Amzn-Trace-Id" in tried["headers"]
    event = engine.events("f")[0]
    assert (event["body"], event["headers"], event["path"]) == ("hello", {"X-A": "1"}, "/a")
    context = event["requestContext"]
    assert (context["stage"], context["domainName"]) == ("test-invoke-stage", "testPrefix.testDomainName")
    assert context["identity"]["apiKey"] == "test-invoke-api-key"


async def test_a_failure_is_the_answer_and_its_reason_in_the_log(add, try_method):
    broken = {"type": "MOCK", "requestTemplates": {"application/json": "{}"}}
    tried = await try_method(await add("GET /a", broken))
    assert (tried["status"], json.loads(tried["body"])) == (500, {"message": "Internal server error"})
    assert "Execution failed due to configuration error: Unable to parse statusCode." in tried["log"]
    assert "Method completed with status: 500" in tried["log"]


async def test_what_is_not_there_cannot_be_tried(add, try_method):
    resource_id = await add("GET /a")
    for asked, text in (
        ((resource_id, "POST"), "Invalid Method identifier specified"),
        (("none", "GET"), "Invalid Resource identifier specified"),
    ):
        with pytest.raises(ClientError) as caught:
            await try_method(*asked)
        assert caught.value.response["Error"]["Code"] == "NotFoundException"
        assert caught.value.response["Error"]["Message"] == text


@pytest.fixture
def try_authorizer(apis, api_id, function):
    async def call(script, headers, **members):
        uri = await function(script, "guard")
        asked = {"type": "TOKEN", "identitySource": "method.request.header.Authorization", **members}
        made = await apis.create_authorizer(restApiId=api_id, name="g", authorizerUri=uri, **asked)
        return await apis.test_invoke_authorizer(restApiId=api_id, authorizerId=made["id"], headers=headers)

    return call


async def test_an_authorizer_is_tried(try_authorizer):
    document = {"Version": "2012-10-17", "Statement": []}
    said = {"principalId": "me", "policyDocument": document, "context": {"a": 1}}
    tried = await try_authorizer(lambda event: said, {"Authorization": "x"})
    assert (tried["clientStatus"], tried["principalId"]) == (0, "me")
    assert json.loads(tried["policy"]) == document
    assert tried["authorization"] == {"a": ["1"]}
    assert "Successfully completed authorizer execution" in tried["log"]


async def test_an_authorizer_that_is_not_asked_or_fails(try_authorizer, apis, api_id):
    tried = await try_authorizer(lambda event: "nonsense", {"Authorization": "x"})
    assert tried["clientStatus"] == 500
    id = (await apis.get_authorizers(restApiId=api_id))["items"][0]["id"]
    tried = await apis.test_invoke_authorizer(restApiId=api_id, authorizerId=id)
    assert tried["clientStatus"] == 401

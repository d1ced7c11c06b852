"""``apigateway:invoke``: methods of APIs of this server as the work of a Task."""

import json

import pytest
from tests.promises.stepfunctions.conftest import ROLE

INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::apigateway:invoke", "End": True}
BODY = '{"path": "$context.resourcePath", "color": "$input.params(\'color\')", "sent": $input.json("$")}'


@pytest.fixture
async def api(client):
    """``await api("POST", "shop", status=200)``: the host of an API with such a method at stage ``prod``."""
    gateway = client("apigateway")

    async def create(method, path, status=200, authorization="NONE"):
        created = await gateway.create_rest_api(name="a")
        api = {"restApiId": created["id"]}
        resource = await gateway.create_resource(**api, parentId=created["rootResourceId"], pathPart=path)
        at = {**api, "resourceId": resource["id"], "httpMethod": method}
        await gateway.put_method(**at, authorizationType=authorization)
        template = {"application/json": json.dumps({"statusCode": status})}
        await gateway.put_integration(**at, type="MOCK", requestTemplates=template)
        await gateway.put_method_response(**at, statusCode=str(status))
        await gateway.put_integration_response(
            **at, statusCode=str(status), responseTemplates={"application/json": BODY}
        )
        await gateway.create_deployment(**api, stageName="prod")
        return f"{created['id']}.execute-api.us-east-1.amazonaws.com"

    return create


def invoke(host, **parameters):
    return {"T": {**INVOKE, "Parameters": {"ApiEndpoint": host, "Stage": "prod", **parameters}}}


async def test_the_answer_of_a_method_is_the_result(machine, run, api):
    host = await api("POST", "shop")
    asked = {
        "Method": "POST",
        "Path": "/shop",
        "QueryParameters": {"color": ["red"]},
        "RequestBody": {"a": 1},
    }
    ended = await run(await machine(invoke(host, **asked)))
    result = json.loads(ended["output"])
    assert (result["StatusCode"], result["StatusText"]) == (200, "OK")
    assert result["ResponseBody"]["path"] == "/shop"
    assert result["ResponseBody"]["color"] == "red"
    assert all(isinstance(value, list) for value in result["Headers"].values())


async def test_a_status_from_400_on_is_an_error_of_that_name(machine, run, api):
    host = await api("GET", "shop", status=404)
    ended = await run(await machine(invoke(host, Method="GET", Path="shop")))
    assert ended["error"] == "ApiGateway.404"
    assert json.loads(ended["cause"])["path"] == "/shop"


async def test_a_method_that_wants_iam_is_called_as_the_role_of_the_machine(machine, run, api, client):
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    await client("iam").create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=document)
    host = await api("GET", "shop", authorization="AWS_IAM")
    plain = await run(await machine(invoke(host, Method="GET", Path="shop")))
    assert (plain["error"], json.loads(plain["cause"])) == (
        "ApiGateway.403",
        {"message": "Missing Authentication Token"},
    )
    signed = await machine(invoke(host, Method="GET", Path="shop", AuthType="IAM_ROLE"), name="signed")
    assert (await run(signed))["status"] == "SUCCEEDED"


async def test_an_api_that_is_not_there_cannot_be_reached(machine, run):
    ended = await run(await machine(invoke("nowhere.example.com", Method="GET")))
    assert ended["error"] == "ApiGateway.SdkClientException"
    assert "nowhere.example.com" in ended["cause"]


@pytest.mark.parametrize("wrong", [{"Method": "BREW"}, {"Headers": {"Host": ["x"]}}, {"AuthType": "?"}])
async def test_parameters_that_make_no_request_fail_the_task(machine, run, wrong):
    ended = await run(
        await machine(invoke("a.execute-api.us-east-1.amazonaws.com", **{"Method": "GET", **wrong}))
    )
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")

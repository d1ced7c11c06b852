"""Request validators, sizes, and what an API answers when it refuses."""

import json

import pytest

MODEL = {
    "type": "object",
    "required": ["name", "price"],
    "properties": {"name": {"type": "string", "maxLength": 3}, "price": {"type": "number", "minimum": 0}},
    "additionalProperties": False,
}


@pytest.fixture
def checked(apis, api_id, add, deploy):
    """``await checked("POST /", parameters=True, body=True, **method members)``, deployed."""

    async def make(route="POST /", *, parameters=True, body=True, model=MODEL, **method):
        validator = await apis.create_request_validator(
            restApiId=api_id, name="v", validateRequestParameters=parameters, validateRequestBody=body
        )
        await apis.create_model(
            restApiId=api_id, name="Pet", contentType="application/json", schema=json.dumps(model)
        )
        await add(route, method={"requestValidatorId": validator["id"], **method})
        await deploy()

    return make


BAD_BODY = (400, "BadRequestException", "Invalid request body")


@pytest.mark.parametrize(
    ("body", "is_good"),
    [
        (b'{"name": "dog", "price": 1}', True),
        (b'{"name": "dogs", "price": 1}', False),
        (b'{"name": "dog", "price": -1}', False),
        (b'{"name": "dog", "price": 1, "more": 2}', False),
        (b'{"name": "dog"}', False),
        (b"{no json", False),
        (b"[]", False),
        (b"", False),
    ],
)
async def test_a_body_must_fit_the_model(checked, ask, body, is_good):
    await checked(requestModels={"application/json": "Pet"})
    got = await ask("/", "POST", body=body, headers={"Content-Type": "application/json"})
    assert got.status == 200 if is_good else got.refusal == BAD_BODY


async def test_a_type_without_a_model_is_not_checked(checked, ask):
    await checked(requestModels={"application/json": "Pet"})
    body = b'{"statusCode": 200}'
    assert (await ask("/", "POST", body=body, headers={"Content-Type": "text/plain"})).status == 200


async def test_a_body_is_checked_only_where_the_validator_says_so(checked, ask):
    await checked(body=False, requestModels={"application/json": "Pet"})
    assert (await ask("/", "POST", body=b"{}")).status == 200


@pytest.mark.parametrize(
    ("model", "body", "detail"),
    [
        (MODEL, {}, '[object has missing required properties (["name","price"])]'),
        (
            {"type": "object", "properties": {"a": {"type": ["integer", "null"]}}},
            {"a": "x"},
            "[instance type (string) does not match any allowed primitive type"
            ' (allowed: ["integer","null"])]',
        ),
        (
            {"properties": {"a": {"enum": ["x", "y"]}}},
            {"a": "z"},
            '[instance value ("z") not found in enum (possible values: ["x","y"])]',
        ),
        (
            {"properties": {"a": {"pattern": "^[0-9]+$"}}},
            {"a": "z"},
            '[ECMA 262 regex "^[0-9]+$" does not match input string "z"]',
        ),
        (
            {"properties": {"a": {"maxLength": 1}}},
            {"a": "zz"},
            '[string "zz" is too long (length: 2, maximum allowed: 1)]',
        ),
    ],
)
async def test_a_gateway_response_may_say_what_is_wrong(
    checked, apis, api_id, deploy, ask, model, body, detail
):
    await checked(requestModels={"application/json": "Pet"}, model=model)
    await apis.put_gateway_response(
        restApiId=api_id,
        responseType="BAD_REQUEST_BODY",
        statusCode="422",
        responseTemplates={"application/json": "$context.error.validationErrorString"},
        responseParameters={"gatewayresponse.header.X-Why": "'because'"},
    )
    await deploy()
    got = await ask("/", "POST", body=json.dumps(body).encode())
    assert (got.status, got.body.decode(), got.headers["x-why"]) == (422, detail, "because")


async def test_missing_parameters_are_named_in_aws_order(checked, ask):
    names = ("querystring.q", "header.X-H", "path.id")
    await checked("GET /{id}", requestParameters={f"method.request.{name}": True for name in names})
    text = "Missing required request parameters: [X-H, q]"
    assert (await ask("/1")).refusal == (400, "BadRequestException", text)
    assert (await ask("/1", query="q=1", headers={"x-h": "1"})).status == 200


async def test_parameters_are_checked_only_where_the_validator_says_so(checked, ask):
    await checked("GET /", parameters=False, requestParameters={"method.request.querystring.q": True})
    assert (await ask("/")).status == 200


async def test_ten_megabytes_are_enough(add, deploy, ask):
    await add("POST /", {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}})
    await deploy()
    limit = 10 * 1024 * 1024
    assert (await ask("/", "POST", body=b"x" * limit)).status == 200
    assert (await ask("/", "POST", body=b"x" * (limit + 1))).refusal == (
        413,
        "RequestTooLargeException",
        "Request Too Long",
    )


async def test_default_gateway_responses_stand_in_for_those_not_defined(add, apis, api_id, deploy, ask):
    await add("GET /")
    await apis.put_gateway_response(
        restApiId=api_id,
        responseType="DEFAULT_4XX",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Path": "method.request.header.X-From",
        },
        responseTemplates={
            "application/json": '{"error": $context.error.messageString, "v": "$stageVariables.v"}'
        },
    )
    await deploy()
    got = await ask("/none", headers={"X-From": "me"})
    assert (got.status, got.json) == (403, {"error": "Missing Authentication Token", "v": ""})
    assert (got.headers["access-control-allow-origin"], got.headers["x-path"]) == ("*", "me")
    assert got.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"

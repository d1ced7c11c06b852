"""Functions behind methods: the event of a proxy word for word, what answers are and are not, templates."""

import asyncio
import base64
import gzip
import json

import pytest


async def test_the_event_of_a_proxy_is_aws_own(proxy, deploy, ask, engine, api_id, clock):
    resource_id = await proxy("POST /pets/{id}")
    deployment_id = await deploy()
    await ask(
        "/pets/a%20b",
        "POST",
        headers=[
            ("tEsT-HEADeR", "x"),
            ("user-agent", "me"),
            ("Multi", "1"),
            ("Multi", "2"),
            ("Connection", "close"),
        ],
        query="q=1&q=2&e=%C3%A9&empty=",
        body=b'{"a": 1}',
    )
    event = engine.events("f")[0]
    trace = event["headers"]["X-Amzn-Trace-Id"]
    host = f"{api_id}.execute-api.us-east-1.localhost:4566"
    context = event["requestContext"]
    assert list(event) == [
        *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters"),
        *("multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext"),
        *("body", "isBase64Encoded"),
    ]
    assert event["resource"] == "/pets/{id}"
    assert event["path"] == "/pets/a%20b"
    assert event["headers"] == {
        "Host": host,
        "Multi": "2",
        "User-Agent": "me",
        "X-Amzn-Trace-Id": trace,
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "4566",
        "X-Forwarded-Proto": "http",
        "tEsT-HEADeR": "x",
    }
    assert event["multiValueHeaders"]["Multi"] == ["1", "2"]
    assert event["queryStringParameters"] == {"q": "2", "e": "é", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "e": ["é"], "empty": [""]}
    assert event["pathParameters"] == {"id": "a%20b"}
    assert event["stageVariables"] is None
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert trace.startswith("Root=1-")
    assert context.pop("identity") == {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": "127.0.0.1",
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": "me",
        "user": None,
    }
    assert len(context.pop("requestId")) == 36
    assert context.pop("extendedRequestId").endswith("=")
    assert context == {
        "resourceId": resource_id,
        "resourcePath": "/pets/{id}",
        "httpMethod": "POST",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "path": "/dev/pets/a%20b",
        "accountId": "000000000000",
        "protocol": "HTTP/1.1",
        "stage": "dev",
        "domainPrefix": api_id,
        "requestTimeEpoch": clock.now_ms(),
        "domainName": host,
        "deploymentId": deployment_id,
        "apiId": api_id,
    }


async def test_what_a_request_does_not_have_is_null_in_the_event(proxy, deploy, ask, engine):
    await proxy("GET /")
    await deploy()
    await ask("/")
    event = engine.events("f")[0]
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body")
    assert [event[name] for name in absent] == [None] * 4


ANSWERS = [
    ({"statusCode": 201, "body": "x"}, 201, b"x"),
    ({"statusCode": "201", "body": "x"}, 201, b"x"),
    ({"statusCode": 200}, 200, b""),
    ({"statusCode": 200, "body": None, "headers": None, "multiValueHeaders": None}, 200, b""),
    ({"statusCode": 200, "body": 5}, 200, b"5"),
    ({"statusCode": 200, "body": True, "isBase64Encoded": False}, 200, b"true"),
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, b"aGk="),
]


@pytest.mark.parametrize(("answer", "status", "body"), ANSWERS)
async def test_answers_of_a_proxy(proxy, deploy, ask, answer, status, body):
    await proxy("GET /", lambda event: answer)
    await deploy()
    got = await ask("/")
    assert (got.status, got.body, got.headers["content-type"]) == (status, body, "application/json")


MALFORMED = [
    *(None, "text", 5, [], {}, {"body": "x"}, {"statusCode": None}, {"statusCode": "x"}, {"statusCode": 199}),
    *({"statusCode": 600}, {"statusCode": True}, {"statusCode": 200, "body": {"a": 1}}),
    *({"statusCode": 200, "headers": []}, {"statusCode": 200, "headers": {"a": {}}}),
    *(
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "extra": 1},
        b"{not json",
        b"",
    ),
    {"statusCode": 200, "isBase64Encoded": "maybe"},
]


@pytest.mark.parametrize("answer", MALFORMED)
async def test_what_is_no_answer_is_a_bad_gateway(proxy, deploy, ask, answer):
    await proxy("GET /", lambda event: answer)
    await deploy()
    got = await ask("/")
    assert got.refusal == (502, "InternalServerErrorException", "Internal server error")
    assert got.body == b'{"message": "Internal server error"}'


async def test_a_function_that_raises_is_a_bad_gateway(proxy, deploy, ask):
    def fail(event):
        raise ValueError("no")

    await proxy("GET /", fail)
    await deploy()
    assert (await ask("/")).refusal[:2] == (502, "InternalServerErrorException")


async def test_a_function_that_is_gone_or_throttled_is_an_internal_error(proxy, deploy, ask, client):
    await proxy("GET /")
    await deploy()
    functions = client("lambda")
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    internal = (500, "InternalServerErrorException", "Internal server error")
    assert (await ask("/")).refusal == internal
    await functions.delete_function(FunctionName="f")
    assert (await ask("/")).refusal == internal


async def test_header_lines_of_both_kinds_are_sent(proxy, deploy, ask):
    answer = {
        "statusCode": 200,
        "headers": {"X-Both": "solo", "X-Flag": True, "X-Number": 1, "content-type": "text/plain"},
        "multiValueHeaders": {"x-both": ["multi"], "Set-Cookie": ["a=1", "b=2"]},
    }
    await proxy("GET /", lambda event: answer)
    await deploy()
    got = await ask("/")
    assert [value for name, value in got.lines if name == "X-Both"] == ["multi", "solo"]
    assert [value for name, value in got.lines if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert (got.headers["x-flag"], got.headers["x-number"]) == ("true", "1")
    assert [value for name, value in got.lines if name.lower() == "content-type"] == ["text/plain"]


async def test_headers_that_are_the_gateways_own_get_other_names(proxy, deploy, ask):
    headers = {"Date": "then", "Server": "mine", "WWW-Authenticate": "Basic", "Connection": "close"}
    await proxy("GET /", lambda event: {"statusCode": 401, "headers": headers})
    await deploy()
    got = await ask("/")
    for name, value in headers.items():
        assert got.headers[f"x-amzn-remapped-{name.lower()}"] == value
        assert name.lower() not in got.headers


async def test_headers_that_are_none_are_left_out(proxy, deploy, ask):
    headers = {"bad name": "x", "": "y", "X-Lines": "a\r\nb", "X-Good": "z"}
    await proxy("GET /", lambda event: {"statusCode": 200, "headers": headers})
    await deploy()
    got = await ask("/")
    assert (got.headers["x-lines"], got.headers["x-good"]) == ("a  b", "z")
    assert not {"bad name", ""} & set(got.headers)


async def test_a_proxy_that_is_not_called_by_post_is_an_internal_error(proxy, deploy, ask):
    await proxy("GET /", integrationHttpMethod="GET")
    await deploy()
    assert (await ask("/")).refusal == (500, "InternalServerErrorException", "Internal server error")


async def test_binary_goes_both_ways_where_the_api_holds_the_type_for_binary(
    proxy, deploy, ask, engine, apis, api_id
):
    await proxy("POST /", lambda event: {"statusCode": 200, "body": event["body"], "isBase64Encoded": True})
    patch = [{"op": "add", "path": "/binaryMediaTypes/image~1png"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    raw = b"\x89PNG\xff"
    got = await ask("/", "POST", body=raw, headers={"Content-Type": "image/png", "Accept": "image/png"})
    assert got.body == raw
    assert engine.events("f")[0]["body"] == base64.b64encode(raw).decode()
    got = await ask("/", "POST", body=raw, headers={"Content-Type": "image/png", "Accept": "*/*"})
    assert got.body == base64.b64encode(raw)  # the client did not ask for it


async def test_a_packed_request_is_unpacked_where_the_api_compresses(
    proxy, deploy, ask, engine, apis, api_id
):
    await proxy("POST /", lambda event: {"statusCode": 200})
    patch = [{"op": "replace", "path": "/minimumCompressionSize", "value": "0"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    headers = {"Content-Encoding": "gzip"}
    await ask("/", "POST", body=gzip.compress(b"hello"), headers=headers)
    assert (await ask("/", "POST", body=gzip.compress(b"x" * 11_000_000), headers=headers)).status == 413
    assert (await ask("/", "POST", body=b"no gzip", headers=headers)).status == 200
    event, unpackable = engine.events("f")
    assert (event["body"], "Content-Encoding" in event["headers"]) == ("hello", False)
    assert unpackable["body"] == "no gzip"


async def test_a_stage_variable_chooses_the_function(add, function, deploy, patch_stage, ask, engine):
    await function(name="blue")
    uri = (await function(lambda event: {"statusCode": 200, "body": "green"}, "green")).replace(
        "function:green", "function:${stageVariables.color}"
    )
    await add("GET /", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}, answers={})
    await deploy()
    await patch_stage(("/variables/color", "green"))
    assert (await ask("/")).body == b"green"
    assert engine.events("green")[0]["stageVariables"] == {"color": "green"}


async def test_a_function_that_takes_too_long_is_not_waited_for_and_runs_on(proxy, deploy, ask):
    go, done = asyncio.Event(), asyncio.Event()

    async def wait(event):
        await go.wait()
        done.set()
        return {"statusCode": 200}

    await proxy("GET /", wait, timeoutInMillis=50)
    await deploy()
    assert (await ask("/")).refusal == (504, "InternalServerErrorException", "Endpoint request timed out")
    go.set()
    await done.wait()


# Without a proxy


@pytest.fixture
def custom(add, function, deploy):
    async def make(script=None, answers=None, **members):
        integration = {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": await function(script),
            **members,
        }
        await add("POST /", integration, answers=answers)
        await deploy()

    return make


async def test_the_body_is_the_event_and_the_answer_the_body(custom, ask, engine):
    await custom(lambda event: {"got": event})
    got = await ask("/", "POST", body=b'{"a": 1}')
    assert (got.status, got.json) == (200, {"got": {"a": 1}})
    await ask("/", "POST")
    assert engine.events("f") == [{"a": 1}, {}]


async def test_templates_make_the_event_and_the_answer(custom, ask, engine):
    request = '{"name": "$input.params(\'who\')", "stage": "$context.stage", "all": $input.json("$.a")}'
    answer = {"responseTemplates": {"application/json": "hello $input.path('$.all[1]')"}}
    await custom(lambda event: event, {"200": answer}, requestTemplates={"application/json": request})
    got = await ask("/", "POST", body=b'{"a": [1, 2]}', query="who=me")
    assert (got.body, engine.events("f")) == (b"hello 2", [{"name": "me", "stage": "dev", "all": [1, 2]}])


async def test_the_error_message_chooses_the_response(custom, ask):
    def fail(event):
        raise ValueError(event["say"])

    error = {"application/json": '{"error": "$input.path(\'$.errorMessage\')"}'}
    await custom(
        fail,
        {
            "200": {},
            "400": {"selectionPattern": "Malformed.*", "responseTemplates": error},
            "404": {"selectionPattern": ".*not found", "responseTemplates": error},
        },
    )
    got = await ask("/", "POST", body=json.dumps({"say": "Malformed: x"}).encode())
    assert (got.status, got.json) == (400, {"error": "Malformed: x"})
    assert (await ask("/", "POST", body=json.dumps({"say": "it is not found"}).encode())).status == 404
    got = await ask("/", "POST", body=json.dumps({"say": "it was not found there"}).encode())
    assert (got.status, got.json["errorMessage"]) == (
        200,
        "it was not found there",
    )  # nothing fits: the default


async def test_without_a_default_response_what_fits_nothing_is_an_internal_error(custom, ask):
    await custom(None, {"400": {"selectionPattern": "x.*"}})
    assert (await ask("/", "POST")).refusal == (500, "InternalServerErrorException", "Internal server error")


async def test_an_event_invocation_is_not_waited_for(custom, ask, clock, engine):
    await custom(
        lambda event: {"late": True},
        requestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
    )
    got = await ask("/", "POST", body=b"{}")
    await clock.settle()
    assert (got.status, got.body, len(engine.events("f"))) == (200, b"", 1)


async def test_an_event_that_is_no_json_is_the_answer_of_lambda(custom, ask):
    await custom()
    got = await ask("/", "POST", body=b"{no")
    assert got.status == 200
    assert got.json["message"].startswith("Could not parse request body into json:")


# Streams


async def test_a_streaming_function_sends_its_head_and_then_its_body(proxy, deploy, ask):
    async def stream(event):
        yield "application/vnd.awslambda.http-integration-response"
        yield b'{"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["c=1"]}' + b"\0" * 8
        yield b"one "
        yield b"two"

    await proxy("GET /", stream, responseTransferMode="STREAM")
    await deploy()
    got = await ask("/")
    assert (got.status, got.body, got.headers["x-a"], got.headers["set-cookie"]) == (
        201,
        b"one two",
        "b",
        "c=1",
    )


async def test_a_stream_without_a_head_is_a_bad_gateway(proxy, deploy, ask):
    await proxy("GET /", lambda event: {"statusCode": 200}, responseTransferMode="STREAM")
    await deploy()
    assert (await ask("/")).refusal[:2] == (502, "InternalServerErrorException")

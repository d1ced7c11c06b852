"""HTTP APIs in front of functions: events, answers, failures, stages."""

import asyncio

import pytest


async def test_a_function_gets_the_request_in_format_2(api_id, serve, function, engine, ask):
    await serve({"POST /orders/{id}": {"IntegrationUri": await function(lambda event: {"ok": True})}})
    answer = await ask(
        api_id,
        "/orders/a%20b",
        "POST",
        query="x=1&x=2&y=%20z",
        headers={"Content-Type": "application/json", "Cookie": "a=1; b=2", "X-One": "1", "User-Agent": "me"},
        body=b'{"n": 1}',
    )
    assert (answer.status, answer.json, answer.headers["content-type"]) == (
        200,
        {"ok": True},
        "application/json",
    )
    (event,) = engine.events("f")
    headers = event.pop("headers")
    context = event.pop("requestContext")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /orders/{id}",
        "rawPath": "/orders/a b",
        "rawQueryString": "x=1&x=2&y=%20z",
        "cookies": ["a=1", "b=2"],
        "queryStringParameters": {"x": "1,2", "y": " z"},
        "pathParameters": {"id": "a b"},
        "body": '{"n": 1}',
        "isBase64Encoded": False,
    }
    assert headers["x-one"] == "1" and headers["content-length"] == "8" and "cookie" not in headers
    assert headers["x-forwarded-port"] == "4566" and headers["x-amzn-trace-id"].startswith("Root=1-")
    assert context["http"] == {
        "method": "POST",
        "path": "/orders/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    assert context["requestId"] == answer.headers["apigw-requestid"]
    assert (context["apiId"], context["stage"], context["accountId"]) == (api_id, "$default", "000000000000")
    assert context["domainPrefix"] == api_id and context["time"] == "14/Nov/2023:22:13:20 +0000"
    assert "authorizer" not in context


async def test_a_function_gets_the_request_in_format_1(api_id, serve, function, engine, ask):
    arn = await function(lambda event: {"statusCode": 201, "body": "made", "headers": {"X-A": "b"}})
    await serve({"GET /orders/{id}": {"IntegrationUri": arn, "PayloadFormatVersion": "1.0"}})
    answer = await ask(api_id, "/orders/7", query="x=1&x=2", headers={"X-Case": "1", "Cookie": "a=1"})
    assert (answer.status, answer.body, answer.headers["x-a"]) == (201, b"made", "b")
    (event,) = engine.events("f")
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/orders/{id}", "/orders/7")
    assert event["headers"]["X-Case"] == "1" and event["multiValueHeaders"]["Cookie"] == ["a=1"]
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["pathParameters"] == {"id": "7"} and event["stageVariables"] is None
    assert event["body"] is None and event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["resourceId"] == "GET /orders/{id}" and context["identity"]["sourceIp"] == "127.0.0.1"


async def test_a_named_stage_stands_in_the_path(api_id, serve, function, engine, ask, apis):
    await serve({"GET /orders": {"IntegrationUri": await function()}}, stage="dev")
    await apis.update_stage(ApiId=api_id, StageName="dev", StageVariables={"table": "t1"})
    assert (await ask(api_id, "/dev/orders")).status == 200
    (event,) = engine.events("f")
    assert event["rawPath"] == "/dev/orders" and event["requestContext"]["stage"] == "dev"
    assert event["stageVariables"] == {"table": "t1"}
    missed = await ask(api_id, "/orders")
    assert (missed.status, missed.json) == (404, {"message": "Not Found"})
    by_path = await ask(api_id, f"/_aws/execute-api/{api_id}/dev/orders", host="localhost:4566")
    assert by_path.status == 200


async def test_a_stage_variable_names_the_function(api_id, serve, function, engine, ask, apis):
    arn = await function(name="blue")
    uri = arn.replace("blue", "${stageVariables.color}")
    await serve({"GET /": {"IntegrationUri": uri}}, stage="dev")
    await apis.update_stage(ApiId=api_id, StageName="dev", StageVariables={"color": "blue"})
    assert (await ask(api_id, "/dev/")).status == 200
    assert len(engine.events("blue")) == 1


async def test_a_function_that_fails_is_an_internal_server_error(api_id, serve, function, ask):
    def fail(event):
        raise ValueError("no")

    await serve({"$default": {"IntegrationUri": await function(fail)}})
    answer = await ask(api_id, "/any/thing")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert "apigw-requestid" in answer.headers


async def test_a_function_that_is_not_there_is_an_internal_server_error(api_id, serve, ask, engine):
    await serve({"$default": {"IntegrationUri": "arn:aws:lambda:us-east-1:000000000000:function:gone"}})
    assert (await ask(api_id, "/")).status == 500


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": True},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a b": "1"}},
        {"statusCode": 200, "headers": {"a": "1\r\nb: 2"}},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
    ids=str,
)
async def test_an_answer_of_a_wrong_shape_is_an_internal_server_error(answer, api_id, serve, function, ask):
    await serve({"$default": {"IntegrationUri": await function(lambda event: answer)}})
    assert (await ask(api_id, "/")).status == 500


@pytest.mark.parametrize("answer", [{"ok": 1}, "text", [], None, {}], ids=str)
async def test_format_1_infers_nothing(answer, api_id, serve, function, ask):
    arn = await function(lambda event: answer)
    await serve({"$default": {"IntegrationUri": arn, "PayloadFormatVersion": "1.0"}})
    assert (await ask(api_id, "/")).status == 500


async def test_a_slow_function_is_unavailable_after_the_timeout(api_id, serve, function, ask):
    async def wait(event):
        await asyncio.Event().wait()

    await serve({"$default": {"IntegrationUri": await function(wait), "TimeoutInMillis": 50}})
    answer = await ask(api_id, "/")
    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


async def test_cookies_and_binary_bodies_of_answers(api_id, serve, function, ask):
    def script(event):
        return {
            "statusCode": 200,
            "cookies": ["a=1; Secure", "b=2"],
            "headers": {"Content-Type": "image/png"},
            "body": "iVBORw==",
            "isBase64Encoded": True,
        }

    await serve({"$default": {"IntegrationUri": await function(script)}})
    answer = await ask(api_id, "/")
    assert answer.body == b"\x89PNG"
    assert [value for name, value in answer.lines if name == "set-cookie"] == ["a=1; Secure", "b=2"]


async def test_the_default_endpoint_can_be_disabled(api_id, serve, function, ask, apis):
    await serve({"$default": {"IntegrationUri": await function()}})
    assert (await ask(api_id, "/")).status == 200
    await apis.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)
    answer = await ask(api_id, "/")
    assert (answer.status, answer.json) == (404, {"message": "Not Found"})


async def test_an_api_answers_in_its_own_region_only(api_id, serve, function, ask):
    await serve({"$default": {"IntegrationUri": await function()}})
    assert (await ask(api_id, "/", host=f"{api_id}.execute-api.eu-west-1.localhost:4566")).status == 404
    unknown = await ask("aaaaaaaaa1", "/")
    assert (unknown.status, unknown.json) == (403, {"message": "Forbidden"})
    assert (await ask(api_id, "/", host=f"{api_id}.execute-api.us-east-1.amazonaws.com")).status == 200


async def test_a_body_over_ten_megabytes_is_refused(api_id, serve, function, ask, engine):
    await serve({"$default": {"IntegrationUri": await function()}})
    answer = await ask(api_id, "/", "POST", body=b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status, engine.calls) == (413, [])


async def test_a_route_without_target_is_an_internal_server_error(api_id, apis, ask):
    await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    await apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert (await ask(api_id, "/a")).status == 500
    assert (await ask(api_id, "/b")).status == 404


async def test_headers_over_ten_kilobytes_are_refused(api_id, serve, function, ask, engine):
    await serve({"$default": {"IntegrationUri": await function()}})
    assert (await ask(api_id, "/", headers={"X-A": "a" * 9_000})).status == 200
    answer = await ask(api_id, "/", headers={"X-A": "a" * 10_240})
    assert (answer.status, answer.json) == (431, {"message": "Request Header Fields Too Large"})


async def test_a_function_runs_to_its_end_after_the_gateway_has_given_up(api_id, serve, function, ask):
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def wait(event):
        await go_on.wait()
        ended.set()

    await serve({"$default": {"IntegrationUri": await function(wait), "TimeoutInMillis": 50}})
    assert (await ask(api_id, "/")).status == 503
    go_on.set()
    await asyncio.wait_for(ended.wait(), 5)

"""What a stage and an API are set to do with every request: CORS, throttles, access logs, metrics."""

import json

import pytest

SHOP = "https://shop.example.com"
PREFLIGHT = {"Origin": SHOP, "Access-Control-Request-Method": "PUT"}


@pytest.fixture
async def open_api(apis, api_id, serve, function):
    """An API whose function says something about origins itself; shoppers may ask."""
    answer = {"statusCode": 200, "headers": {"access-control-allow-origin": "*", "x-own": "1"}}
    await serve({"GET /a": {"IntegrationUri": await function(lambda event: answer)}})
    cors = {"AllowOrigins": [SHOP], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-a"], "MaxAge": 60}
    await apis.update_api(ApiId=api_id, CorsConfiguration=cors)
    return api_id


async def test_the_gateway_answers_a_preflight_itself(open_api, ask, engine):
    for path in ("/a", "/not/there"):
        answer = await ask(open_api, path, "OPTIONS", headers=PREFLIGHT)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert engine.calls == []


async def test_a_preflight_says_what_is_allowed(open_api, ask):
    answer = await ask(open_api, "/a", "OPTIONS", headers=PREFLIGHT)
    assert answer.headers["access-control-allow-methods"] == "GET,PUT"
    assert answer.headers["access-control-allow-headers"] == "x-a"
    assert answer.headers["access-control-max-age"] == "60"
    other = await ask(open_api, "/a", "OPTIONS", headers={**PREFLIGHT, "Origin": "https://other.example.com"})
    assert other.status == 204 and "access-control-allow-origin" not in other.headers


async def test_the_gateways_origins_take_the_place_of_the_integrations(open_api, ask):
    answer = await ask(open_api, "/a", headers={"Origin": SHOP})
    assert answer.headers["access-control-allow-origin"] == SHOP and answer.headers["x-own"] == "1"
    assert "access-control-allow-origin" not in (await ask(open_api, "/a")).headers


async def test_errors_can_be_read_by_the_page_that_asked(open_api, ask):
    answer = await ask(open_api, "/b", headers={"Origin": SHOP})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, SHOP)


async def test_without_a_configuration_the_integration_speaks_for_itself(open_api, ask, apis):
    await apis.delete_cors_configuration(ApiId=open_api)
    answer = await ask(open_api, "/a", headers={"Origin": SHOP})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await ask(open_api, "/a", "OPTIONS", headers=PREFLIGHT)).status == 404


async def test_a_route_lets_no_more_requests_through_than_its_limits(
    apis, api_id, serve, function, ask, clock
):
    arn = await function()
    await serve({"GET /a": {"IntegrationUri": arn}, "GET /b": {"IntegrationUri": arn}}, stage="dev")
    limits = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}
    await apis.update_stage(ApiId=api_id, StageName="dev", RouteSettings={"GET /a": limits})
    statuses = [(await ask(api_id, "/dev/a")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await ask(api_id, "/dev/b")).status == 200
    assert (await ask(api_id, "/dev/a")).json == {"message": "Too Many Requests"}
    await clock.advance(1_000)
    assert [(await ask(api_id, "/dev/a")).status for _ in range(2)] == [200, 429]
    await apis.delete_route_settings(ApiId=api_id, StageName="dev", RouteKey="GET /a")
    assert (await ask(api_id, "/dev/a")).status == 200


async def test_routes_without_limits_share_those_of_the_stage(apis, api_id, serve, function, ask):
    arn = await function()
    await serve({"GET /a": {"IntegrationUri": arn}, "GET /b": {"IntegrationUri": arn}}, stage="dev")
    limits = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1}
    await apis.update_stage(ApiId=api_id, StageName="dev", DefaultRouteSettings=limits)
    assert [(await ask(api_id, path)).status for path in ("/dev/a", "/dev/b")] == [200, 429]


async def test_an_access_log_has_a_line_for_every_request(apis, api_id, serve, function, ask, client, clock):
    logs = client("logs")
    await logs.create_log_group(logGroupName="access")
    await serve({"GET /a/{id}": {"IntegrationUri": await function()}}, stage="dev")
    names = (
        "requestId",
        "httpMethod",
        "routeKey",
        "status",
        "stage",
        "path",
        "protocol",
        "integrationStatus",
    )
    form = json.dumps({name: f"$context.{name}" for name in (*names, "identity.sourceIp", "nothing")})
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:access"
    settings = {"DestinationArn": arn, "Format": form}
    await apis.update_stage(ApiId=api_id, StageName="dev", AccessLogSettings=settings)
    answers = [await ask(api_id, path) for path in ("/dev/a/1", "/dev/none")]
    await clock.settle()
    events = (await logs.filter_log_events(logGroupName="access"))["events"]
    lines = [json.loads(event["message"]) for event in events]
    assert [line["requestId"] for line in lines] == [one.headers["apigw-requestid"] for one in answers]
    assert lines[0] == {
        "requestId": answers[0].headers["apigw-requestid"],
        "httpMethod": "GET",
        "routeKey": "GET /a/{id}",
        "status": "200",
        "stage": "dev",
        "path": "/dev/a/1",
        "protocol": "HTTP/1.1",
        "integrationStatus": "200",
        "identity.sourceIp": "127.0.0.1",
        "nothing": "-",
    }
    assert (lines[1]["status"], lines[1]["routeKey"]) == ("404", "-")
    await apis.delete_access_log_settings(ApiId=api_id, StageName="dev")
    await ask(api_id, "/dev/a/1")
    await clock.settle()
    assert len((await logs.filter_log_events(logGroupName="access"))["events"]) == 2


async def test_requests_are_counted(apis, api_id, serve, function, ask, client, clock):
    await serve({"GET /a": {"IntegrationUri": await function()}}, stage="dev")
    await apis.update_stage(
        ApiId=api_id, StageName="dev", DefaultRouteSettings={"DetailedMetricsEnabled": True}
    )
    for path in ("/dev/a", "/dev/a", "/dev/none"):
        await ask(api_id, path)
    await clock.settle()

    async def total(metric, **dimensions):
        now = clock.now_ms() // 1000
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - 600,
            EndTime=now + 600,
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    assert await total("Count", ApiId=api_id) == 3
    assert await total("4xx", ApiId=api_id, Stage="dev") == 1
    assert await total("Count", ApiId=api_id, Method="GET", Resource="/a", Stage="dev") == 2

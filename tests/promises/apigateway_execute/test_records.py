"""What requests leave behind: access logs, execution logs, metrics."""

import json

import pytest

GROUP = "access"

pytestmark = pytest.mark.usefixtures("log_role")


@pytest.fixture
def logs(client):
    return client("logs")


@pytest.fixture
def lines(logs, clock):
    """``await lines(group)``: the messages in a log group."""

    async def read(group):
        await clock.settle()
        found = await logs.filter_log_events(logGroupName=group)
        return [event["message"] for event in found["events"]]

    return read


@pytest.fixture
def with_access_log(logs, patch_stage):
    async def make(text):
        await logs.create_log_group(logGroupName=GROUP)
        arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}"
        await patch_stage(("/accessLogSettings/destinationArn", arn), ("/accessLogSettings/format", text))

    return make


async def test_an_access_log_has_a_line_for_each_request(proxy, deploy, ask, with_access_log, lines):
    await proxy("GET /a", lambda event: {"statusCode": 201, "body": "four"})
    await deploy()
    names = (
        *("status", "httpMethod", "resourcePath", "path", "responseLength", "identity.sourceIp"),
        *("error.message", "integration.status", "integrationStatus", "authorizer.x", "requestId"),
    )
    await with_access_log(" ".join(f"$context.{name}" for name in names))
    got = await ask("/a")
    missing = await ask("/none")
    ids = [answer.headers["x-amzn-requestid"] for answer in (got, missing)]
    assert await lines(GROUP) == [
        f"201 GET /a /dev/a 4 127.0.0.1 - 201 200 - {ids[0]}",
        f"403 GET - /dev/none 42 127.0.0.1 Missing Authentication Token - - - {ids[1]}",
    ]


async def test_an_access_log_knows_the_caller(
    add, apis, api_id, function, deploy, ask, with_access_log, lines
):
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    said = {"principalId": "me", "policyDocument": {"Statement": [statement]}, "context": {"org": "x"}}
    guard = await apis.create_authorizer(
        restApiId=api_id,
        name="guard",
        type="TOKEN",
        authorizerUri=await function(lambda event: said, "guard"),
        identitySource="method.request.header.Authorization",
    )
    await add("GET /a", method={"authorizationType": "CUSTOM", "authorizerId": guard["id"]})
    await deploy()
    await with_access_log("$context.authorizer.principalId $context.authorizer.org $context.status")
    await ask("/a", headers={"Authorization": "x"})
    await ask("/a")
    assert await lines(GROUP) == ["me x 200", "- - 401"]


async def test_an_execution_log_tells_the_whole_way(proxy, deploy, ask, patch_stage, lines, api_id):
    await proxy("GET /a", lambda event: {"statusCode": 200, "body": "hi"})
    await deploy()
    await patch_stage(("/*/*/logging/loglevel", "INFO"), ("/*/*/logging/dataTrace", "true"))
    got = await ask("/a", query="q=1")
    found = await lines(f"API-Gateway-Execution-Logs_{api_id}/dev")
    id = got.headers["x-amzn-requestid"]
    assert found[0] == f"({id}) Extended Request Id: {got.headers['x-amz-apigw-id']}"
    assert f"({id}) Usage Plan check succeeded for API Key  and API Stage {api_id}/dev" in found
    assert f"({id}) Starting execution for request: {id}" in found
    assert any(
        line.startswith(f"({id}) Received response. Status: 200, Integration latency: ") for line in found
    )
    assert f"({id}) Method request query string: {{q=1}}" in found
    assert f"({id}) Method response body after transformations: hi" in found
    assert found[-1] == f"({id}) Method completed with status: 200"


async def test_a_canary_has_a_log_of_its_own(add, deploy, ask, patch_stage, lines, apis, api_id):
    await add("GET /a")
    await deploy()
    await patch_stage(("/*/*/logging/loglevel", "INFO"))
    settings = {"percentTraffic": 100.0}
    await apis.create_deployment(restApiId=api_id, stageName="dev", canarySettings=settings)
    await ask("/a")
    assert await lines(f"API-Gateway-Execution-Logs_{api_id}/dev/Canary")


async def test_without_data_tracing_no_payload_is_logged(proxy, deploy, ask, patch_stage, lines, api_id):
    await proxy("GET /a", lambda event: {"statusCode": 200, "body": "secret"})
    await deploy()
    await patch_stage(("/*/*/logging/loglevel", "INFO"))
    await ask("/a")
    found = await lines(f"API-Gateway-Execution-Logs_{api_id}/dev")
    assert found
    assert not [line for line in found if "secret" in line]


async def test_where_logging_is_off_nothing_is_logged(add, deploy, ask, logs, clock):
    await add("GET /a")
    await deploy()
    await ask("/a")
    await clock.settle()
    assert (await logs.describe_log_groups(logGroupNamePrefix="API-Gateway"))["logGroups"] == []


@pytest.mark.parametrize(("name", "shown"), [("shöp ✓", "shp "), ("店", None)])
async def test_names_are_counted_without_what_is_not_ascii(
    proxy, deploy, ask, client, clock, apis, api_id, name, shown
):
    replace = {"op": "replace", "path": "/name", "value": name}
    await apis.update_rest_api(restApiId=api_id, patchOperations=[replace])
    await proxy("GET /a", lambda event: {"statusCode": 200})
    await deploy()
    await ask("/a")
    await clock.settle()
    found = await client("cloudwatch").list_metrics(Namespace="AWS/ApiGateway", MetricName="Count")
    names = {dimension["Value"] for metric in found["Metrics"] for dimension in metric["Dimensions"][:1]}
    assert names == {shown or api_id}


async def test_requests_are_counted(proxy, deploy, ask, client, clock, patch_stage):
    await proxy("GET /a", lambda event: {"statusCode": 200})
    await deploy()
    await patch_stage(("/*/*/metrics/enabled", "true"))
    for path in ("/a", "/a", "/none"):
        await ask(path)
    await clock.settle()

    async def total(metric, *more):
        dimensions = [{"Name": "ApiName", "Value": "shop"}, *({"Name": n, "Value": v} for n, v in more)]
        now_s = clock.now_ms() // 1_000
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=now_s - 60,
            EndTime=now_s + 60,
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    assert (await total("Count"), await total("4XXError"), await total("5XXError")) == (3, 1, 0)
    assert await total("Count", ("Stage", "dev")) == 3
    assert await total("Count", ("Resource", "/a"), ("Method", "GET"), ("Stage", "dev")) == 2


async def test_a_trace_goes_on_through_the_function_and_back(proxy, deploy, ask, engine):
    await proxy("GET /a", lambda event: {"statusCode": 200})
    await deploy()
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793"
    got = await ask("/a", headers={"X-Amzn-Trace-Id": trace})
    assert got.headers["x-amzn-trace-id"].startswith(f"{trace};Parent=")
    assert engine.events("f")[0]["headers"]["X-Amzn-Trace-Id"] == trace
    assert trace in engine.calls[0].invocation.trace_header


async def test_a_log_group_that_is_not_there_stops_no_request(add, deploy, ask, patch_stage, clock):
    await add("GET /a")
    await deploy()
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:none"
    await patch_stage(
        ("/accessLogSettings/destinationArn", arn), ("/accessLogSettings/format", "$context.requestId")
    )
    assert (await ask("/a")).status == 200
    await clock.settle()
    assert json.loads((await ask("/none")).body)["message"] == "Missing Authentication Token"

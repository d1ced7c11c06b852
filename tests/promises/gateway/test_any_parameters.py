"""Parameters of the right type and of any content, for every operation we support: never a 500."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.protocol.constraints import NUMBERS, REPORTED, constraints_of
from sundog.protocol.validation_rules import Rules

SERVICES = (
    "sqs",
    "lambda",
    "logs",
    "cloudwatch",
    "iam",
    "sts",
    "events",
    "schemas",
    "sns",
    "scheduler",
    "pipes",
    "stepfunctions",
    "apigateway",
    "apigatewayv2",
    "apigatewaymanagementapi",
    "elbv2",
)
Known = Mapping[str, tuple[str, ...]]
DEPTH_MAX, STRUCTURE_MEMBERS_MAX = 4, 6
RUN_CODE = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
WAIT = {"GetActivityTask", "StartSyncExecution"}
"""They wait for a clock that stands still here."""
ROLE = "arn:aws:iam::000000000000:role/orders"
TRUST = (
    '{"Version": "2012-10-17", '
    '"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}'
)
TEXTS = (
    "",
    "a",
    "orders",
    "orders.fifo",
    "0",
    "-1",
    "99999999999999999999",
    "true",
    "{}",
    "[1",
    "null",
    TRUST,
    '{"maxReceiveCount": 1}',
    "http://localhost:4566/000000000000/orders",
    "arn:aws:sqs:us-east-1:000000000000:orders",
    "arn:aws:lambda:us-east-1:000000000000:function:orders",
    "arn:aws:lambda:us-east-1:000000000000:function:orders:1",
    "arn:aws:lambda:us-east-1:000000000000:layer:orders:1",
    "arn:aws:logs:us-east-1:000000000000:log-group:orders",
    "arn:aws:iam::000000000000:policy/orders",
    ROLE,
    "arn:::::",
    "1",
    "$LATEST",
    "/orders/",
    "a" * 20,
    "a" * 2_000,
    "é✓𝄞",
    "a\x00b",
    "%s {0} {x}",
    "../..",
    "*",
    "python3.11",
    "app.handler",
)
KNOWN = {
    "path": (
        "/name",
        "/description",
        "/*/*/throttling/rateLimit",
        "/~1orders/GET/caching/enabled",
        "/variables/orders",
        "/canarySettings/percentTraffic",
        "/canarySettings/stageVariableOverrides/orders",
        "/accessLogSettings/destinationArn",
        "/requestParameters/method.request.querystring.a",
        "/requestModels/application~1json",
        "/responseTemplates/application~1json",
        "/binaryMediaTypes/image~1png",
        "/endpointConfiguration/types/REGIONAL",
        "/minimumCompressionSize",
        "/apiStages",
        "/throttle/rateLimit",
        "/quota/limit",
        "/stages",
        "/policy",
        "/",
        "//",
        "/~2",
    ),
    "uri": (
        "arn:aws:apigateway:us-east-1:sqs:path/000000000000/orders",
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:orders/invocations",
        "arn:aws:apigateway:us-east-1:sqs:",
        "http://{orders}/",
        "https://",
    ),
    "RouteKey": ("$default", "GET /orders/{id+}", "GET /{", "ANY", "$connect"),
    "ScheduleExpression": (
        "rate(1 day)",
        "cron(0 0 * * ? *)",
        "at(2030-01-01T00:00:00)",
        "rate(0 x)",
        "cron()",
    ),
    "definition": (
        '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}',
        '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", '
        '"Parameters": {"a.$": "$[(@.length-1)]"}, "End": true}}}',
        '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{%", '
        '"End": true}}}',
        '{"StartAt": 1, "States": []}',
    ),
    "FilterPolicy": ('{"a": [{"prefix": 1}]}', '{"a": [{"numeric": ["<", "x"]}]}'),
}
"""What members of these names mostly say, beside what the resources add."""
WHOLE = (0, 1, -1, 2, 3, 10, 128, 900, 2**31, -(2**31), 2**53, 1_700_000_000_000)
FRACTIONS = (0.0, 0.5, -1.5, 1.0, 1e300, -1e300, 5e-324)


def _values(shape: Shape, known: Known, name: str = "", depth: int = 0) -> st.SearchStrategy:
    """Anything of this shape, mostly what the model allows."""
    if shape.type_name == "structure":
        return _structures(shape, known, depth)
    if shape.type_name == "list":
        return st.lists(
            _values(shape.member, known, name, depth + 1),
            min_size=min(shape.metadata.get("min", 0), 1),
            max_size=2,
        )
    if shape.type_name == "map":
        keys, values = (_values(part, known, "", depth + 1) for part in (shape.key, shape.value))
        return st.dictionaries(keys, values, max_size=2)
    if shape.type_name == "string" and name in known:
        often = st.sampled_from(known[name])
        return st.integers(0, 9).flatmap(lambda chance: often if chance else st.sampled_from(TEXTS))
    plain = {
        "boolean": (True, False),
        "blob": (b"", b"{}", b"PK\x03\x04", b"\xff\x00", _bundle()),
        "timestamp": (0, 1, 1_700_000_000, -1, 32_503_680_000),
        "string": (*getattr(shape, "enum", ()), *TEXTS),
        "float": FRACTIONS,
        "double": FRACTIONS,
    }
    return _mostly_allowed(shape, plain.get(shape.type_name, WHOLE))


def _structures(shape: Shape, known: Known, depth: int) -> st.SearchStrategy:
    if depth >= DEPTH_MAX:
        return st.just({})
    members = {name: _values(member, known, name, depth + 1) for name, member in shape.members.items()}
    required = {name: members.pop(name) for name in shape.required_members}
    return st.sets(st.sampled_from(sorted(members) or [""]), max_size=STRUCTURE_MEMBERS_MAX).flatmap(
        lambda chosen: st.fixed_dictionaries(required | {n: members[n] for n in chosen if n in members})
    )


def _mostly_allowed(shape: Shape, values: tuple) -> st.SearchStrategy:
    allowed = values
    if shape.type_name in ("string", "blob") or shape.type_name in NUMBERS:
        demands = constraints_of(shape, Rules(""), REPORTED)
        allowed = tuple(value for value in values if all(demand.holds(value) for demand in demands))
    anything = st.sampled_from(values)
    likely = st.sampled_from(allowed or values)
    return st.integers(0, 19).flatmap(lambda chance: likely if chance else anything)


def _bundle() -> bytes:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event\n")
    return code.getvalue()


@pytest.fixture
async def resources(world) -> Known:
    """Something of every kind by the name ``orders``, so that calls go further than a look-up."""
    known: dict[str, tuple[str, ...]] = dict(KNOWN)
    for make in (_queues, _identities, _function, _events, _machine, _rest_api, _http_api, _load_balancer):
        known |= {name: (value,) for name, value in (await make(world)).items()}
    return known


async def _queues(world) -> dict[str, str]:
    for name in ("orders", "orders.fifo"):
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        await world.client("sqs").create_queue(QueueName=name, Attributes=fifo)
    await world.client("logs").create_log_group(logGroupName="orders")
    await world.client("logs").create_log_stream(logGroupName="orders", logStreamName="orders")
    return {}


async def _identities(world) -> dict[str, str]:
    iam = world.client("iam")
    await iam.create_user(UserName="orders")
    await iam.create_group(GroupName="orders")
    await iam.create_role(RoleName="orders", AssumeRolePolicyDocument=TRUST)
    return {}


async def _function(world) -> dict[str, str]:
    await world.client("lambda").create_function(
        FunctionName="orders",
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": _bundle()},
    )
    return {}


async def _events(world) -> dict[str, str]:
    sns, queue = world.client("sns"), "arn:aws:sqs:us-east-1:000000000000:orders"
    topic = (await sns.create_topic(Name="orders"))["TopicArn"]
    subscription = (await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue))["SubscriptionArn"]
    await world.client("scheduler").create_schedule_group(Name="orders")
    await world.client("pipes").create_pipe(
        Name="orders", RoleArn=ROLE, Source=queue, Target=queue, DesiredState="STOPPED"
    )
    return {"TopicArn": topic, "SubscriptionArn": subscription}


async def _machine(world) -> dict[str, str]:
    stepfunctions = world.client("stepfunctions")
    machine = await stepfunctions.create_state_machine(
        name="orders", definition=KNOWN["definition"][0], roleArn=ROLE
    )
    arn = machine["stateMachineArn"]
    execution = await stepfunctions.start_execution(stateMachineArn=arn)
    activity = await stepfunctions.create_activity(name="orders")
    return {
        "stateMachineArn": arn,
        "executionArn": execution["executionArn"],
        "activityArn": activity["activityArn"],
    }


async def _rest_api(world) -> dict[str, str]:
    client = world.client("apigateway")
    api = (await client.create_rest_api(name="orders"))["id"]
    root = (await client.get_resources(restApiId=api))["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    await client.put_method(**place, authorizationType="NONE")
    await client.put_method_response(**place, statusCode="200")
    await client.put_integration(**place, type="MOCK", requestTemplates={"application/json": "{}"})
    await client.put_integration_response(**place, statusCode="200")
    deployment = await client.create_deployment(restApiId=api, stageName="orders")
    plan = await client.create_usage_plan(name="orders", apiStages=[{"apiId": api, "stage": "orders"}])
    return place | {
        "statusCode": "200",
        "deploymentId": deployment["id"],
        "stageName": "orders",
        "usagePlanId": plan["id"],
        "apiKey": (await client.create_api_key(name="orders", enabled=True))["id"],
    }


async def _http_api(world) -> dict[str, str]:
    client = world.client("apigatewayv2")
    api = (await client.create_api(Name="orders", ProtocolType="HTTP"))["ApiId"]
    integration = await client.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="http://127.0.0.1:9/",
        PayloadFormatVersion="1.0",
    )
    route = await client.create_route(ApiId=api, RouteKey="GET /orders")
    await client.create_stage(ApiId=api, StageName="orders")
    return {
        "ApiId": api,
        "IntegrationId": integration["IntegrationId"],
        "RouteId": route["RouteId"],
        "StageName": "orders",
    }


async def _load_balancer(world) -> dict[str, str]:
    client = world.client("elbv2")
    made = await client.create_load_balancer(Name="orders", Subnets=["subnet-1", "subnet-2"])
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    group = (await client.create_target_group(Name="orders", TargetType="lambda"))["TargetGroups"][0]
    listener = await client.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )
    return {
        "LoadBalancerArn": balancer,
        "TargetGroupArn": group["TargetGroupArn"],
        "ListenerArn": listener["Listeners"][0]["ListenerArn"],
    }


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
async def test_no_parameters_are_answered_with_a_500(world, resources, models, service, data):
    found = next(found for found in world.app.services if found.name == service)
    names = sorted({operation.name for operation in found.operations} - RUN_CODE - WAIT)
    model = models.get(service).operation_model(data.draw(st.sampled_from(names)))
    request = data.draw(_values(model.input_shape, resources)) if model.input_shape else {}
    await _call(world.client(service, validate=False), model, request)


async def _call(client, model: OperationModel, request: dict) -> None:
    with contextlib.suppress(UnicodeEncodeError):  # botocore could not write it
        try:
            await client._call(model, request)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] not in (500, 502, 504), error
            assert error.response["Error"]["Code"]

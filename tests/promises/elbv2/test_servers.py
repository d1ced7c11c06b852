"""HTTP servers as targets: they are called where sundog runs."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer


@pytest.fixture
async def backend():
    """An HTTP server that says what it was asked; ``backend.status`` and ``backend.delay_s`` may be set."""

    async def answer(request):
        server.seen.append(request)
        await asyncio.sleep(server.delay_s)
        text = f"{request.method} {request.raw_path} {(await request.read()).decode()}"
        response = web.Response(status=server.status, text=text, headers={"X-Backend": "1"})
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        return response

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(application, shutdown_timeout=0) as server:
        server.seen, server.status, server.delay_s = [], 200, 0
        yield server


@pytest.fixture
def servers(elb, make, clock):
    """``await servers(port, ...)``: a load balancer in front of servers, and their target group."""

    async def build(*ports, **members):
        members = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "TargetType": "ip", **members}
        group = (await elb.create_target_group(Name="servers", **members))["TargetGroups"][0][
            "TargetGroupArn"
        ]
        targets = [{"Id": "127.0.0.1", "Port": port} for port in ports]
        if targets:
            await elb.register_targets(TargetGroupArn=group, Targets=targets)
        made = await make({"Type": "forward", "TargetGroupArn": group})
        await clock.settle()
        return made, group

    return build


async def health(elb, group, **members):
    shown = await elb.describe_target_health(TargetGroupArn=group, **members)
    return [one["TargetHealth"] for one in shown["TargetHealthDescriptions"]]


async def test_a_request_is_forwarded_and_its_answer_comes_back(servers, backend, ask):
    made, _ = await servers(backend.port)
    backend.seen.clear()
    answer = await ask(
        made.dns_name, "/a%20b?q=x%20y", "POST", b"body", [("X-Mine", "1")], source_ip="10.1.2.3"
    )
    assert answer.body == b"POST /a%20b?q=x%20y body"
    assert answer.headers["x-backend"] == "1"
    assert [value for name, value in answer.pairs if name == "Set-Cookie"] == ["a=1", "b=2"]
    seen = backend.seen[0].headers
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Port"], seen["X-Mine"]) == ("10.1.2.3", "80", "1")
    assert seen["Host"] == made.dns_name and seen["X-Amzn-Trace-Id"].startswith("Root=1-")


async def test_a_server_that_is_not_there_is_a_bad_gateway(servers, ask):
    async with TestServer(web.Application()) as gone:
        port = gone.port
    made, _ = await servers(port)
    assert (await ask(made.dns_name)).status == 502


async def test_a_server_that_is_too_slow_is_a_gateway_timeout(elb, servers, backend, ask):
    made, _ = await servers(backend.port)
    attribute = {"Key": "idle_timeout.timeout_seconds", "Value": "1"}
    await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    backend.delay_s = 5
    answer = await ask(made.dns_name)
    assert answer.status == 504 and len(answer.body) == 132


async def test_health_checks_find_what_is_well(elb, servers, backend, clock):
    _, group = await servers(backend.port, HealthCheckPath="/health")
    assert await health(elb, group) == [{"State": "healthy"}]
    check = backend.seen[0]
    assert check.path == "/health" and check.headers["User-Agent"] == "ELB-HealthChecker/2.0"
    backend.status = 500
    await clock.advance(60_000)
    assert await health(elb, group) == [
        {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [500]",
        }
    ]


async def test_a_day_that_the_clock_is_moved_by_asks_a_healthy_server_a_few_times_and_at_its_end(
    elb, servers, backend, clock
):
    _, group = await servers(backend.port)
    await clock.advance(86_400_000)
    assert len(backend.seen) < 20
    backend.status = 500
    await clock.advance(86_400_000)
    [state] = await health(elb, group)
    assert state["State"] == "unhealthy"


async def test_unhealthy_servers_get_no_requests_as_long_as_a_healthy_one_is_there(
    elb, servers, backend, ask, clock
):
    async with TestServer(web.Application()) as gone:
        port = gone.port
    made, group = await servers(backend.port, port)
    await clock.advance(30_000)
    states = [one["State"] for one in await health(elb, group)]
    assert sorted(states) == ["healthy", "unhealthy"]
    assert {(await ask(made.dns_name)).status for _ in range(6)} == {200}


async def test_requests_go_round_and_a_cookie_keeps_to_one_server(elb, servers, backend, ask):
    async def other(_request):
        return web.Response(text="other")

    application = web.Application()
    application.router.add_get("/", other)
    async with TestServer(application, shutdown_timeout=0) as second:
        made, group = await servers(backend.port, second.port)
        bodies = [(await ask(made.dns_name)).body for _ in range(6)]
        assert bodies.count(b"other") == 3
        attribute = {"Key": "stickiness.enabled", "Value": "true"}
        await elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
        first = await ask(made.dns_name)
        cookie = first.headers["set-cookie"].partition(";")[0]
        assert cookie.startswith("AWSALB=")
        again = {(await ask(made.dns_name, lines=[("Cookie", cookie)])).body for _ in range(6)}
        assert again == {first.body}


async def test_a_deregistered_target_drains_and_is_gone(elb, servers, backend, ask, clock):
    made, group = await servers(backend.port)
    target = {"Id": "127.0.0.1", "Port": backend.port}
    await elb.deregister_targets(TargetGroupArn=group, Targets=[target])
    assert (await health(elb, group))[0]["Reason"] == "Target.DeregistrationInProgress"
    assert (await ask(made.dns_name)).status == 503
    await clock.advance(300_000)
    assert await health(elb, group) == []
    assert (await health(elb, group, Targets=[target]))[0]["Reason"] == "Target.NotRegistered"


async def test_targets_of_a_group_that_nobody_uses_are_unused(elb, backend):
    group = await elb.create_target_group(
        Name="g", Protocol="HTTP", Port=backend.port, VpcId="vpc-1", TargetType="ip"
    )
    group = group["TargetGroups"][0]["TargetGroupArn"]
    await elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1"}])
    shown = (await elb.describe_target_health(TargetGroupArn=group))["TargetHealthDescriptions"][0]
    assert shown["TargetHealth"]["Reason"] == "Target.NotInUse"
    assert shown["Target"] == {"Id": "127.0.0.1", "Port": backend.port}
    assert backend.seen == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("10.0.0.1x", "ValidationError"),
        ("8.8.8.8", "ValidationError"),
        ("::1", "ValidationError"),
        ("localhost", "ValidationError"),
    ],
)
async def test_targets_are_private_addresses(elb, servers, refusal, target, code):
    _, group = await servers()
    call = elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target}])
    assert (await refusal(call))[0] == code


async def test_instances_are_refused_by_name(elb, refusal):
    group = await elb.create_target_group(Name="g", Protocol="HTTP", Port=80, VpcId="vpc-1")
    group = group["TargetGroups"][0]
    assert group["TargetType"] == "instance" and group["HealthCheckPort"] == "traffic-port"
    call = elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": "i-1"}])
    code, message = await refusal(call)
    assert code == "UnsupportedOperation" and "i-1" in message


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"Protocol": None}, "ValidationError", "A protocol must be specified"),
        ({"Port": None}, "ValidationError", "A port must be specified"),
        ({"VpcId": None}, "ValidationError", "A VPC ID must be specified"),
        ({"Protocol": "TCP"}, "UnsupportedOperation", "target groups with the protocol TCP"),
        ({"ProtocolVersion": "GRPC"}, "UnsupportedOperation", "the protocol version GRPC"),
        ({"TargetType": "alb"}, "UnsupportedOperation", "target groups of type alb"),
        ({"HealthCheckEnabled": False}, "ValidationError", "Health check enabled must be true"),
        ({"HealthCheckPort": "x"}, "ValidationError", "Health check port 'x'"),
    ],
)
async def test_bad_groups_of_servers_are_refused(elb, refusal, members, code, message):
    given = {"Name": "g", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "TargetType": "ip"} | members
    given = {name: value for name, value in given.items() if value is not None}
    found = await refusal(elb.create_target_group(**given))
    assert found[0] == code and message in found[1]


async def test_as_many_targets_as_the_group_says_must_be_healthy_for_others_to_be_left_out(
    elb, servers, backend, ask, clock
):
    async with TestServer(web.Application()) as gone:
        port = gone.port
    made, group = await servers(backend.port, port)
    await clock.advance(30_000)
    name = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
    attribute = {"Key": name, "Value": "51"}
    await elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    assert {(await ask(made.dns_name)).status for _ in range(6)} == {200, 502}
    attribute["Value"] = "50"
    await elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    assert {(await ask(made.dns_name)).status for _ in range(6)} == {200}


async def test_what_more_there_is_about_targets_is_told_when_asked_for(elb, servers, backend):
    _, group = await servers(backend.port)
    shown = await elb.describe_target_health(TargetGroupArn=group, Include=["All"])
    found = shown["TargetHealthDescriptions"][0]
    assert found["AnomalyDetection"] == {"Result": "normal", "MitigationInEffect": "no"}
    assert found["AdministrativeOverride"]["State"] == "no_override"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slow_start.duration_seconds", "30"),
        ("stickiness.type", "app_cookie"),
        ("load_balancing.algorithm.anomaly_mitigation", "on"),
    ],
)
async def test_attributes_without_effect_are_refused_by_name(elb, servers, refusal, key, value):
    _, group = await servers()
    attribute = {"Key": key, "Value": value}
    call = elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    code, message = await refusal(call)
    assert code == "UnsupportedOperation" and key in message

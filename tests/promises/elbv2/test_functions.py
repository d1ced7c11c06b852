"""Functions as targets: who may register them, what events they get, what their answers become."""

import base64
import json

import pytest

GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/functions"


async def test_a_function_that_does_not_permit_it_is_not_registered(elb, function, permit, refusal):
    arn = await function(lambda event: event)
    group = (await elb.create_target_group(Name="g", TargetType="lambda"))["TargetGroups"][0][
        "TargetGroupArn"
    ]
    register = {"TargetGroupArn": group, "Targets": [{"Id": arn}]}
    assert await refusal(elb.register_targets(**register)) == (
        "AccessDenied",
        f"elasticloadbalancing principal does not have permission to invoke {arn} from target group {group}",
    )
    await permit(arn, SourceArn=group)
    await elb.register_targets(**register)


async def test_a_permission_for_another_group_is_none(elb, function, permit, refusal):
    arn = await function(lambda event: event)
    group = (await elb.create_target_group(Name="g", TargetType="lambda"))["TargetGroups"][0][
        "TargetGroupArn"
    ]
    await permit(arn, SourceArn=f"{GROUP}/0123456789abcdef")
    call = elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])
    assert (await refusal(call))[0] == "AccessDenied"


async def test_a_group_holds_one_function(elb, behind, function, permit, refusal, saying):
    _, group = await behind(saying(statusCode=200))
    other = await function(saying(statusCode=200), name="other")
    await permit(other)
    call = elb.register_targets(TargetGroupArn=group, Targets=[{"Id": other}])
    assert (await refusal(call))[0] == "TooManyTargets"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Port": 80}, "Port cannot be specified for target groups with target type 'lambda'"),
        ({"Protocol": "HTTP"}, "Protocol cannot be specified for target groups with target type 'lambda'"),
        ({"Matcher": {"HttpCode": "600"}}, "must be within '200-499' inclusive"),
        ({"HealthCheckIntervalSeconds": 30}, "Health check interval must be greater than the timeout."),
    ],
)
async def test_groups_of_functions_have_no_ports(elb, refusal, members, message):
    code, found = await refusal(elb.create_target_group(Name="g", TargetType="lambda", **members))
    assert code == "ValidationError" and message in found


async def test_a_group_of_functions_has_awss_defaults(elb, refusal):
    group = (await elb.create_target_group(Name="g", TargetType="lambda"))["TargetGroups"][0]
    shown = {name: group[name] for name in ("HealthCheckEnabled", "HealthCheckIntervalSeconds", "Matcher")}
    assert shown == {
        "HealthCheckEnabled": False,
        "HealthCheckIntervalSeconds": 35,
        "Matcher": {"HttpCode": "200"},
    }
    for key, code in (("stickiness.enabled", "InvalidConfigurationRequest"), ("nonsense", "ValidationError")):
        attribute = {"Key": key, "Value": "true"}
        call = elb.modify_target_group_attributes(
            TargetGroupArn=group["TargetGroupArn"], Attributes=[attribute]
        )
        assert (await refusal(call))[0] == code


async def test_the_event_of_a_request(behind, ask, saying):
    script = saying(statusCode=200)
    made, group = await behind(script)
    lines = [("X-Two", "1"), ("x-two", "2"), ("Content-Type", "application/json"), ("Connection", "close")]
    await ask(made.dns_name, "/a%20b?q=x%20y&q=2&flag", "POST", b'{"a":1}', lines, source_ip="10.1.2.3")
    event = script.events[0]
    trace = event["headers"].pop("x-amzn-trace-id")
    assert trace.startswith("Root=1-6553f100-")
    assert event == {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "POST",
        "path": "/a%20b",
        "queryStringParameters": {"q": "2", "flag": ""},
        "headers": {
            "host": made.dns_name,
            "x-two": "2",
            "content-type": "application/json",
            "x-forwarded-for": "10.1.2.3",
            "x-forwarded-proto": "http",
            "x-forwarded-port": "80",
        },
        "body": '{"a":1}',
        "isBase64Encoded": False,
    }


async def test_the_event_with_multi_value_headers(behind, ask, saying):
    script = saying(statusCode=200, multiValueHeaders={"Set-Cookie": ["a=1", "b=2"]}, headers={"x-no": "1"})
    made, _ = await behind(script, multi=True)
    answer = await ask(made.dns_name, "/?q=1&q=2", lines=[("X-Two", "1"), ("x-two", "2")])
    event = script.events[0]
    assert event["multiValueHeaders"]["x-two"] == ["1", "2"]
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert not {"headers", "queryStringParameters"} & set(event)
    assert [value for name, value in answer.pairs if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert "x-no" not in answer.headers


@pytest.mark.parametrize(
    ("lines", "is_base64"),
    [
        ([("content-type", "text/plain; charset=utf-8")], False),
        ([("content-type", "application/xml")], False),
        ([("content-type", "image/png")], True),
        ([("content-type", "text/plain"), ("content-encoding", "gzip")], True),
        ([], True),
    ],
)
async def test_a_body_that_is_no_text_comes_as_base64(behind, ask, saying, lines, is_base64):
    script = saying(statusCode=200)
    made, _ = await behind(script)
    await ask(made.dns_name, "/", "POST", b"hello", lines)
    event = script.events[0]
    assert event["isBase64Encoded"] is is_base64
    assert event["body"] == (base64.b64encode(b"hello").decode() if is_base64 else "hello")


async def test_an_answer_is_sent_as_the_function_gave_it(behind, ask, saying):
    body = base64.b64encode(b"\x00\x01").decode()
    headers = {"Content-Type": "image/png", "X-Mine": "1", "Content-Length": "99"}
    made, _ = await behind(saying(statusCode=201, headers=headers, body=body, isBase64Encoded=True))
    answer = await ask(made.dns_name)
    assert (answer.status, answer.body) == (201, b"\x00\x01")
    assert answer.headers == {"server": "awselb/2.0", "content-type": "image/png", "x-mine": "1"}


async def test_an_answer_without_a_type_is_a_stream_of_octets(behind, ask, saying):
    made, _ = await behind(saying(statusCode=200, body="text"))
    assert (await ask(made.dns_name)).headers["content-type"] == "application/octet-stream"


BAD_ANSWERS = {
    "no object": "text",
    "nothing": None,
    "no status": {"body": "x"},
    "bad status": {"statusCode": "abc"},
    "status out of range": {"statusCode": 600},
    "status as a boolean": {"statusCode": True},
    "headers as a list": {"statusCode": 200, "headers": []},
    "a header that is no text": {"statusCode": 200, "headers": {"a": 1}},
    "a header of two lines": {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
    "a header without a proper name": {"statusCode": 200, "headers": {"a b": "c"}},
    "a body that is no text": {"statusCode": 200, "body": {"a": 1}},
    "bad base64": {"statusCode": 200, "body": "?", "isBase64Encoded": True},
    "base64 beyond ASCII": {"statusCode": 200, "body": "é", "isBase64Encoded": True},
    "too large": {"statusCode": 200, "body": "a" * 1_048_576},
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
async def test_an_answer_of_the_wrong_shape_is_a_bad_gateway(behind, ask, kind):
    made, _ = await behind(lambda _event: BAD_ANSWERS[kind])
    answer = await ask(made.dns_name)
    assert answer.status == 502 and len(answer.body) == 122
    assert answer.headers == {"server": "awselb/2.0", "content-type": "text/html"}


async def test_a_function_that_fails_is_a_bad_gateway(behind, ask):
    def fail(_event):
        raise ValueError("no")

    made, _ = await behind(fail)
    assert (await ask(made.dns_name)).status == 502


async def test_a_function_that_is_gone_is_a_bad_gateway(client, behind, ask, saying):
    made, _ = await behind(saying(statusCode=200))
    await client("lambda").delete_function(FunctionName="target")
    assert (await ask(made.dns_name)).status == 502


async def test_a_body_may_have_a_megabyte(behind, ask, saying):
    made, _ = await behind(saying(statusCode=200))
    assert (await ask(made.dns_name, "/", "POST", b"a" * 1_048_576)).status == 200
    assert (await ask(made.dns_name, "/", "POST", b"a" * 1_048_577)).status == 413


async def test_functions_take_no_websockets(behind, ask, saying):
    made, _ = await behind(saying(statusCode=200))
    assert (await ask(made.dns_name, lines=[("Upgrade", "websocket")])).status == 400


async def test_a_group_without_targets_is_unavailable(elb, behind, ask, saying):
    made, group = await behind(saying(statusCode=200))
    target = (await elb.describe_target_health(TargetGroupArn=group))["TargetHealthDescriptions"][0]["Target"]
    await elb.deregister_targets(TargetGroupArn=group, Targets=[target])
    answer = await ask(made.dns_name)
    assert answer.status == 503 and len(answer.body) == 162
    assert (await elb.describe_target_health(TargetGroupArn=group))["TargetHealthDescriptions"] == []


async def test_weights_share_the_requests(elb, make, function, permit, ask, saying):
    groups = []
    for name, weight in (("one", 1), ("two", 3), ("three", 0)):
        arn = await function(saying(statusCode=200, body=name), name=name)
        await permit(arn)
        group = await elb.create_target_group(Name=name, TargetType="lambda")
        group = group["TargetGroups"][0]["TargetGroupArn"]
        await elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])
        groups.append({"TargetGroupArn": group, "Weight": weight})
    sticky = {"Enabled": True, "DurationSeconds": 60}
    config = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
    made = await make({"Type": "forward", "ForwardConfig": config})
    answers = [await ask(made.dns_name) for _ in range(100)]
    counts = [sum(answer.body == name for answer in answers) for name in (b"one", b"two", b"three")]
    assert 10 <= counts[0] <= 40 and counts[2] == 0 and sum(counts) == 100
    cookie = answers[0].headers["set-cookie"].partition(";")[0]
    assert cookie.startswith("AWSALBTG=")
    again = [await ask(made.dns_name, lines=[("Cookie", cookie)]) for _ in range(20)]
    assert {answer.body for answer in again} == {answers[0].body}, "a cookie sticks to its group"


async def test_a_trace_that_came_along_is_continued(behind, ask, saying):
    script = saying(statusCode=200)
    made, _ = await behind(script)
    await ask(made.dns_name, lines=[("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678")])
    trace = script.events[0]["headers"]["x-amzn-trace-id"]
    assert trace.startswith("Self=1-") and trace.endswith(";Root=1-67891233-abcdef012345678912345678")


@pytest.mark.parametrize(
    ("mode", "expected"), [("append", "1.1.1.1, 127.0.0.1"), ("preserve", "1.1.1.1"), ("remove", None)]
)
async def test_forwarded_addresses_follow_the_attribute(elb, behind, ask, saying, mode, expected):
    script = saying(statusCode=200)
    made, _ = await behind(script)
    attribute = {"Key": "routing.http.xff_header_processing.mode", "Value": mode}
    await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    await ask(made.dns_name, lines=[("X-Forwarded-For", "1.1.1.1")])
    assert script.events[0]["headers"].get("x-forwarded-for") == expected


async def test_invalid_header_names_are_dropped_where_that_is_asked_for(elb, behind, ask, saying):
    script = saying(statusCode=200)
    made, _ = await behind(script)
    attribute = {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}
    await elb.modify_load_balancer_attributes(LoadBalancerArn=made.arn, Attributes=[attribute])
    await ask(made.dns_name, lines=[("X_Under", "1"), ("X-Fine", "1")])
    assert "x-fine" in script.events[0]["headers"] and "x_under" not in script.events[0]["headers"]


async def test_transforms_rewrite_what_the_target_sees(elb, behind, ask, saying):
    script = saying(statusCode=200)
    made, group = await behind(script)
    await elb.create_rule(
        ListenerArn=made.listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
        Transforms=[
            {
                "Type": "url-rewrite",
                "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/api/(.*)", "Replace": "/$1"}]},
            },
            {
                "Type": "host-header-rewrite",
                "HostHeaderRewriteConfig": {"Rewrites": [{"Regex": "^.*$", "Replace": "inner.example.com"}]},
            },
        ],
    )
    await ask(made.dns_name, "/api/a/b?x=1")
    event = script.events[0]
    assert (event["path"], event["queryStringParameters"]) == ("/a/b", {"x": "1"})
    assert event["headers"]["host"] == "inner.example.com"


async def test_an_alias_may_be_the_target(client, elb, function, permit, make, ask, saying):
    arn = await function(saying(statusCode=200, body="by alias"))
    functions = client("lambda")
    await functions.publish_version(FunctionName=arn)
    await functions.create_alias(FunctionName=arn, Name="live", FunctionVersion="1")
    await functions.add_permission(
        FunctionName=f"{arn}:live",
        StatementId="elb",
        Action="lambda:InvokeFunction",
        Principal="elasticloadbalancing.amazonaws.com",
    )
    group = (await elb.create_target_group(Name="g", TargetType="lambda"))["TargetGroups"][0][
        "TargetGroupArn"
    ]
    await elb.register_targets(TargetGroupArn=group, Targets=[{"Id": f"{arn}:live"}])
    made = await make({"Type": "forward", "TargetGroupArn": group})
    assert (await ask(made.dns_name)).body == b"by alias"


async def test_what_happens_is_counted(client, clock, behind, ask, saying):
    made, group = await behind(saying(statusCode=404))
    await ask(made.dns_name)
    await ask(made.dns_name, method="TRACE")
    await ask(made.dns_name, method="TRACE", is_connected=False)
    await clock.advance(60_000)
    path = made.arn.partition(":loadbalancer/")[2]

    async def total(metric, *dimensions):
        named = [{"Name": name, "Value": value} for name, value in (("LoadBalancer", path), *dimensions)]
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName=metric,
            Dimensions=named,
            StartTime=clock.now_ms() / 1_000 - 600,
            EndTime=clock.now_ms() / 1_000 + 600,
            Period=3_600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    by_group = "TargetGroup", group.rpartition(":")[2]
    assert await total("RequestCount") == await total("RequestCount", by_group) == 1
    assert await total("HTTPCode_Target_4XX_Count", by_group) == 1
    assert await total("HTTPCode_ELB_4XX_Count") == 2


async def test_enabled_health_checks_call_the_function_on_the_clock(elb, clock, behind, saying):
    script = saying(statusCode=200)
    _, group = await behind(script)

    async def state():
        shown = await elb.describe_target_health(TargetGroupArn=group)
        return shown["TargetHealthDescriptions"][0]["TargetHealth"]

    assert await state() == {
        "State": "unavailable",
        "Reason": "Target.HealthCheckDisabled",
        "Description": "Health checks are disabled for this target group",
    }
    await elb.modify_target_group(TargetGroupArn=group, HealthCheckEnabled=True)
    await clock.settle()
    assert await state() == {"State": "healthy"}
    assert script.events[0] == {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "GET",
        "path": "/",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }
    await clock.advance(35_000)
    assert len(script.events) == 2


async def test_a_target_is_unhealthy_after_as_many_failures_as_its_threshold(elb, clock, behind):
    answers = {"statusCode": 200}
    _, group = await behind(lambda _event: dict(answers))
    await elb.modify_target_group(
        TargetGroupArn=group, HealthCheckEnabled=True, UnhealthyThresholdCount=2, HealthyThresholdCount=3
    )
    await clock.settle()

    async def state():
        shown = await elb.describe_target_health(TargetGroupArn=group)
        return json.dumps(shown["TargetHealthDescriptions"][0]["TargetHealth"])

    answers["statusCode"] = 404
    await clock.advance(35_000)
    assert "healthy" in await state() and "unhealthy" not in await state()
    await clock.advance(35_000)
    assert "Health checks failed with these codes: [404]" in await state()
    answers["statusCode"] = 200
    await clock.advance(70_000)
    assert "unhealthy" in await state()
    await clock.advance(35_000)
    assert await state() == '{"State": "healthy"}'


async def test_a_transform_that_matches_and_fails_is_an_error(elb, behind, ask, saying):
    script = saying(statusCode=200)
    made, group = await behind(script)
    rewrite = {"Rewrites": [{"Regex": "^/api/", "Replace": "/$3"}]}
    await elb.create_rule(
        ListenerArn=made.listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
        Transforms=[{"Type": "url-rewrite", "UrlRewriteConfig": rewrite}],
    )
    assert (await ask(made.dns_name, "/api/a")).status == 500
    assert (await ask(made.dns_name, "/other")).status == 200
    assert [event["path"] for event in script.events] == ["/other"]

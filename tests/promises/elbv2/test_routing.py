"""What a load balancer itself does with a request: which listener, which rule, redirects, fixed responses."""

import pytest

FIXED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "nothing here"},
}


def fixed(text, status="200"):
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "MessageBody": text}}


async def test_a_fixed_response_is_what_was_configured(make, ask):
    made = await make()
    answer = await ask(made.dns_name)
    assert (answer.status, answer.body) == (404, b"nothing here")
    assert answer.headers["server"] == "awselb/2.0"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_it_is_reached_by_aws_own_host_and_by_path_too(make, ask):
    made = await make()
    for host, path in (
        (made.dns_name + ":4566", "/"),
        (made.dns_name.replace("localhost", "amazonaws.com"), "/"),
        ("localhost:4566", f"/_aws/elb/{made.dns_name}/"),
        ("localhost:4566", f"/_aws/elb/{made.dns_name}"),
    ):
        assert (await ask(host, path)).body == b"nothing here"
    assert (await ask("no-such-1.us-east-1.elb.localhost")).status == 404


async def test_the_port_names_the_listener_else_the_scheme_does(elb, make, ask):
    made = await make()
    listener = {"LoadBalancerArn": made.arn, "Protocol": "HTTP"}
    await elb.create_listener(Port=8080, DefaultActions=[fixed("on 8080")], **listener)
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/a"}
    listener = {"LoadBalancerArn": made.arn, "Protocol": "HTTPS", "Certificates": [certificate]}
    await elb.create_listener(Port=443, DefaultActions=[fixed("secure")], **listener)
    assert (await ask(made.dns_name + ":8080")).body == b"on 8080"
    assert (await ask("localhost", f"/_aws/elb/{made.dns_name}:8080/")).body == b"on 8080"
    assert (await ask(made.dns_name + ":4566")).body == b"nothing here"
    assert (await ask(made.dns_name + ":4566", scheme="https")).body == b"secure"


REQUESTS = {
    "host": (
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.COM"]}}],
        {"host": "a.example.com:80"},
    ),
    "path": ([{"Field": "path-pattern", "Values": ["/img/*.p?g"]}], {"target": "/img/a/b.png"}),
    "path expression": ([{"Field": "path-pattern", "RegexValues": ["^/v[0-9]+/"]}], {"target": "/v12/x"}),
    "header": (
        [
            {
                "Field": "http-header",
                "HttpHeaderConfig": {"HttpHeaderName": "User-Agent", "Values": ["*chrome*"]},
            }
        ],
        {"lines": [("user-agent", "other"), ("User-Agent", "A Chrome 1")]},
    ),
    "method": (
        [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["PUT"]}}],
        {"method": "PUT"},
    ),
    "query": (
        [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "version", "Value": "V1*"}]}}],
        {"target": "/?a=b&version=v12"},
    ),
    "query value": (
        [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "\\*"}]}}],
        {"target": "/?any=*"},
    ),
    "source": (
        [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}],
        {"source_ip": "10.1.2.3"},
    ),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_a_rule_takes_the_requests_that_meet_its_conditions_and_no_others(elb, make, ask, kind):
    conditions, request = REQUESTS[kind]
    made = await make()
    await elb.create_rule(
        ListenerArn=made.listener, Priority=1, Conditions=conditions, Actions=[fixed("matched")]
    )
    request = dict(request)
    target = f"/_aws/elb/{made.dns_name}{request.pop('target', '/')}"
    assert (await ask(request.pop("host", "localhost"), target, **request)).body == b"matched"
    assert (await ask(made.dns_name)).body == b"nothing here"


async def test_all_conditions_of_a_rule_must_be_met_and_the_first_rule_wins(elb, make, ask):
    made = await make()
    path = {"Field": "path-pattern", "Values": ["/a*"]}
    method = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}
    for priority, conditions in ((2, [path]), (1, [path, method])):
        await elb.create_rule(
            ListenerArn=made.listener,
            Priority=priority,
            Conditions=conditions,
            Actions=[fixed(str(priority))],
        )
    assert (await ask(made.dns_name, "/a", "POST")).body == b"1"
    assert (await ask(made.dns_name, "/a")).body == b"2"
    assert (await ask(made.dns_name, "/A")).body == b"nothing here", "paths are compared with case"


async def test_a_redirect_fills_its_placeholders(elb, make, ask):
    config = {
        "Protocol": "HTTPS",
        "Port": "443",
        "Host": "new.#{host}",
        "Path": "/old/#{path}",
        "Query": "#{query}&from=#{port}",
        "StatusCode": "HTTP_302",
    }
    made = await make({"Type": "redirect", "RedirectConfig": config})
    answer = await ask("example.com:99", f"/_aws/elb/{made.dns_name}/a/b?x=1")
    assert answer.status == 302
    assert answer.headers["location"] == "https://new.example.com:443/old/a/b?x=1&from=80"


async def test_a_redirect_to_https_keeps_the_rest_and_has_awss_page(make, ask):
    config = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    made = await make({"Type": "redirect", "RedirectConfig": config})
    answer = await ask(made.dns_name, "/a")
    assert answer.headers["location"] == f"https://{made.dns_name}:443/a"
    assert len(answer.body) == 134 and b"<title>301 Moved Permanently</title>" in answer.body


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (405, {"method": "TRACE"}),
        (414, {"target": "/" + "a" * 17_000}),
        (463, {"lines": [("X-Forwarded-For", ", ".join(["10.0.0.1"] * 31))]}),
    ],
)
async def test_requests_that_no_load_balancer_takes_get_its_own_error(make, ask, status, request_):
    made = await make()
    assert (await ask(made.dns_name, **request_)).status == status


async def test_a_listener_adds_headers_to_answers_and_hides_its_own(elb, make, ask):
    made = await make()
    attributes = [
        {"Key": "routing.http.response.strict_transport_security.header_value", "Value": "max-age=1"},
        {"Key": "routing.http.response.server.enabled", "Value": "false"},
    ]
    await elb.modify_listener_attributes(ListenerArn=made.listener, Attributes=attributes)
    answer = await ask(made.dns_name)
    assert answer.headers["strict-transport-security"] == "max-age=1"
    assert answer.headers["server"] == ""


async def test_a_change_of_the_default_action_is_seen_at_once(elb, make, ask):
    made = await make()
    assert (await ask(made.dns_name)).status == 404
    await elb.modify_listener(ListenerArn=made.listener, DefaultActions=[fixed("changed")])
    assert (await ask(made.dns_name)).body == b"changed"
    assert FIXED not in (await elb.describe_rules(ListenerArn=made.listener))["Rules"][0]["Actions"]

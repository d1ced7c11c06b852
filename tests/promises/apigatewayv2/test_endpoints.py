"""HTTP endpoints as integrations: what they are sent, what of their answers reaches the client."""

from types import SimpleNamespace

import pytest
from aiohttp import web

PROXY = {"IntegrationType": "HTTP_PROXY", "PayloadFormatVersion": "1.0"}


@pytest.fixture
async def seen(endpoint):
    """A server that keeps what it was sent; ``seen.url`` and ``seen.requests``."""

    seen = SimpleNamespace(requests=[])

    async def handle(request):
        seen.requests.append((request.method, request.raw_path, request.headers.copy(), await request.read()))
        return web.Response(status=201, body=b"made", headers={"X-Own": "1", "Server": "theirs"})

    seen.url = await endpoint(handle)
    return seen


async def test_an_endpoint_gets_the_request_and_its_answer_comes_back(api_id, serve, seen, ask):
    await serve({"POST /orders": {**PROXY, "IntegrationUri": f"{seen.url}/in", "IntegrationMethod": "PUT"}})
    answer = await ask(api_id, "/orders", "POST", query="a=1&b=%20", body=b"hello", headers={"X-A": "x"})
    assert (answer.status, answer.body, answer.headers["x-own"]) == (201, b"made", "1")
    assert answer.headers["server"] == "theirs" and "apigw-requestid" in answer.headers
    ((method, path, headers, body),) = seen.requests
    assert (method, path, body, headers["X-A"]) == ("PUT", "/in?a=1&b=%20", b"hello", "x")
    assert headers["Via"] == "HTTP/1.1 AmazonAPIGateway"
    assert f"host={api_id}.execute-api.us-east-1.localhost:4566;proto=http" in headers["Forwarded"]
    assert headers["Host"] == seen.url.removeprefix("http://")


async def test_path_variables_stand_in_the_url(api_id, serve, seen, ask):
    uri = f"{seen.url}/v1/{{proxy}}"
    await serve({"ANY /api/{proxy+}": {**PROXY, "IntegrationUri": uri, "IntegrationMethod": "ANY"}})
    await ask(api_id, "/api/a/b%20c", "DELETE")
    assert seen.requests[0][:2] == ("DELETE", "/v1/a/b%20c")


async def test_the_default_route_sends_the_whole_path_on(api_id, serve, seen, ask):
    await serve({"$default": {**PROXY, "IntegrationUri": seen.url, "IntegrationMethod": "ANY"}}, stage="dev")
    await ask(api_id, "/dev/store/checkout")
    assert seen.requests[0][1] == "/store/checkout"


async def test_requests_are_mapped(api_id, serve, seen, ask):
    mapping = {
        "append:header.X-Trace": "$context.requestId",
        "overwrite:header.X-A": "a-${request.header.x-a}",
        "remove:header.X-B": "''",
        "append:querystring.who": "$request.querystring.name",
        "remove:querystring.secret": "''",
        "overwrite:querystring.first": "$request.body.items[0].id",
        "overwrite:path": "/new/${request.path.id}",
    }
    more = {"IntegrationUri": f"{seen.url}/old", "IntegrationMethod": "ANY", "RequestParameters": mapping}
    await serve({"POST /things/{id}": {**PROXY, **more}})
    answer = await ask(
        api_id,
        "/things/7",
        "POST",
        query="name=n&secret=s",
        headers={"X-A": "1", "X-B": "2"},
        body=b'{"items": [{"id": 5}]}',
    )
    ((_, path, headers, _body),) = seen.requests
    assert path == "/new/7?name=n&who=n&first=5"
    assert headers["X-Trace"] == answer.headers["apigw-requestid"]
    assert headers.getall("X-A") == ["a-1"] and "X-B" not in headers


async def test_answers_are_mapped_by_their_status(api_id, serve, seen, ask):
    mapping = {
        "201": {
            "overwrite:statuscode": "404",
            "append:header.X-More": "${response.header.x-own}/${context.stage}",
            "remove:header.x-own": "''",
        },
        "500": {"overwrite:statuscode": "200"},
    }
    more = {"IntegrationUri": seen.url, "IntegrationMethod": "ANY", "ResponseParameters": mapping}
    await serve({"GET /": {**PROXY, **more}})
    answer = await ask(api_id, "/")
    assert (answer.status, answer.headers["x-more"], "x-own" in answer.headers) == (404, "1/$default", False)


async def test_functions_get_mapped_requests_too(api_id, serve, function, engine, ask):
    mapping = {"append:header.x-user": "$context.identity.sourceIp", "overwrite:querystring.q": "2"}
    await serve({"GET /": {"IntegrationUri": await function(), "RequestParameters": mapping}})
    await ask(api_id, "/", query="q=1&r=3")
    (event,) = engine.events("f")
    assert event["headers"]["x-user"] == "127.0.0.1"
    assert event["queryStringParameters"] == {"r": "3", "q": "2"}


async def test_an_endpoint_that_does_not_answer_is_unavailable(api_id, serve, ask):
    await serve({"GET /": {**PROXY, "IntegrationUri": "http://127.0.0.1:1/", "IntegrationMethod": "GET"}})
    answer = await ask(api_id, "/")
    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


async def test_lines_that_repeat_come_back_apart(api_id, serve, endpoint, ask):
    async def handle(_request):
        response = web.Response()
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        return response

    await serve({"GET /": {**PROXY, "IntegrationUri": await endpoint(handle), "IntegrationMethod": "GET"}})
    answer = await ask(api_id, "/")
    assert [value for name, value in answer.lines if name == "Set-Cookie"] == ["a=1", "b=2"]


async def test_a_load_balancer_answers_over_a_link(apis, api_id, serve, client, ask):
    elb = client("elbv2")
    made = await elb.create_load_balancer(Name="lb", Subnets=["subnet-0a", "subnet-0b"])
    balancer = made["LoadBalancers"][0]
    fixed = {
        "Type": "redirect",
        "RedirectConfig": {"StatusCode": "HTTP_302", "Path": "/seen/#{path}", "Query": "#{query}"},
    }
    listener = await elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[fixed]
    )
    link = (await apis.create_vpc_link(Name="l", SubnetIds=["s-1"]))["VpcLinkId"]
    members = {
        **PROXY,
        "IntegrationUri": listener["Listeners"][0]["ListenerArn"],
        "IntegrationMethod": "ANY",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": link,
    }
    await serve({"GET /a/{id}": members}, stage="dev")
    answer = await ask(api_id, "/dev/a/b%20c", query="x=1")
    assert answer.status == 302
    assert answer.headers["location"].endswith("/seen/dev/a/b%20c?x=1")


async def test_a_listener_that_is_gone_is_unavailable(apis, api_id, serve, ask):
    arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/lb/50dc/0467"
    link = (await apis.create_vpc_link(Name="l", SubnetIds=["s-1"]))["VpcLinkId"]
    more = {"IntegrationUri": arn, "IntegrationMethod": "ANY"}
    await serve({"GET /": {**PROXY, **more, "ConnectionType": "VPC_LINK", "ConnectionId": link}})
    assert (await ask(api_id, "/")).status == 503

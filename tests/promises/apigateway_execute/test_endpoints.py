"""HTTP endpoints behind methods: what they are sent, what of their answers reaches the client."""

import asyncio
from types import SimpleNamespace

import pytest
from aiohttp import web


@pytest.fixture
async def seen(endpoint):
    """A server that keeps what it was sent; ``seen.url``, ``seen.requests`` and ``seen.answer``."""
    seen = SimpleNamespace(requests=[], answer=lambda: web.Response(status=201, text="made"))

    async def handle(request):
        seen.requests.append((request.method, request.raw_path, request.headers.copy(), await request.read()))
        answer = seen.answer()
        return await answer if asyncio.iscoroutine(answer) else answer

    seen.url = await endpoint(handle)
    return seen


@pytest.fixture
def behind(add, deploy, seen):
    """``await behind("GET /a", type="HTTP", path="/b")``: a method whose integration is the server."""

    async def make(route="POST /a", *, path="/b", kind="HTTP_PROXY", answers=None, method=None, **members):
        integration = {"type": kind, "uri": f"{seen.url}{path}", "integrationHttpMethod": "ANY", **members}
        await add(route, integration, answers={} if kind == "HTTP_PROXY" else answers, method=method)
        await deploy()

    return make


async def test_a_proxy_sends_the_request_and_brings_the_answer_back(behind, seen, ask, api_id):
    def answer():
        response = web.Response(status=201, body=b"made", headers={"X-Own": "1", "Server": "theirs"})
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        return response

    seen.answer = answer
    await behind()
    headers = [("X-A", "1"), ("X-A", "2"), ("Host", "x"), ("Expect", "y"), ("User-Agent", "me")]
    got = await ask("/a", "POST", body=b"hello", query="q=1&q=2&s=a%20b", headers=headers[:2] + headers[4:])
    assert (got.status, got.body, got.headers["x-own"]) == (201, b"made", "1")
    assert got.headers["x-amzn-remapped-server"] == "theirs"
    assert [value for name, value in got.lines if name == "Set-Cookie"] == ["a=1", "b=2"]
    method, path, sent, body = seen.requests[0]
    assert (method, path, body) == ("POST", "/b?q=1&q=2&s=a%20b", b"hello")
    assert sent.getall("X-A") == ["1", "2"]
    assert sent["X-Forwarded-For"] == "127.0.0.1"
    assert sent["x-amzn-apigateway-api-id"] == api_id
    assert sent["Host"] == seen.url.removeprefix("http://")
    assert sent["User-Agent"] == "me"


async def test_parameters_of_the_path_stand_in_the_url(behind, seen, ask):
    await behind(
        "GET /a/{rest+}",
        path="/v1/{rest}",
        method={"requestParameters": {"method.request.path.rest": True}},
        requestParameters={"integration.request.path.rest": "method.request.path.rest"},
    )
    await ask("/a/b/c%20d")
    assert seen.requests[0][1] == "/v1/b/c%20d"


async def test_without_a_proxy_only_what_is_mapped_is_sent(behind, seen, ask, api_id):
    names = ("querystring.q", "header.X-A")
    await behind(
        kind="HTTP",
        method={"requestParameters": {f"method.request.{name}": False for name in names}},
        requestParameters={
            "integration.request.querystring.r": "method.request.querystring.q",
            "integration.request.header.X-B": "method.request.header.X-A",
            "integration.request.header.X-C": "'c'",
            "integration.request.header.X-D": "context.stage",
        },
        requestTemplates={"application/json": '{"wrapped": $input.body}'},
        answers={"201": {"selectionPattern": "201"}},
    )
    got = await ask("/a", "POST", body=b"[1]", query="q=1&z=2", headers={"X-A": "a", "X-Z": "z"})
    assert (got.status, got.body) == (201, b"made")
    _, path, sent, body = seen.requests[0]
    assert (path, body) == ("/b?r=1", b'{"wrapped": [1]}')
    assert {name: value for name, value in sent.items() if name.startswith("X-") and len(name) == 3} == {
        "X-B": "a",
        "X-C": "c",
        "X-D": "dev",
    }
    assert sent["User-Agent"] == f"AmazonAPIGateway_{api_id}"
    assert (sent["Accept"], sent["Content-Type"]) == ("application/json", "application/json")


async def test_the_status_chooses_the_response_and_its_mappings(behind, seen, ask):
    seen.answer = lambda: web.Response(status=404, text='{"why": {"x": 1}}', headers={"X-In": "in"})
    mapped = {
        "method.response.header.X-Out": "integration.response.header.X-In",
        "method.response.header.X-Why": "integration.response.body.why.x",
    }
    answers = {
        "200": {},
        "410": {
            "selectionPattern": "4\\d{2}",
            "responseParameters": mapped,
            "responseTemplates": {"application/json": "gone: $input.json('$.why')"},
        },
    }
    await behind(kind="HTTP", answers=answers)
    got = await ask("/a", "POST", body=b"{}")
    assert (got.status, got.body) == (410, b'gone: {"x":1}')
    assert (got.headers["x-out"], got.headers["x-why"]) == ("in", "1")


async def test_a_template_without_text_lets_bodies_through(behind, seen, ask):
    empty = {"application/json": ""}
    answers = {"200": {"responseTemplates": empty}}
    await behind(kind="HTTP", requestTemplates=empty, passthroughBehavior="NEVER", answers=answers)
    assert (await ask("/a", "POST", body=b"[1]")).body == b"made"
    assert seen.requests[0][3] == b"[1]"


async def test_overrides_of_the_request_win(behind, seen, ask):
    template = (
        "#set($context.requestOverride.header.X-A = 'over')"
        "#set($context.requestOverride.querystring.q = 'over')"
        "#set($context.requestOverride.path.p = 'over')"
    )
    await behind(
        kind="HTTP", path="/{p}", requestTemplates={"application/json": template}, answers={"200": {}}
    )
    await ask("/a", "POST", body=b"{}")
    _, path, sent, _ = seen.requests[0]
    assert (path, sent["X-A"]) == ("/over?q=over", "over")


async def test_a_parameter_without_a_value_is_a_misconfigured_url(behind, seen, ask):
    await behind("GET /a", path="/{none}")
    assert (await ask("/a")).refusal == (500, "InternalServerErrorException", "Internal server error")
    assert seen.requests == []


async def test_an_endpoint_that_is_not_there_or_is_too_slow(add, deploy, behind, seen, ask):
    async def wait():
        await asyncio.Event().wait()

    seen.answer = wait
    integration = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://127.0.0.1:1/"}
    await add("GET /gone", integration, answers={})
    await behind("GET /slow", timeoutInMillis=50)
    text = "Network error communicating with endpoint"
    assert (await ask("/gone")).refusal == (504, "InternalServerErrorException", text)
    assert (await ask("/slow")).refusal == (504, "InternalServerErrorException", "Endpoint request timed out")


async def test_a_stream_reaches_the_client_as_it_comes(behind, seen, ask):
    seen.answer = lambda: web.Response(status=200, body=b"x" * 11_000_000, headers={"X-Own": "1"})
    await behind("GET /a", responseTransferMode="STREAM")
    got = await ask("/a")
    assert (got.status, len(got.body), got.headers["x-own"]) == (200, 11_000_000, "1")


async def test_an_answer_of_more_than_ten_megabytes_is_an_internal_error(behind, seen, ask):
    seen.answer = lambda: web.Response(status=200, body=b"x" * 11_000_000)
    await behind("GET /a")
    assert (await ask("/a")).refusal == (500, "InternalServerErrorException", "Internal server error")


async def test_answers_are_texts_unless_the_api_holds_them_for_binary(
    behind, seen, ask, apis, api_id, deploy
):
    raw = b"\x89PNG\xff"
    seen.answer = lambda: web.Response(body=raw, content_type="image/png")
    await behind("GET /a")
    assert (await ask("/a")).body == raw.decode("utf-8", "replace").encode()
    patch = [{"op": "add", "path": "/binaryMediaTypes/image~1png"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    assert (await ask("/a")).body == raw


async def test_a_large_answer_is_compressed_for_whom_takes_it(behind, seen, ask, apis, api_id, deploy):
    seen.answer = lambda: web.Response(text="x" * 1_000)
    await behind("GET /a")
    patch = [{"op": "replace", "path": "/minimumCompressionSize", "value": "500"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    got = await ask("/a", headers={"Accept-Encoding": "gzip"})
    assert (got.headers["content-encoding"], len(got.body) < 100) == ("gzip", True)
    assert (await ask("/a")).body == b"x" * 1_000

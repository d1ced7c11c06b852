"""HTTP to the world outside ends in an answer or in one kind of failure."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from sundog.bus import HttpClient, HttpFailure


@pytest.fixture
async def outside():
    async def echo(request):
        return web.Response(body=await request.read(), headers={"X-Method": request.method})

    async def redirect(_request):
        raise web.HTTPFound("/echo")

    async def hang(_request):
        await asyncio.Event().wait()

    site = web.Application()
    site.router.add_route("*", "/echo", echo)
    site.router.add_get("/redirect", redirect)
    site.router.add_get("/hang", hang)
    async with TestServer(site, shutdown_timeout=0) as server:
        yield f"http://name.localhost:{server.port}"


@pytest.fixture
async def http():
    client = HttpClient()
    yield client
    await client.stop()


async def test_names_under_localhost_are_this_machine(http, outside):
    answer = await http.send("PUT", f"{outside}/echo", body=b"hello", timeout_ms=5_000)
    assert (answer.status, answer.body, answer.headers["x-method"]) == (200, b"hello", "PUT")


async def test_redirects_are_answers(http, outside):
    answer = await http.send("GET", f"{outside}/redirect", timeout_ms=5_000)
    assert (answer.status, answer.headers["location"]) == (302, "/echo")


async def test_no_answer_in_time_is_a_timeout(http, outside):
    with pytest.raises(HttpFailure) as failure:
        await http.send("GET", f"{outside}/hang", timeout_ms=50)
    assert failure.value.reason == "timeout"


async def test_an_answer_larger_than_asked_for_is_refused(http, outside):
    with pytest.raises(HttpFailure) as failure:
        await http.send("PUT", f"{outside}/echo", body=b"x" * 11, timeout_ms=5_000, body_bytes_max=10)
    assert failure.value.reason == "size"


@pytest.mark.parametrize("url", ["http://", "nonsense", "ftp://example.localhost/"])
async def test_what_is_no_http_url_is_a_failure_of_the_url(http, url):
    with pytest.raises(HttpFailure) as failure:
        await http.send("GET", url, timeout_ms=1_000)
    assert failure.value.reason == "url"


async def test_a_closed_port_is_a_failure_of_the_connection(http):
    with pytest.raises(HttpFailure) as failure:
        await http.send("GET", f"http://127.0.0.1:{unused_port()}/", timeout_ms=1_000)
    assert failure.value.reason == "connection"

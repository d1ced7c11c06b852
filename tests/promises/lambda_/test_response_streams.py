"""Responses that come while the function still writes them."""

import asyncio
import json

import pytest
from botocore.eventstream import EventStreamBuffer

from sundog.compute.response_stream import BURST_BYTES
from sundog.context import Principal
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.services.lambda_.url_streams import INTEGRATION_TYPE


@pytest.fixture
def ask(world):
    """The raw answer to InvokeWithResponseStream."""

    async def invoke(name="f", payload=b"{}", **headers):
        path = f"/2021-11-15/functions/{name}/response-streaming-invocations"
        headers = {key.replace("_", "-"): value for key, value in headers.items()} | {"host": "localhost"}
        return await world.app.server.answer(HttpRequest("POST", path, "", headers, payload), lambda: True)

    return invoke


@pytest.fixture
def fetch(world, functions):
    """Ask the URL of a function that streams."""

    async def get(name="f"):
        config = await functions.create_function_url_config(
            FunctionName=name, AuthType="NONE", InvokeMode="RESPONSE_STREAM"
        )
        assert config["InvokeMode"] == "RESPONSE_STREAM"
        host = config["FunctionUrl"].removeprefix("http://").rstrip("/")
        return await world.app.server.answer(HttpRequest("GET", "/", "", {"host": host}, b""), lambda: True)

    return get


async def events_of(response):
    """The events as botocore's own decoder reads them."""
    buffer = EventStreamBuffer()
    async for frame in response.stream:
        buffer.add_data(frame)
    return [(event.headers[":event-type"], event.payload) for event in buffer]


def streaming(*pieces, kind="text/plain", before=None):
    """A script that streams; an exception among the pieces is raised there."""

    async def run(_event):
        yield kind
        for piece in pieces:
            if before is not None:
                await before.wait()
            if isinstance(piece, Exception):
                raise piece
            yield piece

    return run


async def test_a_chunk_is_there_before_the_function_has_ended(engine, create, ask):
    await create("f")
    may_end = asyncio.Event()

    async def run(_event):
        yield "text/plain"
        yield b"first"
        await may_end.wait()
        yield b"second"

    engine.scripts["f"] = run
    response = await ask()
    buffer = EventStreamBuffer()
    buffer.add_data(await anext(response.stream))
    assert [event.payload for event in buffer] == [b"first"]
    may_end.set()
    assert await events_of(response) == [("PayloadChunk", b"second"), ("InvokeComplete", b"{}")]


async def test_the_answer_names_the_version_and_is_an_event_stream(engine, create, ask):
    await create("f")
    engine.scripts["f"] = streaming(b"a")
    response = await ask()
    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert response.headers["X-Amz-Executed-Version"] == "$LATEST"


async def test_services_see_the_type_of_the_response(world, engine, create):
    await create("f")
    engine.scripts["f"] = streaming(b"a", b"b", kind="text/html")
    scope = Scope("000000000000", "us-east-1")
    ctx = world.app.system_context(scope, Principal.root(scope.account))
    result = await ctx.dispatch("lambda", "InvokeWithResponseStream", {"FunctionName": "f"})
    assert result["ResponseStreamContentType"] == "text/html"
    events = [event async for event in result["EventStream"]]
    assert events == [
        {"PayloadChunk": {"Payload": b"a"}},
        {"PayloadChunk": {"Payload": b"b"}},
        {"InvokeComplete": {}},
    ]


async def test_an_error_midway_comes_after_what_was_sent(engine, create, ask):
    await create("f")
    engine.scripts["f"] = streaming(b"a", ValueError("no luck"))
    events = await events_of(await ask())
    assert events[0] == ("PayloadChunk", b"a")
    complete = json.loads(events[1][1])
    assert complete["ErrorCode"]
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "no luck"


async def test_a_throttled_function_is_an_error_and_no_stream(functions, engine, create, ask):
    await create("f")
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert (await ask()).status == 429


async def test_a_caller_that_leaves_does_not_stop_the_function(engine, create, ask):
    await create("f")
    ended, may_go_on = asyncio.Event(), asyncio.Event()

    async def run(_event):
        yield "text/plain"
        yield b"first"
        await may_go_on.wait()
        yield b"second"
        ended.set()

    engine.scripts["f"] = run
    response = await ask()
    await anext(response.stream)
    await response.stream.aclose()
    may_go_on.set()
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_buffered_invocation_gets_the_whole_stream(engine, create, functions):
    await create("f")
    engine.scripts["f"] = streaming(b"a", b"b")
    answer = await functions.invoke(FunctionName="f")
    assert answer["Payload"] == "ab"


async def test_a_streaming_url_hands_on_type_and_pieces(engine, create, fetch):
    await create("f")
    engine.scripts["f"] = streaming(b"a", b"b", kind="text/html")
    response = await fetch()
    assert (response.status, response.headers["content-type"]) == (200, "text/html")
    assert [chunk async for chunk in response.stream] == [b"a", b"b"]


@pytest.mark.parametrize("cut", [1, 7, 200])
async def test_a_streaming_url_takes_status_and_headers_from_the_head(engine, create, fetch, cut):
    head = {"statusCode": 418, "headers": {"Content-Type": "text/tea", "x-a": 1}, "cookies": ["c=1"]}
    data = json.dumps(head).encode() + bytes(8) + b"body"
    pieces = [data[start : start + cut] for start in range(0, len(data), cut)]
    await create("f")
    engine.scripts["f"] = streaming(*pieces, kind=INTEGRATION_TYPE)
    response = await fetch()
    assert (response.status, response.cookies) == (418, ("c=1",))
    assert (response.headers["content-type"], response.headers["x-a"]) == ("text/tea", "1")
    assert response.body + b"".join([chunk async for chunk in response.stream]) == b"body"


@pytest.mark.parametrize("head", [b"no json", b"[]", b'{"statusCode": "x"}', b'{"headers": {"a b": "c"}}'])
async def test_a_head_that_is_none_is_a_bad_gateway(engine, create, fetch, head):
    await create("f")
    engine.scripts["f"] = streaming(head + bytes(8), kind=INTEGRATION_TYPE)
    assert (await fetch()).status == 502


async def test_a_url_of_a_function_that_fails_at_once_is_a_bad_gateway(engine, create, fetch):
    def fail(_event):
        raise ValueError

    await create("f")
    engine.scripts["f"] = fail
    assert (await fetch()).status == 502


async def test_a_url_whose_function_fails_midway_breaks_off(engine, create, fetch):
    await create("f")
    engine.scripts["f"] = streaming(b"a", ValueError("no luck"))
    response = await fetch()
    assert await anext(response.stream) == b"a"
    with pytest.raises(ConnectionError):
        await anext(response.stream)


async def test_a_function_that_does_not_stream_answers_its_streaming_url_as_it_is(engine, create, fetch):
    """The answer is the body: it is not read as status and headers, as with a buffered URL."""
    await create("f")
    engine.scripts["f"] = lambda event: {"statusCode": 201, "body": "x"}
    response = await fetch()
    assert response.status == 200
    assert json.loads(b"".join([chunk async for chunk in response.stream]))["statusCode"] == 201


async def test_more_than_six_megabytes_are_streamed(engine, create, ask):
    await create("f")
    piece = bytes(1 << 20)
    engine.scripts["f"] = streaming(*[piece] * 7)
    events = await events_of(await ask())
    assert sum(len(payload) for kind, payload in events if kind == "PayloadChunk") > BURST_BYTES

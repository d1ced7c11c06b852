"""The HTTP server with a face of the test: what reaches it, and what its answers become."""

import asyncio
import contextlib

import aiohttp
import pytest
from multidict import CIMultiDict

from sundog.gateway.server import Face, HttpServer
from sundog.protocol.http import HttpResponse


@pytest.fixture
async def serve():
    """``url = await serve(answer)``: a server whose only face answers so."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer):
            async def face(http, _is_connected):
                return await answer(http)

            server = HttpServer((Face(lambda _: True, face),))
            await server.start("127.0.0.1", 0)
            stack.push_async_callback(server.stop)
            return f"http://127.0.0.1:{server.port}"

        yield start


@pytest.fixture
async def web():
    async with aiohttp.ClientSession() as session:
        yield session


async def echo(socket):
    while (message := await socket.receive()) is not None:
        await socket.send(message)


async def test_header_lines_keep_their_case_their_order_and_their_repetitions(serve, web):
    seen = []

    async def answer(http):
        seen.append(http)
        return HttpResponse(200)

    url = await serve(answer)
    await web.get(url, headers=CIMultiDict([("X-MiXed", "1"), ("X-MiXed", "2")]))
    assert [pair for pair in seen[0].pairs if pair[0].lower() == "x-mixed"] == [
        ("X-MiXed", "1"),
        ("X-MiXed", "2"),
    ]
    assert seen[0].headers["x-mixed"] == "1,2"


async def test_lines_of_an_answer_may_repeat(serve, web):
    async def answer(_http):
        return HttpResponse(200, b"", {"X-One": "1"}, pairs=(("X-Two", "2"), ("X-Two", "3")))

    got = await web.get(await serve(answer))
    names = [name for name, _ in got.raw_headers]
    assert (b"X-One" in names, got.headers.getall("x-two")) == (True, ["2", "3"])


async def test_an_answer_101_makes_a_web_socket_of_the_connection(serve, web):
    async def answer(http):
        assert http.asks_for_socket
        return HttpResponse(101, headers={"Sec-WebSocket-Protocol": "chat"}, talk=echo)

    async with web.ws_connect(await serve(answer), protocols=("other", "chat")) as socket:
        await socket.send_str("a")
        await socket.send_bytes(b"\x00")
        assert (await socket.receive_str(), await socket.receive_bytes()) == ("a", b"\x00")
        assert socket.protocol == "chat"


async def test_the_end_of_the_talk_closes_the_connection(serve, web):
    async def talk(socket):
        await socket.close(4001, "enough")

    async def answer(_http):
        return HttpResponse(101, talk=talk)

    async with web.ws_connect(await serve(answer)) as socket:
        await socket.receive()
        assert socket.close_code == 4001


async def test_a_message_may_be_as_long_as_the_limit_and_no_longer(serve, web):
    async def answer(_http):
        return HttpResponse(101, talk=echo, message_bytes_max=10)

    async with web.ws_connect(await serve(answer)) as socket:
        await socket.send_str("a" * 10)
        assert await socket.receive_str() == "a" * 10
        await socket.send_str("a" * 11)
        await socket.receive()
        assert socket.close_code == 1009


async def test_a_face_may_refuse_a_web_socket(serve, web):
    async def answer(_http):
        return HttpResponse(403)

    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await web.ws_connect(await serve(answer))
    assert caught.value.status == 403


async def test_a_broken_handshake_reaches_no_face(serve, web):
    async def answer(_http):
        raise AssertionError("asked")

    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "1"}
    got = await web.get(await serve(answer), headers=headers)
    assert got.status == 400


async def test_a_frame_may_be_as_long_as_the_limit_and_no_longer(serve, web):
    async def answer(_http):
        return HttpResponse(101, talk=echo, frame_bytes_max=200)

    async with web.ws_connect(await serve(answer)) as socket:
        await socket.send_str("a" * 200)
        await socket.send_frame(b"b" * 200, aiohttp.WSMsgType.BINARY)
        assert await socket.receive_str() == "a" * 200
        assert await socket.receive_bytes() == b"b" * 200
        await socket.send_str("a" * 201)
        await socket.receive()
        assert socket.close_code == 1009


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        (lambda socket: socket.close(code=4000, message=b"bye"), (4000, "bye")),
        (
            lambda socket: socket.send_frame(b"", aiohttp.WSMsgType.CLOSE),
            (1005, "Client-side close frame status not set"),
        ),
    ],
)
async def test_a_talk_knows_how_the_client_has_closed(serve, web, close, expected):
    seen = asyncio.get_running_loop().create_future()

    async def talk(socket):
        assert await socket.receive() is None
        seen.set_result(socket.closed_with)

    async def answer(_http):
        return HttpResponse(101, talk=talk)

    async with web.ws_connect(await serve(answer)) as socket:
        await close(socket)
        assert await seen == expected


async def test_a_stream_comes_in_pieces_and_is_closed_when_its_client_leaves(serve, web):
    closed = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"piece" * 1_000
                await asyncio.sleep(0)
        finally:
            closed.set()

    async def answer(_http):
        return HttpResponse(200, b"", {}, stream=endless())

    got = await web.get(await serve(answer))
    assert await got.content.readexactly(5) == b"piece"
    got.close()
    await asyncio.wait_for(closed.wait(), 5)


async def test_a_stream_that_breaks_off_is_an_answer_without_an_end(serve, web):
    async def broken():
        yield b"piece"
        raise ConnectionError("the function failed")

    async def answer(_http):
        return HttpResponse(200, b"", {}, stream=broken())

    got = await web.get(await serve(answer))
    with pytest.raises(aiohttp.ClientPayloadError):
        await got.read()


@pytest.mark.parametrize("status", [100, 101, 103])
async def test_an_interim_status_is_no_answer(serve, web, status):
    async def answer(_http):
        return HttpResponse(status, b"body")

    async with asyncio.timeout(5):
        assert (await web.get(await serve(answer))).status == 502

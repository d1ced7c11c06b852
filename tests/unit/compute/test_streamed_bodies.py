"""Bodies that are handed on while they come: from the bytes of a connection to the end of an invocation."""

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.clock import Clock
from sundog.compute.contract import Invocation
from sundog.compute.http1 import Connection
from sundog.compute.response_stream import ResponseStream
from sundog.compute.runtime_api import RuntimeApi

PATH = "/2018-06-01/runtime/invocation/{}/response"
STREAMING = "Lambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: text/html\r\n"


class Wire:
    """A transport that keeps what is written."""

    def __init__(self):
        self.sent = bytearray()

    def write(self, data):
        self.sent += data

    def close(self):
        pass

    pause_reading = resume_reading = close


class Runtime:
    """The Runtime API behind one connection, with an invocation under way."""

    def __init__(self, stream):
        self.answers = []
        self.api = RuntimeApi(self)
        self.wire = Wire()
        self.connection = Connection(self.api.handle, set(), self.api.open)
        self.connection.connection_made(self.wire)
        self.feed(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n")
        self.api.deliver(Invocation("id", b"{}", "arn", stream=stream), 99)
        self.wire.sent.clear()

    def on_idle(self):
        pass

    on_response_begun = on_idle

    def on_answer(self, answer):
        self.answers.append(answer)

    def feed(self, data, cuts=()):
        places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        for begin, end in itertools.pairwise(places):
            if end > begin:
                self.connection.data_received(data[begin:end])

    @property
    def status(self):
        return int(bytes(self.wire.sent).split(b" ", 2)[1])


def response(pieces, trailers=b"", request_id="id", headers=STREAMING):
    head = f"POST {PATH.format(request_id)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{headers}\r\n"
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece)
    return head.encode() + body + b"0\r\n" + trailers + b"\r\n"


@given(st.lists(st.binary(max_size=50), max_size=6), st.lists(st.integers(0, 2_000), max_size=8))
async def test_a_stream_is_the_body_however_the_bytes_arrive(pieces, cuts):
    stream = ResponseStream(Clock(), 1_000)
    runtime = Runtime(stream)
    runtime.feed(response(pieces), cuts)
    stream.close()
    (answer,) = runtime.answers
    assert b"".join([chunk async for chunk in stream.chunks()]) == b"".join(pieces)
    assert (answer.body, answer.is_error, answer.produced) == (b"", False, len(b"".join(pieces)))
    assert (stream.content_type, runtime.status) == ("text/html", 202)


async def test_a_piece_is_there_before_the_end_of_its_body():
    stream = ResponseStream(Clock(), 1_000)
    runtime = Runtime(stream)
    runtime.feed(response([b"first"])[:-5])
    assert (await anext(stream.chunks()), runtime.answers) == (b"first", [])


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (base64.b64encode(b'{"errorMessage":"late"}'), b'{"errorMessage":"late"}'),
        (b"no base64!", b'{"errorType":"Own.Late","errorMessage":""}'),
    ],
)
async def test_an_error_in_the_trailers_is_the_answer(body, document):
    runtime = Runtime(ResponseStream(Clock(), 1_000))
    trailers = b"Lambda-Runtime-Function-Error-Type: Own.Late\r\n"
    runtime.feed(response([b"a"], trailers + b"Lambda-Runtime-Function-Error-Body: %b\r\n" % body))
    (answer,) = runtime.answers
    assert (answer.is_error, answer.error_type, answer.body) == (True, "Own.Late", document)


async def test_a_runtime_that_goes_away_midway_has_truncated_its_response():
    runtime = Runtime(ResponseStream(Clock(), 1_000))
    runtime.feed(response([b"abc"])[:-8])
    runtime.connection.connection_lost(None)
    (answer,) = runtime.answers
    assert (answer.is_error, answer.error_type) == (True, "Runtime.TruncatedResponse")


async def test_a_response_beyond_its_limit_is_too_large():
    runtime = Runtime(ResponseStream(Clock(), 3))
    runtime.feed(response([b"abcd"]))
    (answer,) = runtime.answers
    assert answer.error_type == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(
    ("stream", "request_id", "headers"),
    [
        (False, "id", STREAMING),
        (True, "other", STREAMING),
        (True, "id", "Content-Type: text/html\r\n"),
    ],
)
async def test_what_nobody_takes_is_kept_until_it_is_whole(stream, request_id, headers):
    taken = ResponseStream(Clock(), 1_000)
    runtime = Runtime(taken if stream else None)
    runtime.feed(response([b"a", b"b"], request_id=request_id, headers=headers))
    assert not taken.has_begun
    assert [answer.body for answer in runtime.answers] == ([b"ab"] if request_id == "id" else [])
    assert runtime.status == (202 if request_id == "id" else 400)

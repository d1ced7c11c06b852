"""The raw HTTP/1.1 of the Runtime API: any cut of the bytes reads the same, anything malformed is refused."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.compute.http1 import BODY_BYTES_MAX, HEAD_BYTES_MAX, Connection


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.sent = bytearray()
        self.is_closed = False

    def write(self, data):
        self.sent += data

    def close(self):
        self.is_closed = True

    abort = close

    def pause_reading(self):
        pass

    resume_reading = pause_reading


class Peer:
    """One connection whose requests are kept, and answered at once if ``answers``."""

    def __init__(self, *, answers=True):
        self.exchanges = []
        self.wire = Wire()
        self._answers = answers
        self.connection = Connection(self._on_exchange, set())
        self.connection.connection_made(self.wire)

    def _on_exchange(self, exchange):
        self.exchanges.append(exchange)
        if self._answers:
            exchange.answer(200, b"ok")

    @property
    def requests(self):
        return [exchange.request for exchange in self.exchanges]

    def feed(self, data, cuts=()):
        places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
        for begin, end in itertools.pairwise(places):
            if end > begin:
                self.connection.data_received(data[begin:end])


def chunked(pieces, trailers=b""):
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece)
    return body + b"0\r\n" + trailers + b"\r\n"


CUTS = st.lists(st.integers(0, 4096), max_size=12)


@given(body=st.binary(max_size=300), cuts=CUTS)
async def test_a_sized_body_is_read_however_the_bytes_arrive(body, cuts):
    peer = Peer()
    peer.feed(
        b"POST /a/b?c HTTP/1.1\r\nHost: x\r\nX-Odd:  v \r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        cuts,
    )
    (request,) = peer.requests
    assert (request.method, request.path, request.body) == ("POST", "/a/b?c", body)
    assert request.headers["x-odd"] == "v"


@given(pieces=st.lists(st.binary(max_size=60), max_size=5), cuts=CUTS)
async def test_a_chunked_body_and_its_trailers_are_read_however_the_bytes_arrive(pieces, cuts):
    peer = Peer()
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer.feed(head + chunked(pieces, b"X-Last: yes\r\n"), cuts)
    (request,) = peer.requests
    assert request.body == b"".join(pieces)
    assert request.trailers == {"x-last": "yes"}


@given(data=st.binary(max_size=200), cuts=CUTS)
async def test_no_bytes_whatever_break_the_reader(data, cuts):
    peer = Peer()
    peer.feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + data, cuts)
    peer = Peer()
    peer.feed(data, cuts)
    assert peer.wire.sent[:9] in (b"", b"HTTP/1.1 ")


@given(count=st.integers(1, 5), cuts=CUTS)
async def test_requests_sent_at_once_are_answered_one_after_another(count, cuts):
    peer = Peer()
    peer.feed(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in range(count)), cuts)
    for _ in range(count + 1):
        await asyncio.sleep(0)
    assert [request.path for request in peer.requests] == [f"/{n}" for n in range(count)]
    assert peer.wire.sent.count(b"HTTP/1.1 200 OK\r\n") == count


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / SPDY\r\n\r\n",
        b"GET nowhere HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n name: v\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (BODY_BYTES_MAX + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (BODY_BYTES_MAX + 1),
        b"X" * (HEAD_BYTES_MAX + 1),
    ],
)
async def test_what_is_malformed_is_refused_and_the_connection_closed(data):
    peer = Peer()
    peer.feed(data)
    assert peer.wire.sent.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert peer.wire.is_closed
    assert not peer.requests


async def test_a_body_cut_off_by_the_end_of_the_connection_is_marked():
    peer = Peer()
    peer.feed(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
    peer.connection.connection_lost(None)
    (request,) = peer.requests
    assert request.is_truncated
    assert request.body == b"abc"


async def test_a_second_answer_and_an_answer_to_nobody_go_nowhere():
    peer = Peer(answers=False)
    peer.feed(b"GET / HTTP/1.1\r\n\r\n")
    (exchange,) = peer.exchanges
    assert exchange.is_open
    exchange.answer(200)
    exchange.answer(500)
    assert not exchange.is_open
    assert peer.wire.sent.count(b"HTTP/1.1") == 1
    peer.feed(b"GET / HTTP/1.1\r\n\r\n")
    peer.connection.connection_lost(None)
    peer.exchanges[1].answer(200)
    assert peer.wire.sent.count(b"HTTP/1.1") == 1


async def test_a_client_that_expects_to_be_told_to_continue_is_told():
    peer = Peer()
    peer.feed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert peer.wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
    peer.feed(b"x")
    assert peer.requests[0].body == b"x"


async def test_a_connection_that_asks_to_be_closed_is_closed_after_the_answer():
    peer = Peer()
    peer.feed(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert peer.wire.is_closed

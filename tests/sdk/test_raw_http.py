"""HTTP as no SDK sends it: the answer is AWS's or HTTP's, never a 500, and the server goes on."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sundog.testing.process import ServerProcess

TARGET = "X-Amz-Target: AmazonSQS.ListQueues\r\nContent-Type: application/x-amz-json-1.0\r\n"
TIMEOUT_S = 20.0
MEGABYTE = b"x" * 1024 * 1024


class Connection:
    """One socket, read answer by answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._file = self._socket.makefile("rb")

    def send(self, data: bytes | str) -> None:
        self._socket.sendall(data.encode() if isinstance(data, str) else data)

    def end_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def read(self, *, is_head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """The next answer; status 0 when the server has closed the connection instead."""
        words = self._file.readline().split()
        if not words:
            return 0, {}, b""
        status, headers = int(words[1]), {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if is_head or status < 200 else int(headers.get("content-length", 0))
        return status, headers, self._file.read(length)

    def is_closed(self) -> bool:
        return self._file.read(1) == b""

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture
def connect(server: ServerProcess):
    @contextmanager
    def connected() -> Iterator[Connection]:
        connection = Connection(server.port)
        try:
            yield connection
        finally:
            connection.close()

    yield connected
    with connected() as connection:  # whatever happened, the next caller is answered
        connection.send(_list_queues())
        assert connection.read()[0] == 200


def _list_queues(body: str = "{}", more: str = "", version: str = "1.1") -> str:
    return (
        f"POST / HTTP/{version}\r\nHost: localhost\r\n{TARGET}{more}Content-Length: {len(body)}\r\n\r\n{body}"
    )


def test_requests_in_one_packet_are_answered_in_order(connect):
    with connect() as connection:
        connection.send(_list_queues() + _list_queues("{") + _list_queues())
        assert [connection.read()[0] for _ in range(3)] == [200, 400, 200]


def test_a_request_may_come_byte_by_byte(connect):
    with connect() as connection:
        for byte in _list_queues():
            connection.send(byte)
        assert connection.read()[0] == 200


def test_http_1_0_is_answered_and_closed(connect):
    with connect() as connection:
        connection.send(_list_queues(version="1.0"))
        assert connection.read()[0] == 200
        assert connection.is_closed()


def test_a_chunked_body_is_put_together(connect):
    with connect() as connection:
        connection.send(f"POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}Transfer-Encoding: chunked\r\n\r\n")
        connection.send('1\r\n{\r\n9;ext=1\r\n"MaxResul\r\n6\r\nts":1}\r\n0\r\n\r\n')
        assert connection.read()[0] == 200


def test_expect_100_continue_is_answered_before_the_body_comes(connect):
    with connect() as connection:
        head, _, body = _list_queues(more="Expect: 100-continue\r\n").partition("\r\n\r\n")
        connection.send(head + "\r\n\r\n")
        assert connection.read()[0] == 100
        connection.send(body)
        assert connection.read()[0] == 200


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(connect):
    with connect() as connection:
        connection.send(
            f"POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}Content-Length: {300 * 1024 * 1024}\r\n"
        )
        connection.send("Expect: 100-continue\r\n\r\n")
        status, _, body = connection.read()
        assert (status, json.loads(body)["__type"]) == (413, "RequestEntityTooLargeException")


def test_300_megabytes_in_chunks_are_cut_off(connect):
    with connect() as connection:
        connection.send(f"POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(300):
                connection.send(b"100000\r\n" + MEGABYTE + b"\r\n")
        except ConnectionError:
            return  # closed while we were still sending, as HTTP allows
        assert connection.read()[0] == 413


@pytest.mark.parametrize("length", [1, 1000])
def test_a_caller_who_hangs_up_in_the_middle_of_a_body_harms_nobody(connect, length):
    with connect() as connection:
        connection.send(f"POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}Content-Length: {length + 1}\r\n\r\n")
        connection.send("{" * length)


def test_a_body_that_ends_early_is_refused(connect):
    with connect() as connection:
        connection.send(f"POST / HTTP/1.1\r\nHost: localhost\r\n{TARGET}Content-Length: 100\r\n\r\n" + "{")
        connection.end_sending()
        assert connection.read()[0] in (0, 400)


@pytest.mark.parametrize(
    "junk",
    [
        "\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "GET /" + "a" * 200_000 + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a" * 200_000 + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 1000 + "\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x00" * 50 + "\r\n\r\n",
    ],
    ids=range(15),
)
def test_what_is_not_http_gets_400_and_no_words_of_ours(connect, junk):
    with connect() as connection:
        connection.send(junk.encode("latin-1"))
        connection.end_sending()
        status, headers, body = connection.read()
        if status:
            assert 400 <= status < 500
            assert headers["server"] == "sundog"
            assert b"aiohttp" not in body
            assert b"Traceback" not in body


@pytest.mark.parametrize(
    "target",
    [
        "*",
        "http://localhost:1/",
        "//",
        "/%",
        "/%zz%",
        "/%00%ff",
        "/a#b",
        "/é\xff",
        "/..%2f..",
        "/?" + "&" * 500,
        "/?=&%",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PATCH", "BREW"])
def test_junk_in_the_target_is_an_error_of_the_caller(connect, target, method):
    with connect() as connection:
        connection.send(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode("latin-1"))
        status, headers, _ = connection.read()
        assert 400 <= status < 500
        assert "x-amzn-requestid" in headers or status == 400


def test_headers_may_hold_any_byte_and_come_twice(connect):
    with connect() as connection:
        junk = b"X-Junk: \xff\xfe\r\nX-Junk: two\r\n"
        connection.send(_list_queues(more="@@").encode().replace(b"@@", junk))
        assert connection.read()[0] == 200


def test_a_head_request_has_no_body(connect):
    with connect() as connection:
        connection.send("HEAD /_localstack/health HTTP/1.1\r\nHost: localhost\r\n\r\n" + _list_queues())
        assert connection.read(is_head=True)[0] == 200
        assert connection.read()[0] == 200


def test_a_compressed_body_is_unpacked(connect):
    form = "Action=ListMetrics&Version=2010-08-01"
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with connect() as connection:
        for body, expected in ((gzip.compress(form.encode()), 200), (b"no gzip", 400)):
            connection.send(
                f"{head}Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )
            assert connection.read()[0] == expected


def test_a_slow_caller_does_not_hold_up_others(connect):
    with connect() as slow, connect() as quick:
        slow.send("POST / HTTP/1.1\r\nHost: loc")
        quick.send(_list_queues())
        assert quick.read()[0] == 200
        slow.send("alhost\r\n" + TARGET + "Content-Length: 2\r\n\r\n{}")
        assert slow.read()[0] == 200

"""Talking to whatever listens at the endpoint."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sundog.cli.remote import NotRunning, Remote


@pytest.fixture
def stranger():
    """A server that answers everything with this status and text."""

    class Handler(BaseHTTPRequestHandler):
        status, text = 200, b""

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.text)

        def log_message(self, *_):
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", Handler
        server.shutdown()
        thread.join()


def test_an_answer_is_a_value(stranger):
    endpoint, handler = stranger
    handler.text = b'{"pid": 5}'
    assert Remote(endpoint).get("/_sundog/info") == {"pid": 5}


def test_what_the_admin_interface_refuses_comes_back_with_its_reason(stranger):
    endpoint, handler = stranger
    handler.status, handler.text = 400, b'{"error": "advance takes a number"}'
    assert Remote(endpoint).get("/_sundog/clock") == {"error": "advance takes a number"}


@pytest.mark.parametrize(("status", "text"), [(200, b"<html>"), (404, b"<html>"), (403, b"{}"), (500, b"")])
def test_a_server_that_is_not_sundog_is_said_to_be_none(stranger, status, text):
    endpoint, handler = stranger
    handler.status, handler.text = status, text
    with pytest.raises(NotRunning, match="answers, but not as sundog does"):
        Remote(endpoint).get("/_sundog/info")

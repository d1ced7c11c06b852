"""The transport below ``awslambdaric``: the four calls of its C extension over one plain socket.

Pure Python, so that one module serves every interpreter, and without state taken at import, so that a
zygote may import it before it knows the environment.
"""

from __future__ import annotations

import os
import socket
from typing import Any

_NEXT = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n\r\n"
_RESTORE = (
    "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n"
    "Host: {}\r\nUser-Agent: {}\r\nSundog-Can-Fork: {}\r\n\r\n"
)
_POST = (
    "POST /2018-06-01/runtime/invocation/{}/{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n"
    "Content-Type: {}\r\nContent-Length: {}\r\n{}\r\n"
)
_HEADERS = (
    "Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Trace-Id", "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Client-Context", "Lambda-Runtime-Cognito-Identity", "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Invocation-Id", "Content-Type",
)  # fmt: skip


class _Client:
    def __init__(self) -> None:
        self.agent = "aws-lambda-python"
        self.address = ""
        self.socket: socket.socket | None = None
        self.pid = 0
        self.rest = b""

    def connected(self) -> socket.socket:
        """The open connection; a forked child of the function gets one of its own."""
        if self.socket is None or self.pid != os.getpid():
            self.address = os.environ["AWS_LAMBDA_RUNTIME_API"]
            host, _, port = self.address.rpartition(":")
            self.socket = socket.create_connection((host, int(port)))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pid = os.getpid()
            self.rest = b""
        return self.socket

    def exchange(self, head: str, body: bytes, failed: str) -> tuple[int, dict[str, str], bytes]:
        """One request, one answer. A connection found closed is opened again, once."""
        for attempt in (0, 1):
            connection = self.connected()
            try:
                data = head.encode("latin-1", "replace")
                if len(body) > 65_536:
                    connection.sendall(data)
                    connection.sendall(body)
                else:
                    connection.sendall(data + body)
                return self.read(connection)
            except OSError as error:
                connection.close()
                self.socket = None
                if attempt:
                    raise RuntimeError(failed) from error
        raise AssertionError

    def read(self, connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more(connection)
        lines = data[:end].decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        missing = int(headers.get("content-length", "0")) - (len(data) - end - 4)
        if missing > 0:
            parts = [data[end + 4 :]]
            while missing > 0:
                part = self.more(connection, min(missing, 1 << 20))
                parts.append(part)
                missing -= len(part)
            self.rest = b""
            return status, headers, b"".join(parts)
        stop = len(data) + missing
        self.rest = data[stop:]
        return status, headers, data[end + 4 : stop]

    @staticmethod
    def more(connection: socket.socket, size: int = 65_536) -> bytes:
        data = connection.recv(size)
        if not data:
            raise ConnectionResetError("the Runtime API closed the connection")
        return data


_client = _Client()


def initialize_client(user_agent: str) -> None:
    _client.agent = user_agent


def next() -> tuple[bytes, dict[str, Any]]:
    """Wait for the next invocation: its payload and the headers the runtime reads."""
    _client.connected()
    head = _NEXT.format(_client.address, _client.agent)
    status, headers, body = _client.exchange(head, b"", "Failed to get next")
    if status != 200:
        raise RuntimeError("Failed to get next")
    found: dict[str, Any] = {name: headers.get(name.lower()) for name in _HEADERS}
    deadline = headers.get("lambda-runtime-deadline-ms")
    found["Lambda-Runtime-Deadline-Ms"] = int(deadline) if deadline else 0
    for name in ("Lambda-Runtime-Client-Context", "Lambda-Runtime-Cognito-Identity"):
        if found[name] is not None:
            found[name] = found[name].encode("latin-1").decode("utf-8", "replace")
    return body, found


def ask_for_restore(*, can_fork: bool) -> socket.socket:
    """Tell Lambda that the function is initialised; the connection on which it says when to go on."""
    connection = _client.connected()
    connection.sendall(_RESTORE.format(_client.address, _client.agent, int(can_fork)).encode())
    return connection


def read_restore() -> None:
    status, _, _ = _client.read(_client.connected())
    if status != 200:
        raise RuntimeError("Failed to get restore")


def disconnect() -> None:
    """A fork lets go of the connection, which stays its parent's."""
    if _client.socket is not None:
        _client.socket.close()
        _client.socket = None


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
) -> None:
    _post(invoke_id, "response", result, content_type, "", "Failed to post invocation response")


def post_error(invoke_id: str, error: str, xray_cause: str, invocation_id: str | None = None) -> None:
    cause = xray_cause.encode("ascii", "ignore").decode()
    more = f"Lambda-Runtime-Function-XRay-Error-Cause: {cause}\r\n" if cause and len(cause) < 16_384 else ""
    _post(invoke_id, "error", error.encode(), "application/json", more, "Failed to post invocation error")


def _post(invoke_id: str, what: str, body: bytes, content_type: str, more: str, failed: str) -> None:
    _client.connected()
    head = _POST.format(invoke_id, what, _client.address, _client.agent, content_type, len(body), more)
    status, _, _ = _client.exchange(head, body, failed)
    if not 200 <= status < 300:
        raise RuntimeError(failed)

"""The Runtime API 2018-06-01: what a runtime asks of Lambda, and which call is allowed when.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One invocation at a time.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from sundog.compute.contract import Invocation
from sundog.compute.http1 import Exchange, Reader, Request
from sundog.compute.outcomes import RESPONSE_BYTES_MAX, too_large_payload, write_payload
from sundog.compute.response_stream import Flow, ResponseStream

PREFIX = "/2018-06-01/"
_INVOCATION = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)$")
_NEXT, _INIT_ERROR = f"{PREFIX}runtime/invocation/next", f"{PREFIX}runtime/init/error"
_RESTORE_NEXT, _RESTORE_ERROR = f"{PREFIX}runtime/restore/next", f"{PREFIX}runtime/restore/error"
_METHODS = {
    _NEXT: "GET",
    _INIT_ERROR: "POST",
    _RESTORE_NEXT: "GET",
    _RESTORE_ERROR: "POST",
    f"{PREFIX}ping": "GET",
}
_ACCEPTED = b'{"status":"OK"}\n'
_TRUNCATED = "Runtime.TruncatedResponse"
_ERROR_TYPE, _ERROR_BODY = "lambda-runtime-function-error-type", "lambda-runtime-function-error-body"


class State(Enum):
    STARTING = "RuntimeStarted"
    IDLE = "RuntimeReady"
    BUSY = "RuntimeRunning"
    ANSWERED = "RuntimeInvocationResponseSent"
    FAILED = "RuntimeInitError"
    SNAPSHOT = "RuntimeRestoreReady"
    RESTORING = "RuntimeRestoring"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the runtime said about an invocation or its init. ``is_streamed``: it came in streaming mode."""

    body: bytes
    is_error: bool
    error_type: str = ""
    content_type: str = "application/json"
    is_streamed: bool = False
    produced: int = field(default=0)


class RuntimeListener(Protocol):
    def on_idle(self) -> None:
        """It asked for the next invocation."""
        ...

    def on_snapshot(self) -> None:
        """It is initialised and asked what to do after a restore."""
        ...

    def on_response_begun(self) -> None:
        """The first of a streamed response has come."""
        ...

    def on_answer(self, answer: Answer) -> None: ...
    def on_init_error(self, answer: Answer) -> None: ...


class RuntimeApi:
    """One runtime process's view of Lambda; `reset` for the next process."""

    def __init__(self, listener: RuntimeListener) -> None:
        self._listener = listener
        self.state = State.STARTING
        self._waiting: Exchange | None = None
        self._pending: tuple[Invocation, str, bytes] | None = None
        self._request_id = ""
        self._stream: ResponseStream | None = None
        self.takes_snapshot = False
        """Whether a runtime that asks for it is held until `restore`."""
        self.can_fork = False
        """Whether the runtime that is held can make others like itself (``inside/clones.py``)."""

    def reset(self) -> None:
        self.state, self._waiting, self._pending, self._request_id = State.STARTING, None, None, ""
        self._stream = None

    @property
    def is_idle(self) -> bool:
        return self.state is State.IDLE

    @property
    def is_snapshot(self) -> bool:
        return self.state is State.SNAPSHOT

    def restore(self) -> None:
        """Let the runtime go on that has been held."""
        assert self.state is State.SNAPSHOT and self._waiting is not None
        self.state = State.RESTORING
        self._waiting.answer(200)
        self._waiting = None

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        """Hand the invocation to the runtime that waits for one."""
        assert self.state is State.IDLE
        self.state = State.BUSY
        self._request_id = invocation.request_id
        self._stream = invocation.stream
        headers = _invocation_headers(invocation, deadline_ms)
        if self._waiting is not None and self._waiting.is_open:
            self._waiting.answer(200, invocation.payload, headers)
            self._waiting = None
        else:
            # The connection it waited on broke; it may come back on another.
            self._pending = (invocation, headers, invocation.payload)

    # What comes in

    def open(self, request: Request, flow: Flow) -> Reader | None:
        """At the head of a response in streaming mode whose caller takes it as it comes."""
        found = _INVOCATION.match(request.path.partition("?")[0])
        if found is None or found[1] != self._request_id or found[2] == "error":
            return None
        if self._stream is None or self.state is not State.BUSY or _mode(request) != "streaming":
            return None
        self._stream.begin(_content_type(request), flow)
        self._listener.on_response_begun()
        return self._stream.feed

    def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        path = request.path.partition("?")[0]
        found = _INVOCATION.match(path)
        method = "POST" if found else _METHODS.get(path)
        if method is None:
            exchange.answer(404, b"404 page not found\n", content_type="text/plain; charset=utf-8")
        elif method != request.method:
            exchange.answer(405)
        elif found:
            self._invocation_answer(exchange, found[1], found[2] == "error")
        elif path == _NEXT:
            self._next(exchange)
        elif path == _INIT_ERROR:
            self._init_error(exchange, (State.STARTING,))
        elif path == _RESTORE_ERROR:
            self._init_error(exchange, (State.STARTING, State.RESTORING))
        elif path == _RESTORE_NEXT:
            self._restore(exchange)
        else:
            exchange.answer(200, b"pong", content_type="text/plain")

    def _next(self, exchange: Exchange) -> None:
        if self._pending is not None:
            _, headers, payload = self._pending
            self._pending = None
            exchange.answer(200, payload, headers)
        elif self.state in (State.BUSY, State.FAILED, State.SNAPSHOT):
            self._refuse_transition(exchange, "Ready")
        else:
            self._waiting = exchange
            if self.state is not State.IDLE:
                self.state = State.IDLE
                self._listener.on_idle()

    def _restore(self, exchange: Exchange) -> None:
        """SnapStart: the snapshot is the process itself, which stands still until it is restored."""
        if self.state is State.STARTING and self.takes_snapshot:
            self.state, self._waiting = State.SNAPSHOT, exchange
            self.can_fork = exchange.request.headers.get("sundog-can-fork") == "1"
            self._listener.on_snapshot()
        elif self.state is State.STARTING:
            exchange.answer(200)
        else:
            self._refuse_transition(exchange, "Restoring")

    def _init_error(self, exchange: Exchange, allowed: Sequence[State]) -> None:
        if self.state not in allowed:
            return self._refuse_transition(exchange, "InitError")
        self.state = State.FAILED
        exchange.answer(202, _ACCEPTED)
        request = exchange.request
        answer = Answer(request.body, True, _error_type(request, "Runtime.Unknown"))
        return self._listener.on_init_error(answer)

    def _invocation_answer(self, exchange: Exchange, request_id: str, is_error: bool) -> None:
        if request_id != self._request_id:
            return _refuse(exchange, 400, "InvalidRequestID", "Invalid request ID")
        if self.state is not State.BUSY:
            return self._refuse_transition(
                exchange, "InvocationErrorResponse" if is_error else "InvocationResponse"
            )
        mode = _mode(exchange.request)
        if mode not in ("", "streaming", "buffered"):
            text = f"Invalid function response mode: {mode}"
            return _refuse(exchange, 400, "InvalidFunctionResponseMode", text)
        self.state = State.ANSWERED
        if self._stream is not None and self._stream.has_begun:
            answer = _read_end(exchange.request, self._stream)
        else:
            answer = _read_answer(exchange.request, is_error, mode == "streaming")
        if answer.error_type == "Function.ResponseSizeTooLarge" and not is_error:
            text = f"Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
            _refuse(exchange, 413, "RequestEntityTooLarge", text)
        elif answer.error_type == _TRUNCATED:
            _refuse(exchange, 400, "TruncatedHTTPRequest", "HTTP request truncated")
        else:
            exchange.answer(202, _ACCEPTED)
        return self._listener.on_answer(answer)

    def _refuse_transition(self, exchange: Exchange, wanted: str) -> None:
        text = (
            f"State transition from {self.state.value} to {wanted} failed for runtime. "
            "Error: State transition is not allowed"
        )
        _refuse(exchange, 403, "InvalidStateTransition", text)


def _mode(request: Request) -> str:
    return request.headers.get("lambda-runtime-function-response-mode", "").lower()


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "application/octet-stream")


def _read_answer(request: Request, is_error: bool, is_streamed: bool) -> Answer:
    """Of a response that is kept until it is whole."""
    body, size = request.body, len(request.body)
    content_type = _content_type(request)
    if request.is_truncated:
        return _truncated()
    if is_error:
        return Answer(body, True, _error_type(request, "Function.Unknown"), content_type, produced=size)
    if is_streamed and (midway := request.trailers.get(_ERROR_TYPE, "")):
        return Answer(_trailing_error(request, midway), True, midway, content_type, True, size)
    if size > RESPONSE_BYTES_MAX:
        return Answer(too_large_payload(size), True, "Function.ResponseSizeTooLarge")
    return Answer(body, False, "", content_type, is_streamed, size)


def _read_end(request: Request, stream: ResponseStream) -> Answer:
    """Of a response that its caller has taken already."""
    size, content_type = stream.size, stream.content_type
    if request.is_truncated:
        return _truncated()
    if stream.is_oversized:
        body = too_large_payload(size + 1, size)
        return Answer(body, True, "Function.ResponseSizeTooLarge", content_type, True, size)
    if midway := request.trailers.get(_ERROR_TYPE, ""):
        return Answer(_trailing_error(request, midway), True, midway, content_type, True, size)
    return Answer(b"", False, "", content_type, True, size)


def _truncated() -> Answer:
    return Answer(write_payload(errorType=_TRUNCATED, errorMessage="Response truncated"), True, _TRUNCATED)


def _trailing_error(request: Request, error_type: str) -> bytes:
    """A stream that fails midway says so in trailers, after what was already sent.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
    """
    try:
        body = base64.b64decode(request.trailers.get(_ERROR_BODY, ""), validate=True)
    except ValueError:  # of base64, and of text that is not ASCII
        body = b""
    return body or write_payload(errorType=error_type, errorMessage="")


def _invocation_headers(invocation: Invocation, deadline_ms: int) -> str:
    values = (
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
        ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn),
        ("Lambda-Runtime-Trace-Id", invocation.trace_header),
        ("Lambda-Runtime-Client-Context", invocation.client_context),
        ("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity),
        ("Lambda-Runtime-Aws-Tenant-Id", invocation.tenant_id),
    )
    return "".join(f"{name}: {_header_value(value)}\r\n" for name, value in values if value)


def _header_value(text: str) -> str:
    """UTF-8 bytes in a header, and no way to end the line early."""
    return text.replace("\r", "").replace("\n", " ").encode().decode("latin-1")


def _error_type(request: Request, default: str) -> str:
    return request.headers.get(_ERROR_TYPE, "") or default


def _refuse(exchange: Exchange, status: int, kind: str, text: str) -> None:
    exchange.answer(status, write_payload(errorMessage=text, errorType=kind))

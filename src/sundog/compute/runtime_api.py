"""The Runtime API 2018-06-01: what a runtime asks of Lambda, and which call is allowed when.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One invocation at a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from sundog.compute.contract import Invocation
from sundog.compute.http1 import Exchange, Request
from sundog.compute.outcomes import RESPONSE_BYTES_MAX, too_large_payload, write_payload

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


class State(Enum):
    STARTING = "RuntimeStarted"
    IDLE = "RuntimeReady"
    BUSY = "RuntimeRunning"
    ANSWERED = "RuntimeInvocationResponseSent"
    FAILED = "RuntimeInitError"


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

    def reset(self) -> None:
        self.state, self._waiting, self._pending, self._request_id = State.STARTING, None, None, ""

    @property
    def is_idle(self) -> bool:
        return self.state is State.IDLE

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        """Hand the invocation to the runtime that waits for one."""
        assert self.state is State.IDLE
        self.state = State.BUSY
        self._request_id = invocation.request_id
        headers = _invocation_headers(invocation, deadline_ms)
        if self._waiting is not None and self._waiting.is_open:
            self._waiting.answer(200, invocation.payload, headers)
            self._waiting = None
        else:
            # The connection it waited on broke; it may come back on another.
            self._pending = (invocation, headers, invocation.payload)

    # What comes in

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
        elif path in (_INIT_ERROR, _RESTORE_ERROR):
            self._init_error(exchange)
        elif path == _RESTORE_NEXT:
            self._restore(exchange)
        else:
            exchange.answer(200, b"pong", content_type="text/plain")

    def _next(self, exchange: Exchange) -> None:
        if self._pending is not None:
            _, headers, payload = self._pending
            self._pending = None
            exchange.answer(200, payload, headers)
        elif self.state in (State.BUSY, State.FAILED):
            self._refuse_transition(exchange, "Ready")
        else:
            self._waiting = exchange
            if self.state is not State.IDLE:
                self.state = State.IDLE
                self._listener.on_idle()

    def _restore(self, exchange: Exchange) -> None:
        """SnapStart: the snapshot is the process itself, restored at once."""
        if self.state is State.STARTING:
            exchange.answer(200)
        else:
            self._refuse_transition(exchange, "Restoring")

    def _init_error(self, exchange: Exchange) -> None:
        if self.state is not State.STARTING:
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
        mode = exchange.request.headers.get("lambda-runtime-function-response-mode", "")
        if mode.lower() not in ("", "streaming", "buffered"):
            text = f"Invalid function response mode: {mode}"
            return _refuse(exchange, 400, "InvalidFunctionResponseMode", text)
        self.state = State.ANSWERED
        answer = _read_answer(exchange.request, is_error, mode.lower() == "streaming")
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


def _read_answer(request: Request, is_error: bool, is_streamed: bool) -> Answer:
    body, size = request.body, len(request.body)
    content_type = request.headers.get("content-type", "application/octet-stream")
    if request.is_truncated:
        return Answer(
            write_payload(errorType=_TRUNCATED, errorMessage="Response truncated"), True, _TRUNCATED
        )
    if is_error:
        return Answer(body, True, _error_type(request, "Function.Unknown"), content_type, produced=size)
    if is_streamed:
        # A stream that fails midway says so in a trailer, after what was already sent.
        midway = request.trailers.get("lambda-runtime-function-error-type", "")
        return Answer(body, bool(midway), midway, content_type, True, size)
    if size > RESPONSE_BYTES_MAX:
        return Answer(too_large_payload(size), True, "Function.ResponseSizeTooLarge")
    return Answer(body, False, "", content_type, produced=size)


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
    return request.headers.get("lambda-runtime-function-error-type", "") or default


def _refuse(exchange: Exchange, status: int, kind: str, text: str) -> None:
    exchange.answer(status, write_payload(errorMessage=text, errorType=kind))

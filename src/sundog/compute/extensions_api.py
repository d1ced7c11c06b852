"""The Extensions API 2020-01-01: who registered for what, and who still works.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sundog.compute.contract import FunctionSpec, Invocation
from sundog.compute.http1 import Exchange
from sundog.compute.outcomes import Fault, write_payload
from sundog.ids import Ids

PREFIX = "/2020-01-01/extension/"
EXTENSIONS_MAX = 10
_ACCEPTED = b'{"status":"OK"}\n'
_EVENTS = ("INVOKE", "SHUTDOWN")


@dataclass(slots=True)
class Extension:
    """``is_external``: a process of its own from /opt/extensions, not code inside the runtime's."""

    name: str
    id: str
    events: tuple[str, ...]
    is_external: bool
    waiting: Exchange | None = None
    is_working: bool = True
    backlog: list[dict[str, Any]] = field(default_factory=list)


class ExtensionsListener(Protocol):
    def on_extension_progress(self) -> None:
        """One registered or asked for its next event."""
        ...

    def on_extension_fault(self, fault: Fault) -> None:
        """One reported that it cannot go on."""
        ...


class ExtensionsApi:
    """``expected`` are the external ones that were started."""

    def __init__(self, spec: FunctionSpec, ids: Ids, listener: ExtensionsListener) -> None:
        self._spec = spec
        self._ids = ids
        self._listener = listener
        self._by_id: dict[str, Extension] = {}
        self._expected: frozenset[str] = frozenset()
        self._is_open = True

    def reset(self, expected: Iterable[str]) -> None:
        self._by_id, self._expected, self._is_open = {}, frozenset(expected), True

    def close_registration(self) -> None:
        """The runtime has finished its init: who is not here stays outside."""
        self._is_open = False

    @property
    def all_registered(self) -> bool:
        return self._expected <= {extension.name for extension in self._by_id.values()}

    @property
    def all_idle(self) -> bool:
        return self.all_registered and not any(e.is_working for e in self._by_id.values())

    @property
    def registered(self) -> list[Extension]:
        return list(self._by_id.values())

    @property
    def has_external(self) -> bool:
        return any(e.is_external for e in self._by_id.values())

    @property
    def has_any(self) -> bool:
        return bool(self._by_id)

    def find(self, id: str) -> Extension | None:
        return self._by_id.get(id)

    # Events to them

    def begin_invocation(self, invocation: Invocation, deadline_ms: int) -> None:
        if self._by_id:
            self._send("INVOKE", _invoke_event(invocation, deadline_ms))

    def begin_shutdown(self, reason: str, deadline_ms: int) -> list[str]:
        """The names of the external ones that want to hear of it."""
        self._send("SHUTDOWN", {"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms})
        return [e.name for e in self._by_id.values() if e.is_external and "SHUTDOWN" in e.events]

    def _send(self, kind: str, event: dict[str, Any]) -> None:
        for extension in self._by_id.values():
            if kind in extension.events:
                extension.backlog.append(event)
                extension.is_working = True
                self._hand_over(extension)

    def _hand_over(self, extension: Extension) -> None:
        exchange = extension.waiting
        if exchange is None or not extension.backlog:
            return
        extension.waiting = None
        if exchange.is_open:
            event = extension.backlog.pop(0)
            headers = f"Lambda-Extension-Event-Identifier: {self._ids.uuid()}\r\n"
            exchange.answer(200, write_payload(**event), headers)

    # Calls from them

    def handle(self, exchange: Exchange) -> None:
        call = (exchange.request.method, exchange.request.path.removeprefix(PREFIX))
        if call == ("POST", "register"):
            return self._register(exchange)
        if call not in (("GET", "event/next"), ("POST", "init/error"), ("POST", "exit/error")):
            return exchange.answer(404, b"404 page not found\n", content_type="text/plain; charset=utf-8")
        id = exchange.request.headers.get("lambda-extension-identifier", "")
        if not id:
            return _refuse(
                exchange, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"
            )
        extension = self._by_id.get(id)
        if extension is None:
            return _refuse(exchange, "Extension.UnknownExtensionIdentifier", f"Unknown extension {id}")
        if call[1] == "event/next":
            return self._next(exchange, extension)
        return self._error(exchange, extension, call[1])

    def _register(self, exchange: Exchange) -> None:
        request = exchange.request
        name = request.headers.get("lambda-extension-name", "")
        if not name:
            return _refuse(exchange, "Extension.InvalidExtensionName", "Empty extension name")
        if not self._is_open:
            return _refuse(exchange, "Extension.RegistrationClosed", "Extension registration closed already")
        if any(e.name == name for e in self._by_id.values()):
            return _refuse(exchange, "Extension.AlreadyRegistered", f"Extension {name} is registered already")
        if len(self._by_id) >= EXTENSIONS_MAX:
            text = f"Extension limit ({EXTENSIONS_MAX}) reached"
            return _refuse(exchange, "Extension.TooManyExtensions", text)
        events = _read_events(request.body)
        is_external = name in self._expected
        if isinstance(events, Fault):
            return _refuse(exchange, events.error_type, events.text)
        if not is_external and "SHUTDOWN" in events:
            text = "SHUTDOWN event not supported for internal extensions"
            return _refuse(exchange, "ShutdownEventNotSupportedForInternalExtension", text)
        extension = Extension(name, self._ids.uuid(), events, is_external)
        self._by_id[extension.id] = extension
        headers = f"Lambda-Extension-Identifier: {extension.id}\r\n"
        exchange.answer(200, self._introduction(request.headers), headers)
        return self._listener.on_extension_progress()

    def _introduction(self, headers: dict[str, str]) -> bytes:
        members = {
            "functionName": self._spec.name,
            "functionVersion": self._spec.version,
            "handler": self._spec.handler,
        }
        if "accountId" in headers.get("lambda-extension-accept-feature", ""):
            members["accountId"] = self._spec.account
        return write_payload(**members)

    def _next(self, exchange: Exchange, extension: Extension) -> None:
        extension.waiting = exchange
        if extension.backlog:
            return self._hand_over(extension)
        extension.is_working = False
        return self._listener.on_extension_progress()

    def _error(self, exchange: Exchange, extension: Extension, call: str) -> None:
        kind = exchange.request.headers.get("lambda-extension-function-error-type", "")
        if not kind:
            text = "Missing Lambda-Extension-Function-Error-Type header"
            return _refuse(exchange, "Extension.MissingHeader", text)
        exchange.answer(202, _ACCEPTED)
        error_type = "Extension.InitError" if call == "init/error" else "Extension.ExitError"
        return self._listener.on_extension_fault(Fault(error_type, f"{extension.name}: {kind}"))


def _invoke_event(invocation: Invocation, deadline_ms: int) -> dict[str, Any]:
    return {
        "eventType": "INVOKE",
        "deadlineMs": deadline_ms,
        "requestId": invocation.request_id,
        "invokedFunctionArn": invocation.invoked_arn,
        "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_header},
    }


def _read_events(body: bytes) -> tuple[str, ...] | Fault:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return Fault("InvalidRequestFormat", "Could not parse events")
    events = document.get("events", []) if isinstance(document, dict) else None
    if not isinstance(events, list):
        return Fault("InvalidRequestFormat", "Could not parse events")
    if isinstance(document, dict) and document.get("configurationKeys"):
        return Fault(
            "InvalidRequestFormat", "configurationKeys are deprecated; use environment variables instead"
        )
    for event in events:
        if event not in _EVENTS:
            return Fault("Extension.InvalidEventType", f"Invalid event type: {event}")
    return tuple(dict.fromkeys(events))


def _refuse(exchange: Exchange, kind: str, text: str) -> None:
    exchange.answer(403, write_payload(errorType=kind, errorMessage=text))

"""The Telemetry API 2022-07-01 and its forerunner, the Logs API 2020-08-15: events to extensions over HTTP.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html. Destinations are inside the environment
(``http://sandbox.localdomain:PORT/...``, or a TCP port that gets an event a line).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sundog.clock import Clock
from sundog.compute import log_lines
from sundog.compute.extensions_api import ExtensionsApi
from sundog.compute.http1 import Exchange
from sundog.compute.log_lines import PlatformEvent, iso_time
from sundog.compute.outcomes import write_payload

PATHS = {"/2022-07-01/telemetry": "telemetry", "/2020-08-15/logs": "logs"}
_TYPES = ("platform", "function", "extension")
_HOSTS = ("sandbox", "sandbox.local", "sandbox.localdomain", "localhost", "127.0.0.1")
_BOUNDS = {
    "maxItems": (1_000, 10_000, 10_000),
    "maxBytes": (262_144, 1_048_576, 262_144),
    "timeoutMs": (25, 30_000, 1_000),
}
_QUEUE_MAX = 20_000
_POST_SECONDS_MAX = 5.0
_SCHEMAS = {
    "telemetry": ("2022-07-01", "2022-12-13", "2025-01-29"),
    "logs": ("2020-08-15", "2021-03-18"),
}
_STRUCTURED_SINCE = "2022-12-13"
"""From this schema on a function's JSON logs are objects in its events."""

_LOGS_API_NAMES = {"platform.initRuntimeDone": "", "platform.initStart": "", "platform.initReport": ""}


Connect = Callable[[int], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subscription as it was asked for."""

    extension: str
    api: str
    types: tuple[str, ...]
    protocol: str
    host: str
    port: int
    path: str
    schema: str
    items_max: int
    bytes_max: int
    timeout_ms: int

    @property
    def is_structured(self) -> bool:
        return self.api == "telemetry" and self.schema >= _STRUCTURED_SINCE


class Refused(ValueError):
    """The text says what is wrong with a subscription."""


class Subscription:
    """Collects events and posts them in batches, in order; drops the oldest beyond its bound."""

    def __init__(self, wanted: Wanted, clock: Clock, awake: asyncio.Event, connect: Connect) -> None:
        self.wanted = wanted
        self._connect = connect
        self._clock = clock
        self._awake = awake
        self._queue: deque[dict[str, Any]] = deque(maxlen=_QUEUE_MAX)
        self._dropped = self._dropped_bytes = 0
        self._news = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    def add(self, event: dict[str, Any]) -> None:
        """What is too much for the subscriber falls out at the front, and is counted."""
        if len(self._queue) == _QUEUE_MAX:
            self._dropped_bytes += len(json.dumps(self._queue[0]))
            self._dropped += 1
        self._queue.append(event)
        self._news.set()

    def close(self) -> None:
        self._task.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            if len(self._queue) < self.wanted.items_max:
                await self._clock.sleep_wall(self.wanted.timeout_ms / 1000)
            await self._awake.wait()
            await self.flush()
            self._news.clear()

    async def flush(self) -> None:
        """Post what is there; what cannot be delivered is lost, as on AWS after its retries."""
        while self._queue:
            batch: list[str] = []
            size = 0
            if self._dropped:
                event = log_lines.logs_dropped(self._clock.now_ms(), self._dropped, self._dropped_bytes)
                self._dropped = self._dropped_bytes = 0
                batch.append(json.dumps(event.document(), separators=(",", ":")))
            while self._queue and len(batch) < self.wanted.items_max and size < self.wanted.bytes_max:
                batch.append(json.dumps(self._queue.popleft(), separators=(",", ":")))
                size += len(batch[-1])
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                send = self._write(batch) if self.wanted.protocol == "TCP" else self._post(batch)
                await asyncio.wait_for(send, _POST_SECONDS_MAX)

    async def _write(self, batch: list[str]) -> None:
        """Over one connection, opened again when it was lost."""
        if self._writer is None or self._writer.is_closing():
            _, self._writer = await self._connect(self.wanted.port)
        self._writer.write("".join(f"{event}\n" for event in batch).encode())
        await self._writer.drain()

    async def _post(self, batch: list[str]) -> None:
        body = f"[{','.join(batch)}]".encode()
        reader, writer = await self._connect(self.wanted.port)
        try:
            head = (
                f"POST {self.wanted.path} HTTP/1.1\r\nHost: {self.wanted.host}:{self.wanted.port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
            await reader.readuntil(b"\r\n")
        finally:
            writer.close()


class Telemetry:
    """All subscriptions of one environment."""

    def __init__(self, clock: Clock, connect: Connect) -> None:
        """``connect`` reaches a port of loopback inside the environment."""
        self._clock = clock
        self._connect = connect
        self._subscriptions: list[Subscription] = []
        self._awake = asyncio.Event()
        self._awake.set()

    @property
    def has_subscribers(self) -> bool:
        return bool(self._subscriptions)

    def pause(self) -> None:
        """The subscribers are frozen: what is told meanwhile waits."""
        self._awake.clear()

    def resume(self) -> None:
        self._awake.set()

    def platform(self, event: PlatformEvent) -> None:
        self._offer("platform", event.type, event.document)

    def lines(self, kind: str, lines: list[str]) -> None:
        if not self._subscriptions:
            return
        time = iso_time(self._clock.now_ms())
        for line in lines:
            for subscription in self._subscriptions:
                if kind in subscription.wanted.types:
                    record = _structured(line) if subscription.wanted.is_structured else line
                    subscription.add({"time": time, "type": kind, "record": record})

    def _offer(self, kind: str, name: str, document: Any) -> None:
        for subscription in self._subscriptions:
            wanted = subscription.wanted
            if kind in wanted.types and not (wanted.api == "logs" and name in _LOGS_API_NAMES):
                subscription.add(document())

    async def flush(self) -> None:
        await asyncio.gather(*(subscription.flush() for subscription in self._subscriptions))

    def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = []

    # Subscribing

    def handle(self, exchange: Exchange, api: str, extensions: ExtensionsApi) -> PlatformEvent | None:
        """Answer; the event to tell when there is a new subscription."""
        request = exchange.request
        extension = extensions.find(request.headers.get("lambda-extension-identifier", ""))
        if request.method != "PUT":
            exchange.answer(405)
            return None
        if extension is None:
            body = write_payload(
                errorType="Extension.UnknownExtensionIdentifier", errorMessage="Unknown extension"
            )
            exchange.answer(403, body)
            return None
        try:
            wanted = read_wanted(request.body, extension.name, api)
        except Refused as error:
            exchange.answer(400, write_payload(errorType="ValidationError", errorMessage=str(error)))
            return None
        self._subscriptions.append(Subscription(wanted, self._clock, self._awake, self._connect))
        exchange.answer(200, b"OK", content_type="text/plain")
        return log_lines.subscribed(self._clock.now_ms(), wanted.extension, api, wanted.types)


def _structured(line: str) -> Any:
    """The object that a JSON log line is, or the line itself."""
    if not line.startswith("{"):
        return line
    try:
        return json.loads(line)
    except ValueError:
        return line


def read_wanted(body: bytes, extension: str, api: str) -> Wanted:
    """Check a subscription. Raises `Refused`."""
    try:
        document = json.loads(body)
    except ValueError:
        raise Refused("The request body is not JSON.") from None
    if not isinstance(document, dict):
        raise Refused("The request body is not an object.")
    types = document.get("types")
    if not isinstance(types, list) or not types or any(kind not in _TYPES for kind in types):
        raise Refused(f"types must be a list of some of {', '.join(_TYPES)}.")
    protocol, host, port, path = _read_destination(document.get("destination"))
    figures = [_figure(document.get("buffering"), name, *bounds) for name, bounds in _BOUNDS.items()]
    schema = document.get("schemaVersion", _SCHEMAS[api][0])
    if schema not in _SCHEMAS[api]:
        raise Refused(f"schemaVersion must be one of {', '.join(_SCHEMAS[api])}.")
    unique = tuple(dict.fromkeys(types))
    return Wanted(extension, api, unique, protocol, host, port, path, schema, *figures)


def _read_destination(destination: object) -> tuple[str, str, int, str]:
    """(protocol, host, port, path)"""
    if not isinstance(destination, dict):
        raise Refused("destination must be an object.")
    protocol = str(destination.get("protocol", "")).upper()
    if protocol == "TCP":
        port = destination.get("port")
        if not isinstance(port, int) or not 0 < port < 65_536:
            raise Refused("destination.port must be a port.")
        return protocol, "sandbox.localdomain", port, ""
    uri = urlsplit(str(destination.get("URI") or destination.get("uri") or ""))
    if protocol != "HTTP" or uri.scheme != "http" or uri.hostname not in _HOSTS or not _port(uri):
        raise Refused(
            "destination must be HTTP with the URI http://sandbox.localdomain:PORT/..., or TCP with a port."
        )
    return protocol, uri.hostname, _port(uri), uri.path or "/"


def _port(uri: SplitResult) -> int:
    try:
        return uri.port or 0
    except ValueError:
        return 0


def _figure(buffering: object, name: str, least: int, most: int, default: int) -> int:
    value = buffering.get(name, default) if isinstance(buffering, dict) else default
    if not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"buffering.{name} must be between {least} and {most}.")
    return value

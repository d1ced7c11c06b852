"""Results that are streams of events: each becomes one message of the event stream encoding."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from botocore.model import Shape, StructureShape

from sundog.errors import AwsError, InternalFailure
from sundog.protocol.cbor import write_cbor
from sundog.protocol.event_stream import HeaderValue, encode_message
from sundog.protocol.json_writer import JsonWriter
from sundog.protocol.timestamps import EPOCH
from sundog.protocol.xml_writer import XmlWriter

CONTENT_TYPE = "application/vnd.amazon.eventstream"
Event = Mapping[str, Any]
WriteEvent = Callable[[Any], bytes]
WriteDocument = Callable[[Any], bytes]


class EventWriter:
    """Writes the events of one stream shape."""

    def __init__(self, stream: StructureShape, protocol: str) -> None:
        self._documents = _Documents(protocol)
        self._events = {
            name: self._event(name, shape)
            for name, shape in stream.members.items()
            if isinstance(shape, StructureShape)  # every event is one
        }
        self._exceptions = {shape.name: name for name, shape in stream.members.items()}

    async def frames(self, events: AsyncIterator[Event], initial: bytes | None) -> AsyncIterator[bytes]:
        """The messages of a stream; an error ends it with a message that names it."""
        if initial is not None:
            yield encode_message(_headers("initial-response", self._documents.content_type), initial)
        try:
            async for event in events:
                for name, value in event.items():
                    yield self._events[name](value)
        except AwsError as error:
            yield self._exception(error)
        except Exception:  # the answer has begun: what dispatch would say can only be said here
            yield self._exception(InternalFailure())
            raise

    def _exception(self, error: AwsError) -> bytes:
        name = self._exceptions.get(error.shape_name)
        if name is None:
            headers = {":message-type": "error", ":error-code": error.wire_code}
            return encode_message(headers | {":error-message": error.message}, b"")
        body = self._documents.plain({"message": error.message} | error.members)
        headers = {":message-type": "exception", ":exception-type": name}
        return encode_message(headers | {":content-type": self._documents.content_type}, body)

    def _event(self, name: str, shape: StructureShape) -> WriteEvent:
        placed = {n: m for n, m in shape.members.items() if m.serialization.get("eventheader")}
        payload = next((n for n, m in shape.members.items() if m.serialization.get("eventpayload")), None)
        content_type, write_body = self._body(shape, payload, frozenset(placed))

        def write(value: Event) -> bytes:
            headers = _headers(name, content_type)
            for member, inner in placed.items():
                if value.get(member) is not None:
                    headers[member] = _header_value(inner, value[member])
            body = value if payload is None else value.get(payload)
            return encode_message(headers, b"" if body is None else write_body(body))

        return write

    def _body(
        self, shape: StructureShape, payload: str | None, placed: frozenset[str]
    ) -> tuple[str, WriteDocument]:
        if payload is None:
            has_body = len(placed) < len(shape.members) or not shape.members
            write = self._documents.document(shape, placed) if has_body else _empty
            return (self._documents.content_type if has_body else ""), write
        member = shape.members[payload]
        if member.type_name == "blob":
            return "application/octet-stream", _write_blob
        if member.type_name == "string":
            return "text/plain", str.encode
        return self._documents.content_type, self._documents.document(member)


class _Documents:
    """Documents inside events, in the format of the protocol."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._json = JsonWriter(is_cbor=protocol == "smithy-rpc-v2-cbor")
        self._xml = XmlWriter()
        formats = {"smithy-rpc-v2-cbor": "application/cbor", "rest-xml": "text/xml"}
        self.content_type = formats.get(protocol, "application/json")

    def document(self, shape: Shape, skip: frozenset[str] = frozenset()) -> WriteDocument:
        if self._protocol == "rest-xml":
            return self._element(shape)
        write = (
            self._json.structure(shape, skip)
            if isinstance(shape, StructureShape)
            else self._json.shape(shape)
        )
        return self.plain if write is None else lambda value: self.plain(write(value))

    def plain(self, value: Any) -> bytes:
        return write_cbor(value) if self._protocol == "smithy-rpc-v2-cbor" else orjson.dumps(value)

    def _element(self, shape: Shape) -> WriteDocument:
        inner = self._xml.element(shape, shape.serialization.get("name", shape.name))

        def write(value: Any) -> bytes:
            parts: list[str] = []
            inner(value, parts)
            return "".join(parts).encode()

        return write


def _headers(name: str, content_type: str) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {":event-type": name, ":message-type": "event"}
    return headers | {":content-type": content_type} if content_type else headers


def _header_value(shape: Shape, value: Any) -> HeaderValue:
    if shape.type_name == "timestamp":
        return EPOCH + timedelta(milliseconds=value)
    held: HeaderValue = value
    return held


def _write_blob(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _empty(_value: Any) -> bytes:
    return b""

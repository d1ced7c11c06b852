"""The binary encoding of event streams: messages of headers and a payload, each with two checksums.

https://smithy.io/2.0/aws/amazon-eventstream.html: total length, headers length and a CRC32 of both; the
headers; the payload; a CRC32 of all of it.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

HeaderValue = bool | int | bytes | str | datetime | uuid.UUID
HEADERS_BYTES_MAX = 128 * 1024
MESSAGE_BYTES_MAX = 24 * 1024 * 1024
NAME_BYTES_MAX, VALUE_BYTES_MAX = 255, 32_767
PRELUDE = struct.Struct(">II")
CRC = struct.Struct(">I")
FRAME_BYTES = PRELUDE.size + CRC.size + CRC.size

TRUE, FALSE, BYTE, SHORT, INTEGER, LONG, BYTES, STRING, TIMESTAMP, UUID = range(10)
_NUMBERS = {
    BYTE: struct.Struct(">b"),
    SHORT: struct.Struct(">h"),
    INTEGER: struct.Struct(">i"),
    LONG: struct.Struct(">q"),
    TIMESTAMP: struct.Struct(">q"),
}
_LENGTH = struct.Struct(">H")
_UUID_BYTES = 16


class EventStreamError(ValueError):
    """Bytes that are no event stream, or a message that its encoding cannot hold."""


@dataclass(frozen=True, slots=True)
class EventMessage:
    headers: Mapping[str, HeaderValue]
    payload: bytes


def encode_message(headers: Mapping[str, HeaderValue], payload: bytes) -> bytes:
    """One message. Numbers become the smaller of integer and long that holds them."""
    head = b"".join(_encode_header(name, value) for name, value in headers.items())
    length = len(head) + len(payload) + FRAME_BYTES
    if len(head) > HEADERS_BYTES_MAX or length > MESSAGE_BYTES_MAX:
        raise EventStreamError(f"a message of {length} bytes with {len(head)} bytes of headers is too large")
    prelude = PRELUDE.pack(length, len(head))
    message = prelude + CRC.pack(zlib.crc32(prelude)) + head + payload
    return message + CRC.pack(zlib.crc32(message))


def decode_messages(buffer: bytearray) -> Iterator[EventMessage]:
    """Take every whole message off the front of ``buffer``; what is left waits for more bytes."""
    while len(buffer) >= PRELUDE.size + CRC.size:
        length, head_length = _read_prelude(buffer)
        if len(buffer) < length:
            return
        message = bytes(buffer[:length])
        del buffer[:length]
        yield _decode_message(message, head_length)


def _read_prelude(buffer: bytearray) -> tuple[int, int]:
    length, head_length = PRELUDE.unpack_from(buffer)
    (checksum,) = CRC.unpack_from(buffer, PRELUDE.size)
    if zlib.crc32(buffer[: PRELUDE.size]) != checksum:
        raise EventStreamError("the checksum of the prelude does not match")
    if not FRAME_BYTES + head_length <= length <= MESSAGE_BYTES_MAX or head_length > HEADERS_BYTES_MAX:
        raise EventStreamError(f"a message cannot have {length} bytes with {head_length} bytes of headers")
    return length, head_length


def _decode_message(message: bytes, head_length: int) -> EventMessage:
    body, (checksum,) = message[: -CRC.size], CRC.unpack(message[-CRC.size :])
    if zlib.crc32(body) != checksum:
        raise EventStreamError("the checksum of the message does not match")
    start = PRELUDE.size + CRC.size
    head = body[start : start + head_length]
    try:
        return EventMessage(dict(_decode_headers(head)), body[start + head_length :])
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError, ValueError) as error:
        raise EventStreamError(f"the headers are malformed: {error}") from error


def _encode_header(name: str, value: HeaderValue) -> bytes:
    raw = name.encode()
    if not 0 < len(raw) <= NAME_BYTES_MAX:
        raise EventStreamError(f"a header's name has 1 to {NAME_BYTES_MAX} bytes, not {len(raw)}")
    kind, content = _encode_value(value)
    return bytes((len(raw),)) + raw + bytes((kind,)) + content


def _encode_value(value: HeaderValue) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return (TRUE if value else FALSE), b""
    if isinstance(value, int):
        kind = INTEGER if -(2**31) <= value < 2**31 else LONG
        return kind, _NUMBERS[kind].pack(value)
    if isinstance(value, datetime):
        return TIMESTAMP, _NUMBERS[TIMESTAMP].pack(round(value.timestamp() * 1000))
    if isinstance(value, uuid.UUID):
        return UUID, value.bytes
    raw = value.encode() if isinstance(value, str) else bytes(value)
    if len(raw) > VALUE_BYTES_MAX:
        raise EventStreamError(f"a header's value has at most {VALUE_BYTES_MAX} bytes, not {len(raw)}")
    return (STRING if isinstance(value, str) else BYTES), _LENGTH.pack(len(raw)) + raw


def _decode_headers(head: bytes) -> Iterator[tuple[str, HeaderValue]]:
    at = 0
    while at < len(head):
        end = at + 1 + head[at]
        name, kind = head[at + 1 : end].decode(), head[end]
        value, at = _decode_value(kind, head, end + 1)
        yield name, value


def _decode_value(kind: int, head: bytes, at: int) -> tuple[HeaderValue, int]:
    """The value at ``at``, and where the next header begins."""
    if kind in (TRUE, FALSE):
        return kind == TRUE, at
    if kind in _NUMBERS:
        (number,) = _NUMBERS[kind].unpack_from(head, at)
        value = datetime.fromtimestamp(number / 1000, UTC) if kind == TIMESTAMP else number
        return value, at + _NUMBERS[kind].size
    if kind == UUID:
        return uuid.UUID(bytes=head[at : at + _UUID_BYTES]), at + _UUID_BYTES
    if kind not in (BYTES, STRING):
        raise EventStreamError(f"there is no header type {kind}")
    (length,) = _LENGTH.unpack_from(head, at)
    raw = head[at + _LENGTH.size : at + _LENGTH.size + length]
    if len(raw) != length:
        raise EventStreamError("a header ends in the middle of its value")
    return (raw.decode() if kind == STRING else raw), at + _LENGTH.size + length

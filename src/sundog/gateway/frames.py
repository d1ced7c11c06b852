"""A limit on the frames of a WebSocket, which aiohttp knows for whole messages only.

The bytes are looked at on their way to aiohttp's own parser: RFC 6455, section 5.2.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import WebSocketError, WSCloseCode, web

_MASKED: Final = 0x80
_LENGTHS: Final = {126: 2, 127: 8}
"""Bytes that a length takes which does not fit into the second byte."""

MASK_BYTES: Final = 4


class FrameSizes:
    """Where frames begin and how long they are, whatever pieces the bytes come in."""

    __slots__ = ("_head", "_left")

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    def feed(self, data: bytes) -> int:
        """The length of the longest payload announced in ``data``."""
        longest, place = 0, 0
        while place < len(data):
            if self._left:
                step = min(self._left, len(data) - place)
                self._left -= step
                place += step
                continue
            self._head.append(data[place])
            place += 1
            if (length := self._length()) is not None:
                longest = max(longest, length)
                self._left = length
                self._head.clear()
        return longest

    def _length(self) -> int | None:
        """Of the frame whose head is complete."""
        head = self._head
        if len(head) < 2:
            return None
        short = head[1] & ~_MASKED & 0xFF
        more = _LENGTHS.get(short, 0)
        if len(head) < 2 + more + (MASK_BYTES if head[1] & _MASKED else 0):
            return None
        return int.from_bytes(head[2 : 2 + more], "big") if more else short


class _LimitedParser:
    """Stands before aiohttp's parser."""

    def __init__(self, parser: Any, queue: Any, bytes_max: int) -> None:
        self._parser, self._queue, self._bytes_max = parser, queue, bytes_max
        self._sizes = FrameSizes()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        if self._sizes.feed(data) > self._bytes_max:
            error = WebSocketError(WSCloseCode.MESSAGE_TOO_BIG, f"Frame exceeds {self._bytes_max} bytes")
            self._queue.set_exception(error)
            return True, b""
        fed: tuple[bool, bytes] = self._parser.feed_data(data)
        return fed

    def feed_eof(self) -> None:
        self._parser.feed_eof()


def limit_frames(socket: web.WebSocketResponse, wire: web.BaseRequest, bytes_max: int) -> None:
    """Cut a client off (1009) that sends a frame over ``bytes_max``; for a socket just prepared."""
    # aiohttp has no setting for it; its parser is replaced where aiohttp itself has put it.
    parser: Any = _LimitedParser(socket._parser, socket._reader, bytes_max)
    wire.protocol._payload_parser = parser

"""One WebSocket connection (RFC 6455) on a transport of its own: what an open one holds is this object.

Thousands of them stand idle, so nothing is kept of the HTTP request they came from. No extension is spoken.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from typing import Final

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTINUATION: Final = 0x0
NORMAL, PROTOCOL_ERROR, NO_STATUS, ABNORMAL = 1000, 1002, 1005, 1006
BAD_TEXT, TOO_BIG = 1007, 1009
NOT_SET, LOST = "Client-side close frame status not set", "Connection closed abnormally"
CONTROL_BYTES_MAX: Final = 125
WAITING_MAX: Final = 64
"""Messages that have come and nobody has received yet; the client is not read while there are more."""

CLOSE_WAIT_S: Final = 5.0
"""How long a client may take to answer our close frame."""

_MASK_BYTES: Final = 4


class BadFrame(Exception):
    """The client does not keep to the protocol: the code to close with."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class WebSocket(asyncio.Protocol):
    """A `Socket`. ``frame_bytes_max`` 0: frames may be as long as messages."""

    __slots__ = (
        "_buffer",
        "_closed_with",
        "_drained",
        "_frame_max",
        "_is_closing",
        "_message",
        "_message_max",
        "_opcode",
        "_received",
        "_timer",
        "_transport",
        "_waiter",
    )

    def __init__(self, message_bytes_max: int, frame_bytes_max: int = 0) -> None:
        self._message_max = message_bytes_max
        self._frame_max = frame_bytes_max or message_bytes_max
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._message: bytearray | None = None
        self._opcode = CONTINUATION
        self._received: deque[str | bytes] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed_with: tuple[int, str] | None = None
        self._is_closing = False

    # What a talk does with it

    @property
    def closed_with(self) -> tuple[int, str]:
        return self._closed_with or (ABNORMAL, LOST)

    async def receive(self) -> str | bytes | None:
        while not self._received:
            if self._transport is None or self._closed_with is not None or self._is_closing:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message = self._received.popleft()
        if not self._received:
            self._received = None
            if self._transport is not None:
                self._transport.resume_reading()
        return message

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self._write(TEXT, message.encode())
        else:
            self._write(BINARY, message)
        if self._drained is not None:
            await asyncio.shield(self._drained)

    async def close(self, code: int, reason: str = "") -> None:
        """Say so. The client has a while to answer; nobody waits for it."""
        if self._transport is None or self._is_closing or self._closed_with is not None:
            return
        self._is_closing = True
        self._send_close(code, reason)
        self._timer = asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self._end)
        self._wake()

    def _write(self, opcode: int, payload: bytes) -> None:
        if self._transport is None or self._is_closing or self._closed_with is not None:
            raise ConnectionResetError("the client has gone")
        self._transport.write(write_frame(opcode, payload))

    def _send_close(self, code: int, reason: str) -> None:
        if self._transport is not None:
            text = reason.encode()[: CONTROL_BYTES_MAX - 2].decode("utf-8", "ignore").encode()
            payload = b"" if code == NO_STATUS else struct.pack(">H", code) + text
            self._transport.write(write_frame(CLOSE, payload))

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's is none of asyncio's classes

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._closed_with = self.closed_with
        self._buffer, self._message = b"", None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for waiting in (self._waiter, self._drained):
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        try:
            while self._closed_with is None and self._step():
                pass
        except BadFrame as bad:
            self._closed_with = bad.code, str(bad)
            self._send_close(bad.code, str(bad))
            self._wake()
            self._end()

    # Frames

    def _step(self) -> bool:
        """Take one frame out of the buffer; False where it is not whole yet. Raises `BadFrame`."""
        found = read_head(self._buffer)
        if found is None:
            return False
        first, length, at = found
        opcode, is_final = first & 0x0F, bool(first & 0x80)
        self._check_head(first, length)
        end = at + _MASK_BYTES + length
        if len(self._buffer) < end:
            return False
        payload = unmask(self._buffer[at : at + _MASK_BYTES], self._buffer[at + _MASK_BYTES : end])
        self._buffer = self._buffer[end:]
        if opcode >= CLOSE:
            self._take_control(opcode, payload)
        else:
            self._take_data(opcode, payload, is_final)
        return True

    def _check_head(self, first: int, length: int) -> None:
        opcode = first & 0x0F
        if first & 0x70:
            raise BadFrame(PROTOCOL_ERROR, "Extensions are not spoken")
        if opcode in (CLOSE, PING, PONG):
            if length > CONTROL_BYTES_MAX or not first & 0x80:
                raise BadFrame(PROTOCOL_ERROR, "A control frame is too long or in pieces")
            return
        if opcode not in (CONTINUATION, TEXT, BINARY):
            raise BadFrame(PROTOCOL_ERROR, "A frame is of an unknown kind")
        if (opcode == CONTINUATION) == (self._message is None):
            raise BadFrame(PROTOCOL_ERROR, "Frames of a message are not in order")
        if length > self._frame_max:
            raise BadFrame(TOO_BIG, f"Frame exceeds {self._frame_max} bytes")
        if length + len(self._message or b"") > self._message_max:
            raise BadFrame(TOO_BIG, f"Message exceeds {self._message_max} bytes")

    def _take_data(self, opcode: int, payload: bytes, is_final: bool) -> None:
        if self._message is None:
            self._opcode, self._message = opcode, bytearray()
        self._message += payload
        if not is_final:
            return
        whole, self._message = bytes(self._message), None
        try:
            message: str | bytes = whole.decode() if self._opcode == TEXT else whole
        except UnicodeDecodeError:
            raise BadFrame(BAD_TEXT, "A text is not UTF-8") from None
        if self._received is None:
            self._received = deque()
        self._received.append(message)
        if len(self._received) >= WAITING_MAX and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def _take_control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            if self._transport is not None and not self._is_closing:
                self._transport.write(write_frame(PONG, payload))
        elif opcode == CLOSE:
            self._closed_with = read_close(payload)
            if not self._is_closing:
                self._send_close(self._closed_with[0], "")
            self._wake()
            self._end()


def read_head(buffer: bytes) -> tuple[int, int, int] | None:
    """First byte, length of the payload, where the mask begins; None where the head is not whole.

    Raises `BadFrame` for a frame without a mask: every client's frame has one.
    """
    if len(buffer) < 2:
        return None
    if not buffer[1] & 0x80:
        raise BadFrame(PROTOCOL_ERROR, "A frame has no mask")
    length = buffer[1] & 0x7F
    if length < 126:
        return buffer[0], length, 2
    size = 2 if length == 126 else 8
    if len(buffer) < 2 + size:
        return None
    return buffer[0], int.from_bytes(buffer[2 : 2 + size], "big"), 2 + size


def write_frame(opcode: int, payload: bytes) -> bytes:
    """A whole message or control frame; a server's have no mask."""
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, length))
    elif length < 1 << 16:
        head = struct.pack(">BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, length)
    return head + payload


def unmask(mask: bytes, payload: bytes) -> bytes:
    """Each byte xor that of the mask at its place, all at once as one large number."""
    length = len(payload)
    key = (mask * (length // _MASK_BYTES + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")


def read_close(payload: bytes) -> tuple[int, str]:
    """Code and reason. Raises `BadFrame` for a code that none may send."""
    if not payload:
        return NO_STATUS, NOT_SET
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (1000 <= code <= 4999) or code in (1004, NO_STATUS, ABNORMAL, 1015):
        raise BadFrame(PROTOCOL_ERROR, "The code of a close frame is none")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise BadFrame(BAD_TEXT, "The reason of a close frame is not UTF-8") from None

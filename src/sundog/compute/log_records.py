"""From the bytes a function writes to log events: lines, and the frames of AWS's own runtimes.

Frames (``_LAMBDA_TELEMETRY_LOG_FD``) keep a record of many lines together: 4 bytes type 0xa55a0003 with
level bits, 4 bytes length, 8 bytes microseconds, then the message; big endian. They come through the same
pipe as plain output, so that the order of a function's output is kept. 0xa5 begins no UTF-8 character.
"""

from __future__ import annotations

import struct

EVENT_BYTES_MAX = 256 * 1024 - 26
"""What CloudWatch Logs takes as one event; longer lines are split."""

FRAME_BYTES_MAX = 16 * 1024 * 1024
_MAGIC = b"\xa5\x5a\x00"
_HEADER = struct.Struct(">IIQ")


class LogRecords:
    """Feed it bytes, take finished events. Holds at most one unfinished line or frame."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._frame = bytearray()
        self._missing = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The events that ``data`` completes, lines with their line end."""
        if not self._frame and _MAGIC not in data and data[-2:] != _MAGIC[:2] and data[-1:] != _MAGIC[:1]:
            return self._take_lines(data)
        events: list[bytes] = []
        rest = bytes(self._frame) + data
        self._frame.clear()
        while rest:
            start = rest.find(_MAGIC[:1])
            if start < 0:
                events += self._take_lines(rest)
                break
            if start:
                events += self._take_lines(rest[:start])
                rest = rest[start:]
            size = _frame_size(rest)
            if size == 0:  # a lone byte of that value
                events += self._take_lines(rest[:1])
                rest = rest[1:]
            elif size > len(rest):
                self._frame += rest
                break
            else:
                events += _split(rest[_HEADER.size : size])
                rest = rest[size:]
        return events

    def flush(self) -> list[bytes]:
        """What is unfinished, as it is."""
        rest = bytes(self._line) + bytes(self._frame)
        self._line.clear()
        self._frame.clear()
        return _split(rest) if rest else []

    def _take_lines(self, data: bytes) -> list[bytes]:
        lines = data.splitlines(keepends=True) if b"\r" not in data else _lines(data)
        if self._line:
            self._line += lines[0]
            lines[0] = bytes(self._line)
            self._line.clear()
        events: list[bytes] = []
        if not lines[-1].endswith(b"\n"):
            self._line += lines.pop()
            while len(self._line) >= EVENT_BYTES_MAX:
                events.append(bytes(self._line[:EVENT_BYTES_MAX]))
                del self._line[:EVENT_BYTES_MAX]
        whole = [
            piece for line in lines for piece in (_split(line) if len(line) > EVENT_BYTES_MAX else (line,))
        ]
        return whole + events


def _frame_size(data: bytes) -> int:
    """Of the frame ``data`` begins with; 0 when it is none, more than there is while that is unknown."""
    if len(data) < _HEADER.size:
        return _HEADER.size + 1 if _MAGIC.startswith(data[:3]) or data.startswith(_MAGIC) else 0
    if not data.startswith(_MAGIC):
        return 0
    length: int = _HEADER.unpack_from(data)[1]
    return _HEADER.size + length if length <= FRAME_BYTES_MAX else 0


def _lines(data: bytes) -> list[bytes]:
    """Split at line feeds only: a carriage return stays inside its event."""
    lines = data.split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole


def _split(event: bytes) -> list[bytes]:
    return [event[at : at + EVENT_BYTES_MAX] for at in range(0, len(event), EVENT_BYTES_MAX)]

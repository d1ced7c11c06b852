"""One environment's log: what its processes print and what the platform says, in order, bounded."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable, Sequence

from sundog.clock import Clock
from sundog.compute.contract import FunctionSpec, LogLine, LogSink
from sundog.compute.log_lines import PlatformEvent, is_shown
from sundog.compute.log_records import LogRecords

TAIL_BYTES_MAX = 4_096
INVOCATION_BYTES_MAX = 16 * 1024 * 1024
"""What one invocation may write to its log; more is read, counted and dropped."""

_READ_BYTES = 65_536
_PIPE_BYTES = 256 * 1024
_DRAIN_BYTES_MAX = 4 * _PIPE_BYTES
_F_SETPIPE_SZ = 1031

Observer = Callable[[str, list[str]], None]
"""Called with the kind (``function``, ``extension``) and its lines."""


class FunctionLog:
    def __init__(self, spec: FunctionSpec, stream: str, sink: LogSink, clock: Clock) -> None:
        self.spec = spec
        self.stream = stream
        self.observer: Observer | None = None
        self.platform_observer: Callable[[PlatformEvent], None] | None = None
        self._sink = sink
        self._clock = clock
        self._tail = bytearray()
        self._left = INVOCATION_BYTES_MAX
        self._dropped = 0

    @property
    def tail(self) -> bytes:
        """The last 4 KB since `begin`."""
        return bytes(self._tail[-TAIL_BYTES_MAX:])

    def begin(self) -> None:
        """A new invocation: a new tail, a new allowance."""
        self._tail.clear()
        self._left = INVOCATION_BYTES_MAX
        self._dropped = 0

    def platform(self, event: PlatformEvent) -> None:
        if self.platform_observer is not None:
            self.platform_observer(event)
        if is_shown(event, self.spec):
            self._write([event.text if self.spec.log_format == "Text" else event.json_line()])

    def platform_lines(self, *texts: str) -> None:
        """Lines that are no events of their own."""
        self._write(texts)

    def printed(self, kind: str, events: list[bytes]) -> None:
        """What a process wrote."""
        kept: list[str] = []
        for event in events:
            if len(event) > self._left:
                self._dropped += len(event)
                continue
            self._left -= len(event)
            kept.append(event.decode("utf-8", "replace"))
        if kept:
            self._write(kept)
            if self.observer is not None:
                self.observer(kind, kept)

    def note_dropped(self) -> None:
        """Say how much of the output was dropped, if any was."""
        if self._dropped:
            self._write(
                [f"LOGS Name: sundog  State: dropped {self._dropped} bytes beyond {INVOCATION_BYTES_MAX}\n"]
            )
            self._dropped = 0

    def _write(self, texts: Sequence[str]) -> None:
        now_ms = self._clock.now_ms()
        for text in texts[-256:]:
            self._tail += text.encode()
        if len(self._tail) > 16 * TAIL_BYTES_MAX:
            del self._tail[:-TAIL_BYTES_MAX]
        self._sink.write(self.spec, self.stream, [LogLine(now_ms, text) for text in texts])


class LogPipe:
    """Reads what processes write, once there is a log; a piece at a time, so that a flood starves nobody."""

    def __init__(self, kind: str) -> None:
        self._log: FunctionLog | None = None
        self._kind = kind
        self._records = LogRecords()
        self._loop = asyncio.get_running_loop()
        self._read_fd, self.write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._read_fd, _F_SETPIPE_SZ, _PIPE_BYTES)

    def attach(self, log: FunctionLog) -> None:
        """Begin to read; until now the pipe has kept what was written."""
        self._log = log
        self._loop.add_reader(self._read_fd, self._on_readable)

    def drain(self) -> None:
        """Take what is in the pipe now, with the last unfinished line."""
        taken = 0
        while taken < _DRAIN_BYTES_MAX:
            size = self._read()
            if not size:
                break
            taken += size
        rest = self._records.flush()
        if rest and self._log is not None:
            self._log.printed(self._kind, rest)

    def close_write_end(self) -> None:
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1

    def close(self) -> None:
        self.close_write_end()
        if self._read_fd >= 0:
            self._loop.remove_reader(self._read_fd)
            os.close(self._read_fd)
            self._read_fd = -1

    def _on_readable(self) -> None:
        if self._read() is None and self._read_fd >= 0:
            self._loop.remove_reader(self._read_fd)

    def _read(self) -> int | None:
        """How many bytes came; 0 for none yet, None when nobody can write any more."""
        if self._read_fd < 0 or self._log is None:
            return None
        try:
            data = os.read(self._read_fd, _READ_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            return None
        if events := self._records.feed(data):
            self._log.printed(self._kind, events)
        return len(data)

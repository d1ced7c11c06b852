"""The processes of one environment, seen from the server: their ids, how they end, how to stop them all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
from typing import Any, Protocol

_MESSAGE_MAX = 1 << 16
_SO_PASSCRED, _SCM_CREDENTIALS = 16, 2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_WALK_MAX = 4_096
RUNTIME = "runtime"


class TreeListener(Protocol):
    """Told, on the loop, what happens to the processes."""

    def on_failed(self, name: str, errno: int, text: str) -> None:
        """It could not be started."""
        ...

    def on_exited(self, name: str, status: int) -> None:
        """``status`` as of waitpid."""
        ...

    def on_gone(self, reason: str) -> None:
        """Nothing is left of the tree; ``reason`` is empty or says why it could not live."""
        ...


def link_pair() -> tuple[socket.socket, socket.socket]:
    """The server's end and the environment's. Packets carry the sender's process id as we see it."""
    kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ours.setblocking(False)
    if sys.platform == "linux":
        ours.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)
    return ours, theirs


class ProcessTree:
    """Lives from the spawn until `kill` or until its first process ends."""

    def __init__(self, link: socket.socket, listener: TreeListener | None = None) -> None:
        self._link = link
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self.init_pid = 0
        self.pids: dict[str, int] = {}
        self._is_alive = True
        self._loop.add_reader(link.fileno(), self._on_readable)

    @property
    def is_alive(self) -> bool:
        return self._is_alive

    def attach(self, listener: TreeListener) -> None:
        """Tell ``listener`` from now on."""
        self._listener = listener

    def poll(self) -> None:
        """Take the messages that are there: another socket may have told of their effects already."""
        self._on_readable()

    def order(self, **order: Any) -> None:
        """Tell the first process to do something; lost when the tree is dying."""
        with contextlib.suppress(OSError):
            self._link.send(json.dumps(order).encode())

    def signal(self, number: int, *names: str) -> None:
        """To the process groups of the named processes, or of all."""
        for name in names or tuple(self.pids):
            with contextlib.suppress(OSError, KeyError):
                os.killpg(self.pids[name], number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End everything at once. Nothing more is told to the listener."""
        if not self._is_alive:
            return
        self._is_alive = False
        self._loop.remove_reader(self._link.fileno())
        self.signal(signal.SIGKILL)
        # The first process sees the closed socket and takes the rest along; in a pid namespace the
        # kernel does that as soon as it dies.
        self._link.close()

    # Memory

    def memory_mb(self) -> int:
        """Resident memory of all processes; what several share counts once."""
        return self.usage()[0]

    def usage(self) -> tuple[int, int]:
        """(resident MB, number of processes)"""
        pages, count = 0, 0
        waiting = list(self.pids.values())
        while waiting and count < _WALK_MAX:
            pid = waiting.pop()
            resident, shared = _memory_pages(pid)
            pages += resident if count == 0 else max(0, resident - shared)
            count += 1
            waiting += _children(pid)
        return pages * _PAGE >> 20, count

    def peak_mb(self) -> int:
        """The most the runtime process ever had resident; 0 once it is gone."""
        try:
            with open(f"/proc/{self.pids[RUNTIME]}/status", "rb") as file:  # noqa: PTH123
                text = file.read()
        except (OSError, KeyError):
            return 0
        start = text.find(b"VmHWM:")
        return int(text[start + 6 : text.index(b"kB", start)]) >> 10 if start >= 0 else 0

    # Messages

    def _on_readable(self) -> None:
        while self._is_alive:
            try:
                data, extra, _, _ = self._link.recvmsg(_MESSAGE_MAX, socket.CMSG_SPACE(12))
            except BlockingIOError:
                return
            except OSError:
                data, extra = b"", []
            if not data:
                self._on_end("")
                return
            event = json.loads(data)
            for level, kind, credentials in extra:
                if level == socket.SOL_SOCKET and kind == _SCM_CREDENTIALS:
                    event["pid"] = struct.unpack("3i", credentials)[0]
            self._on_event(event)

    def _on_event(self, event: dict[str, Any]) -> None:
        listener = self._listener
        match event["event"]:
            case "up":
                self.init_pid = event["pid"]
            case "started":
                self.pids[event["name"]] = event["pid"]
            case "failed":
                if listener is not None:
                    listener.on_failed(event["name"], event["errno"] or 0, event["text"])
            case "exited":
                self.pids.pop(event["name"], None)
                if listener is not None:
                    listener.on_exited(event["name"], event["status"])
            case _:
                self._on_end(event["text"])

    def _on_end(self, reason: str) -> None:
        if self._is_alive:
            self.kill()
            if self._listener is not None:
                self._listener.on_gone(reason)


def _memory_pages(pid: int) -> tuple[int, int]:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123
            fields = file.read().split()
        return int(fields[1]), int(fields[2])
    except (OSError, IndexError):
        return 0, 0


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:  # noqa: PTH123
            return [int(child) for child in file.read().split()]
    except OSError:
        return []

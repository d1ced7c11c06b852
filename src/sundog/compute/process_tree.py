"""The processes of one environment, seen from the server: their ids, how they end, how to stop them all."""

from __future__ import annotations

import array
import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_MESSAGE_MAX = 1 << 16
_SO_PASSCRED, _SCM_CREDENTIALS = 16, 2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_WALK_MAX = 4_096
_CLEAR_SECONDS_MAX = 2.0
_CONNECT_SECONDS_MAX = 2.0
_FDS_MAX = 64
_EXTRA_BYTES = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4 * _FDS_MAX)
RUNTIME = "runtime"


class TreeListener(Protocol):
    """Told, on the loop, what happens to the processes."""

    def on_failed(self, name: str, errno: int, text: str, step: str) -> None:
        """It could not be started; ``step`` is ``exec``, or ``chdir`` for a folder that is not there."""
        ...

    def on_listening(self, fds: Sequence[int]) -> None:
        """These sockets listen in the environment's own network; they are the listener's to close."""
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

    def __init__(
        self, link: socket.socket, listener: TreeListener | None = None, *, can_clear: bool = True
    ) -> None:
        """``can_clear``: its first process can start others in place of those it has ended."""
        self._can_clear = can_clear
        self._link = link
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self.init_pid = 0
        self.pids: dict[str, int] = {}
        self._is_alive = True
        self._has_others = False
        self.has_lost = False
        """Whether a process of it has ended, or could not be started, before anybody listened."""

        self._cleared: asyncio.Future[bool] | None = None
        self._numbers = itertools.count()
        self._connecting: dict[int, asyncio.Future[socket.socket]] = {}
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

    def order(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """Tell the first process to do something; lost when the tree is dying."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._link, [json.dumps(order).encode()], list(fds))

    async def clear(self) -> bool:
        """End every process but the first. False when it cannot: then the tree must be killed."""
        if not self._is_alive or not self._can_clear:
            return False
        self._cleared = self._loop.create_future()
        self.order({"op": "clear"})
        try:
            return await asyncio.wait_for(self._cleared, _CLEAR_SECONDS_MAX)
        except TimeoutError:
            return False
        finally:
            self._cleared = None

    async def connect(self, port: int) -> socket.socket:
        """A connection to loopback inside the environment's own network. Raises OSError."""
        if not self._is_alive:
            raise ConnectionRefusedError("the environment has ended")
        number = next(self._numbers)
        waiting = self._connecting[number] = self._loop.create_future()
        self.order({"op": "connect", "port": port, "number": number})
        try:
            return await asyncio.wait_for(waiting, _CONNECT_SECONDS_MAX)
        finally:
            self._connecting.pop(number, None)

    def signal(self, number: int, *names: str) -> None:
        """To the process groups of the named processes, or of all."""
        for name in names or tuple(self.pids):
            with contextlib.suppress(OSError, KeyError):
                os.killpg(self.pids[name], number)

    def renice(self, niceness: int) -> None:
        """Step back behind other processes."""
        for pid in self.pids.values():
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, pid, niceness)

    def freeze(self) -> None:
        """Stop everything. What has left its process group is stopped by the first process of the tree."""
        self.signal(signal.SIGSTOP)
        if self._has_others:
            self.order({"op": "signal", "number": int(signal.SIGSTOP)})

    def thaw(self) -> None:
        if self._has_others:
            self.order({"op": "signal", "number": int(signal.SIGCONT)})
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
        self._end_clear(False)

    # Memory

    def usage(self) -> tuple[int, int]:
        """(resident MB, what several share counted once; number of threads), of all but the first process."""
        pages, tasks, seen = 0, 0, 0
        waiting = _children(self.init_pid)[1] if self.init_pid else list(self.pids.values())
        while waiting and seen < _WALK_MAX:
            pid = waiting.pop()
            resident, shared = _memory_pages(pid)
            pages += max(0, resident - shared) if seen else resident
            threads, children = _children(pid)
            seen += 1
            tasks += threads
            waiting += children
        self._has_others = seen > len(self.pids)
        return pages * _PAGE >> 20, tasks

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
                data, extra, _, _ = self._link.recvmsg(_MESSAGE_MAX, _EXTRA_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data, extra = b"", []
            if not data:
                self._on_end("")
                return
            event = json.loads(data)
            fds: list[int] = []
            for level, kind, content in extra:
                if level == socket.SOL_SOCKET and kind == _SCM_CREDENTIALS:
                    event["pid"] = struct.unpack("3i", content)[0]
                elif level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds += array.array("i", content[: len(content) // 4 * 4])
            self._on_event(event, fds)

    def _on_event(self, event: dict[str, Any], fds: list[int]) -> None:
        listener = self._listener
        match event["event"]:
            case "listening" if listener is not None:
                listener.on_listening(fds)
            case "connected":
                self._on_connected(event["number"], fds)
            case "up":
                self.init_pid = event["pid"]
            case "started":
                self.pids[event["name"]] = event["pid"]
            case "failed":
                self.has_lost = True
                if listener is not None:
                    errno, step = event["errno"] or 0, event.get("step", "exec")
                    listener.on_failed(event["name"], errno, event["text"], step)
            case "cleared":
                self.pids.clear()
                self._end_clear(True)
            case "exited":
                self.pids.pop(event["name"], None)
                self.has_lost = True
                if listener is not None:
                    listener.on_exited(event["name"], event["status"])
            case _:
                self._on_end(event["text"])

    def _on_connected(self, number: int, fds: list[int]) -> None:
        waiting = self._connecting.get(number)
        if waiting is None or waiting.done():
            for fd in fds:
                os.close(fd)
        elif fds:
            waiting.set_result(socket.socket(fileno=fds[0]))
        else:
            waiting.set_exception(ConnectionRefusedError("nobody listens there inside"))

    def _end_clear(self, is_clear: bool) -> None:
        if self._cleared is not None and not self._cleared.done():
            self._cleared.set_result(is_clear)

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


def _children(pid: int) -> tuple[int, list[int]]:
    """(how many threads it has, the processes that any of them has started)"""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
    except OSError:
        return 0, []
    children: list[int] = []
    for thread in threads:
        with (
            contextlib.suppress(OSError),
            open(f"/proc/{pid}/task/{thread}/children", "rb") as file,  # noqa: PTH123
        ):
            children += map(int, file.read().split())
    return len(threads), children

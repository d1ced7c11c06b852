"""SnapStart: a runtime that has initialised its function stands still, and is forked for each environment.

A clone has the memory of the snapshot, as a restored one has on AWS: what was drawn by lot while it was
initialised is the same in all of them. It lives behind the walls, and with the /tmp, of its template.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
from typing import Any, NoReturn

from . import descendants, runtime_client, walls

MESSAGE_MAX = 1 << 16


class Template:
    """``control`` is where clones are asked for; ``log`` a further descriptor that the log is written to."""

    def __init__(self, control: int, log: int) -> None:
        self.control = socket.socket(fileno=control)
        self.log = log

    def stand_still(self) -> None:
        """Return when this process is to go on: a clone, or the template itself when it is restored."""
        # Threads of the function do not come along: then only the process itself can be restored
        connection = runtime_client.ask_for_restore(can_fork=threading.active_count() == 1)
        while True:
            readable, _, _ = select.select([connection, self.control], [], [])
            if connection in readable:
                runtime_client.read_restore()
                return
            data, fds, _, _ = socket.recv_fds(self.control, MESSAGE_MAX, 8)
            if not data:
                os._exit(0)
            if self._fork(json.loads(data), fds):
                return

    def _fork(self, message: dict[str, Any], fds: list[int]) -> bool:
        """True in the clone."""
        sys.stdout.flush()
        sys.stderr.flush()
        if os.fork() == 0:
            link, log = fds
            for fd in (1, 2, self.log):
                os.dup2(log, fd)
            os.close(log)
            self.control.close()
            runtime_client.disconnect()
            os.environ.update(message["env"])
            _Keeper(socket.socket(fileno=link)).fork_runtime()
            return True
        for fd in fds:
            os.close(fd)
        return False


class _Keeper:
    """The first process of a clone: tells the server of the runtime's life, and ends it with the link."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def fork_runtime(self) -> None:
        """Returns in the runtime's process alone."""
        os.setsid()
        with contextlib.suppress(OSError):
            walls.adopt_orphans()
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        self._tell(event="up")
        before = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, before)
            os.close(wake_read)
            os.close(wake_write)
            os.setsid()
            self._tell(event="started", name="runtime")
            self.link.close()
            return
        try:
            self._keep(pid, wake_read)
        finally:
            os._exit(1)

    def _keep(self, runtime: int, wake: int) -> NoReturn:
        while True:
            readable, _, _ = select.select([self.link.fileno(), wake], [], [])
            if wake in readable:
                os.read(wake, 512)
                self._reap(runtime)
            if self.link.fileno() in readable:
                data = self.link.recv(MESSAGE_MAX)
                if not data:
                    descendants.kill_descendants()
                    os._exit(0)
                order = json.loads(data)
                if order["op"] == "signal":
                    for pid in descendants.descendants():
                        with contextlib.suppress(OSError):
                            os.kill(pid, order["number"])

    def _reap(self, runtime: int) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == runtime:
                    self._tell(event="exited", name="runtime", status=status)

    def _tell(self, **event: Any) -> None:
        self.link.send(json.dumps({**event, "pid": os.getpid()}).encode())

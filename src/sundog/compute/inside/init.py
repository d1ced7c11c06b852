"""The first process of an environment: builds its walls, starts its processes, tells how they ended.

It is there so that the function is not process 1 (whose signals the kernel treats differently), so that
orphans have a parent, and so that everything ends when the server lets go of the socket.
"""

# pathlib would cost every zygote its import
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from . import descendants, filters, python, walls

_CHILD_FDS_MAX = 64
_CONTROL_FD_MIN = 100  # above all that is closed before the function begins


def run(message: dict[str, Any], fds: dict[str, int], config: dict[str, Any]) -> NoReturn:
    """Never returns. ``message`` is the zygote's ``spawn``; ``fds`` maps socket, log, ... to descriptors."""
    link = socket.socket(fileno=fds["socket"])
    try:
        Init(link, fds, config).main(message)
    except BaseException as error:
        traceback.print_exc()
        with contextlib.suppress(OSError):
            _tell(link, event="broken", text=f"{type(error).__name__}: {error}")
    finally:
        os._exit(1)


def _tell(link: socket.socket, **event: Any) -> None:
    link.send(json.dumps({**event, "pid": os.getpid()}).encode())


def rehearse(config: dict[str, Any]) -> None:
    """Raise the walls that `Init` would, around nothing. Raises what the system refuses."""
    kind = config["walls"]
    if kind == "namespaces":
        walls.part_from_others()
        walls.furnish(config["runtime_dir"], "", 1, config["visible"])
    walls.limit_resources()
    if kind == "landlock":
        filters.apply_landlock([config["runtime_dir"]], [])
    if kind == "namespaces":
        walls.limit_tasks()
        walls.drop_capabilities()
    if kind != "none":
        filters.apply_seccomp(filters.seccomp_program())


class Init:
    def __init__(self, link: socket.socket, fds: dict[str, int], config: dict[str, Any]) -> None:
        self.link = link
        self.fds = fds
        self.walls: str = config["walls"]
        self.config = config
        self.step = "exec"
        self.control: socket.socket | None = None
        self.control_fd = -1
        self.names: dict[int, str] = {}
        self.feeds: dict[str, int] = {}
        self.seccomp = filters.seccomp_program() if self.walls != "none" else b""

    def main(self, message: dict[str, Any]) -> None:
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        if self.walls == "namespaces":
            walls.part_from_others()
        else:
            os.setsid()
            if sys.platform == "linux":
                walls.adopt_orphans()
        _tell(self.link, event="up")
        for order in message["orders"]:
            self.obey(order)
        while True:
            readable, _, _ = select.select([self.link.fileno(), wake_read], [], [])
            if wake_read in readable:
                os.read(wake_read, 512)
                self.reap()
            if self.link.fileno() in readable:
                data, fds, _, _ = socket.recv_fds(self.link, 1 << 18, 8)
                if not data:
                    self.end()
                self.obey(json.loads(data))
                if fds:
                    self.pass_on(data, fds)

    def obey(self, order: dict[str, Any]) -> None:
        if order["op"] == "furnish":
            self.furnish(order)
        elif order["op"] == "feed":
            self.feed(order)
        elif order["op"] == "clear":
            self.clear()
        elif order["op"] == "network":
            self.part_network(order["places"], order["hosts"])
        elif order["op"] == "connect":
            self.connect(order["port"], order["number"])
        elif order["op"] == "signal":
            self.signal_all(order["number"])
        elif order["op"] == "clone":
            pass  # the runtime's to do: it is passed on
        else:
            self.start(order)

    def furnish(self, order: dict[str, Any]) -> None:
        if self.walls == "namespaces" and order["image"]:
            walls.furnish_image(order["image"], order["tmp_mb"])
        elif self.walls == "namespaces":
            walls.furnish(order["task"], order["opt"], order["tmp_mb"], self.config["visible"])

    def part_network(self, places: list[list[Any]], hosts: dict[str, str]) -> None:
        """From here on the server hears us only where it is given something that listens."""
        if self.walls != "namespaces":
            return
        walls.part_network()
        if hosts:
            walls.name_hosts(hosts)
        walls.add_addresses({address for address, _ in places})
        listening = [socket.create_server((address, port), backlog=64) for address, port in places]
        event = json.dumps({"event": "listening", "pid": os.getpid()}).encode()
        socket.send_fds(self.link, [event], [one.fileno() for one in listening])
        for one in listening:
            one.close()

    def connect(self, port: int, number: int) -> None:
        """For the server, which cannot reach what listens in here."""
        fds: list[int] = []
        with contextlib.suppress(OSError):
            fds.append(socket.create_connection(("127.0.0.1", port), 1.0).detach())
        event = json.dumps({"event": "connected", "number": number, "pid": os.getpid()}).encode()
        socket.send_fds(self.link, [event], fds)
        for fd in fds:
            os.close(fd)

    def pass_on(self, data: bytes, fds: list[int]) -> None:
        """To the runtime, which stands still and can fork itself."""
        with contextlib.suppress(OSError):
            if self.control is not None:
                socket.send_fds(self.control, [data], fds)
        for fd in fds:
            os.close(fd)

    def feed(self, order: dict[str, Any]) -> None:
        """What a spare has waited for on its standard input."""
        with contextlib.suppress(OSError), open(self.feeds.pop(order["name"]), "w") as file:
            file.write(order["text"])

    def clear(self) -> None:
        """Nothing but this process is left; what it has mounted stays."""
        self.signal_all(signal.SIGKILL)
        if self.walls == "namespaces":
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-1, 0)
        else:
            descendants.kill_descendants()
        self.names.clear()
        _tell(self.link, event="cleared")

    def signal_all(self, number: int) -> None:
        """To all descendants: in a pid namespace in one stroke, elsewhere as far as we can see."""
        if self.walls == "namespaces":
            with contextlib.suppress(OSError):
                os.kill(-1, number)
            return
        for pid in self.names:
            with contextlib.suppress(OSError):
                os.killpg(pid, number)
        for pid in descendants.descendants():
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def start(self, order: dict[str, Any]) -> None:
        stdin = self.open_stdin(order)
        theirs = self.open_control(order)
        pid = os.fork()
        if pid:
            os.close(stdin)
            if theirs is not None:
                theirs.close()
            self.names[pid] = order["name"]
            return
        code = 1
        try:
            if theirs is not None:
                self.control_fd = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, _CONTROL_FD_MIN)
            code = self.become(order, stdin)
        except OSError as error:
            with contextlib.suppress(OSError):
                name, text = order["name"], str(error)
                _tell(self.link, event="failed", name=name, errno=error.errno, text=text, step=self.step)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def open_stdin(self, order: dict[str, Any]) -> int:
        if not order.get("is_spare"):
            return os.open(os.devnull, os.O_RDONLY)
        read, self.feeds[order["name"]] = os.pipe()
        return read

    def open_control(self, order: dict[str, Any]) -> socket.socket | None:
        """The runtime's end of the way to it, where it is to be a snapshot."""
        if not order.get("is_snapshot"):
            return None
        kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
        self.control, theirs = socket.socketpair(socket.AF_UNIX, kind)
        return theirs

    def become(self, order: dict[str, Any], stdin: int) -> int:
        """In the new process: put on the limits, then be the function. Returns an exit status."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        _tell(self.link, event="started", name=order["name"])
        self.wire(order["log"], stdin)
        if order.get("in_image"):
            walls.enter_image()
        self.confine(order)
        self.step = "chdir"
        os.chdir(order["cwd"])
        self.step = "exec"
        if order["how"] == "python":
            os.close(self.link.detach())
            return self.be_python(order)
        # No handler of ours survives, but ignored signals would
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        self.link.set_inheritable(False)
        return execute(order["argv"], order["env"])

    def wire(self, log: str, stdin: int) -> None:
        """Standard streams: ``stdin`` in, the log out. All else is closed."""
        os.dup2(stdin, 0)
        os.dup2(self.fds[log], 1)
        os.dup2(self.fds[log], 2)
        os.closerange(3, self.link.fileno())
        os.closerange(self.link.fileno() + 1, max(_CHILD_FDS_MAX, self.link.fileno() + 1))

    def confine(self, order: dict[str, Any]) -> None:
        walls.limit_resources()
        if self.walls == "landlock":
            filters.apply_landlock(order["readable"], order["writable"])
        if self.walls == "namespaces":
            walls.limit_tasks()
            walls.drop_capabilities()
        filters.apply_seccomp(self.seccomp)

    def be_python(self, order: dict[str, Any]) -> int:
        if order.get("is_spare"):
            with open(0, closefd=False) as stdin:
                order = json.loads(stdin.read() or "{}")
            if not order:
                return 0  # nobody needed it
            os.dup2(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), 0)
            os.chdir(order["cwd"])
        return python.run(
            order["env"], order["handler"], order["opt"], order.get("debugger"), self.control_fd
        )

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            name = self.names.pop(pid, None)
            if name is not None:
                _tell(self.link, event="exited", name=name, status=status)

    def end(self) -> NoReturn:
        """The server let go. In a pid namespace the kernel ends the rest; elsewhere we do."""
        if self.walls != "namespaces":
            self.signal_all(signal.SIGKILL)
            descendants.kill_descendants()
        os._exit(0)


def execute(argv: list[str], environment: dict[str, str]) -> int:
    """Become another program, looked for on its own PATH; returns by OSError only."""
    os.execvpe(argv[0], argv, environment)


def _nothing(_signal: int, _frame: object) -> None:
    """A handler must exist for the wake-up descriptor to be written."""

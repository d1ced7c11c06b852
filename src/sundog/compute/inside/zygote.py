"""The zygote: a single-threaded interpreter that forks one environment at a time.

Run as a script of its own: ``python -I -c ... CONTROL_FD FOLDER``. It reads its configuration, raises the
outer walls, imports what functions are likely to need, says ``ready`` and then forks on demand. Everything
it started ends with it, and it ends with its control socket: a killed server leaves nothing behind.

Control messages are one JSON document a packet. ``spawn`` comes with file descriptors, named in ``fds``.
"""

# pathlib would cost every zygote its import
# ruff: noqa: PTH123

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

from . import init, python, walls

MESSAGE_MAX = 1 << 18


def main() -> None:
    """Never returns; the exit status says nothing."""
    control = socket.socket(fileno=int(sys.argv[1]))
    config = json.loads(control.recv(MESSAGE_MAX))
    try:
        if config["walls"] == "namespaces":
            _enter(config)
        pid_namespace = _open_pid_namespace(config)
        _rehearse(config, pid_namespace)
        _preload(config)
    except BaseException as error:
        traceback.print_exc()
        control.send(json.dumps({"event": "broken", "text": f"{type(error).__name__}: {error}"}).encode())
        os._exit(1)
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    control.send(json.dumps({"event": "ready", "modules": loaded}).encode())
    _serve(control, config, pid_namespace)


def _enter(config: dict[str, Any]) -> None:
    """Become the first process of a pid namespace that everything of ours lives in."""
    walls.enter_namespaces()
    child = os.fork()
    if child:
        # Holds nothing but the child: with it gone, the server sees the control socket close.
        os.closerange(3, 256)
        os.waitpid(child, 0)
        os._exit(0)
    walls.die_with_parent()
    walls.build_root(config["root"], config["visible"], config["runtime_dir"])


def _open_pid_namespace(config: dict[str, Any]) -> int:
    if config["walls"] != "namespaces":
        return -1
    return os.open(f"{walls.HOST}/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _rehearse(config: dict[str, Any], pid_namespace: int) -> None:
    """Build the walls of one environment, for nobody: better to hear of what is refused now than then."""
    read, write = os.pipe()
    if pid_namespace >= 0:
        walls.unshare(walls.NEWPID)
    child = os.fork()
    if not child:
        text = "it ended"
        try:
            init.rehearse(config)
            text = ""
        except BaseException as error:
            text = str(error) or type(error).__name__
        os.write(write, text.encode())
        os._exit(1 if text else 0)
    os.close(write)
    if pid_namespace >= 0:
        walls.set_pid_namespace(pid_namespace)
    with open(read) as file:
        text = file.read()
    if os.waitpid(child, 0)[1]:
        raise OSError(f"an environment cannot be walled in: {text or 'it was killed'}")


def _preload(config: dict[str, Any]) -> None:
    """Import once what every function would import for itself. Nothing here may start a thread."""
    python.prepare(config["packages"], config["preload"])
    ours = [name for name in sys.modules if name.partition(".")[0] == (__package__ or "").partition(".")[0]]
    for name in ours:
        del sys.modules[name]  # a function may have a module of this name
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every page


def _serve(control: socket.socket, config: dict[str, Any], pid_namespace: int) -> None:
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        data, fds, _, _ = socket.recv_fds(control, MESSAGE_MAX, 8)
        if not data:
            os._exit(0)
        message = json.loads(data)
        if pid_namespace >= 0:
            walls.unshare(walls.NEWPID)
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            init.run(message, dict(zip(message["fds"], fds)), config)  # noqa: B905 (Python 3.9)
        if pid_namespace >= 0:
            walls.set_pid_namespace(pid_namespace)
        for fd in fds:
            os.close(fd)


def _reap(_signal: int, _frame: object) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass

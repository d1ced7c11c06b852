"""A real server as a process of its own: started, killed and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

READY = "Ready."
START_S_MAX, STOP_S_MAX = 30.0, 15.0


class ServerFailed(Exception):
    """The server ended, or did not get ready in time; its last words are the message."""


class ServerProcess:
    """``sundog up`` on a free port of loopback, with its data in ``data``. Every start has the same port.

    ``options`` are further options of ``sundog up`` (``"--ephemeral"``, ``"--iam", "enforce"``). What the
    server writes to stderr is kept in ``log``.
    """

    def __init__(self, data: Path, *options: str, port: int = 0) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "stderr.log"
        self._data, self._options = data, options
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was not started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and return once it answers. Raises `ServerFailed`."""
        assert not self.is_running, "the server runs already"
        self._data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._wait_until_ready(self._process)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, no goodbye. Nothing happens if it has ended."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does; its exit status."""
        self._end(signal.SIGTERM)
        assert self._process is not None
        return self._process.returncode

    def restart(self) -> None:
        """Kill it and start it again on the same data and port."""
        self.kill()
        self.start()

    def _command(self) -> list[str]:
        where = ["--port", str(self.port), "--data", str(self._data), "--quiet"]
        return [sys.executable, "-m", "sundog.cli", "up", *where, *self._options]

    def _wait_until_ready(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        too_late = threading.Timer(START_S_MAX, process.kill)
        too_late.start()
        try:
            for line in process.stdout:
                if line.strip() == READY:
                    return
        finally:
            too_late.cancel()
        process.wait()
        raise ServerFailed(f"status {process.returncode}: {self.log.read_text()[-2_000:]}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

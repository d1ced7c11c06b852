"""A zygote seen from the server: a process that forks environments on demand, started when first needed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sundog.clock import Clock
from sundog.compute.contract import EngineError
from sundog.compute.interpreters import Interpreter

logger = logging.getLogger(__name__)
Walls = Literal["namespaces", "landlock", "none"]

INSIDE = Path(__file__).parent / "inside"
_BOOT = "import sys; sys.path.insert(0, sys.argv[2]); from inside.zygote import main; del sys.path[0]; main()"
_BOOT_SECONDS_MAX = 30
_SEND_TRIES = 200


class ZygoteBroken(EngineError):
    """The process that starts environments could not be started."""


@dataclass(frozen=True, slots=True)
class ZygotePlan:
    """``visible`` are folders its environments see at their own path; ``root`` an empty folder of its own."""

    interpreter: Interpreter
    preload: tuple[str, ...]
    packages: tuple[Path, ...]
    visible: tuple[Path, ...]
    walls: Walls
    root: Path
    is_warm: bool = False
    """It has boto3 loaded."""


class Zygote:
    def __init__(self, plan: ZygotePlan, clock: Clock) -> None:
        self.plan = plan
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: asyncio.Future[frozenset[str]] | None = None

    @property
    def is_alive(self) -> bool:
        return self._control is not None

    async def ready(self) -> frozenset[str]:
        """Start it if need be; the top-level modules it has loaded. Raises `ZygoteBroken`."""
        if self._ready is None or not self.is_alive:
            self._boot()
        assert self._ready is not None
        return await asyncio.wait_for(asyncio.shield(self._ready), _BOOT_SECONDS_MAX)

    async def spawn(self, orders: Sequence[Mapping[str, Any]], fds: dict[str, int]) -> None:
        """Fork one environment that carries out ``orders``. The descriptors stay the caller's to close."""
        await self.ready()
        message = {"op": "spawn", "orders": [dict(order) for order in orders], "fds": list(fds)}
        data = json.dumps(message).encode()
        for _ in range(_SEND_TRIES):
            if self._control is None:
                break
            try:
                socket.send_fds(self._control, [data], list(fds.values()))
                return
            except BlockingIOError:
                await self._clock.sleep_wall(0.005)
            except OSError:
                break
        raise ZygoteBroken(f"{self.plan.interpreter.label} stopped while an environment was started")

    def close(self) -> None:
        """End it and every environment it has started."""
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._fail("compute is stopping")
        with contextlib.suppress(OSError):
            self.plan.root.rmdir()

    # Starting

    def _boot(self) -> None:
        self.close()
        loop = asyncio.get_running_loop()
        kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        ours.setblocking(False)
        self.plan.root.mkdir(parents=True, exist_ok=True)
        with theirs:
            self._process = self._popen(theirs.fileno())
            ours.send(json.dumps(self._config()).encode())
        self._control = ours
        self._ready = loop.create_future()
        loop.add_reader(ours.fileno(), self._on_readable)

    def _popen(self, control: int) -> subprocess.Popen[bytes]:
        path = str(self.plan.interpreter.path)
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [path, "-I", "-B", "-X", "utf8", "-c", _BOOT, str(control), str(INSIDE.parent)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(control,),
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
                start_new_session=True,
            )

    def _config(self) -> dict[str, Any]:
        return {
            "walls": self.plan.walls,
            "root": str(self.plan.root),
            "visible": [str(path) for path in self.plan.visible],
            "runtime_dir": str(INSIDE),
            "packages": [str(path) for path in self.plan.packages],
            "preload": self.plan.preload,
        }

    @property
    def _log(self) -> Path:
        return self.plan.root.with_name(self.plan.root.name + ".log")

    def _on_readable(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        event: dict[str, Any] = json.loads(data) if data else {"event": "broken", "text": self._last_words()}
        if event["event"] == "ready":
            assert self._ready is not None
            self._ready.set_result(frozenset(event["modules"]))
        else:
            self._on_broken(event["text"])

    def _on_broken(self, text: str) -> None:
        if not self._fail(text):
            logger.warning("the %s zygote ended: %s", self.plan.interpreter.label, text)
        self.close()

    def _fail(self, text: str) -> bool:
        """Tell who waits for it to be ready; False when it was already."""
        ready, self._ready = self._ready, None
        if ready is None or ready.done():
            return False
        ready.set_exception(ZygoteBroken(f"{self.plan.interpreter.label} does not start: {text}"))
        ready.exception()  # whoever waits sees it; nobody waiting is no leak
        return True

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""

"""Running a server from the command line: in the foreground, detached, or around another command."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import uvloop

from sundog.app import App
from sundog.cli.printing import print_banner, print_request, print_root_key
from sundog.cli.remote import NotRunning, Remote
from sundog.config import Config
from sundog.store import DataFolderInUse, StoreError

logger = logging.getLogger(__name__)
DETACHED_PAUSE_S, DETACHED_TRIES_MAX = 0.05, 300
DETACHED_LOG = "sundog.log"
STOP_PAUSE_S, STOP_TRIES_MAX = 0.05, 300
COLLECTOR_THRESHOLDS = 10_000, 50, 100


NOT_RUNNABLE, NOT_FOUND = 126, 127  # the exit statuses a shell has for these


class CannotRun(Exception):
    """Why a server or command cannot start or stop, in a sentence."""

    def __init__(self, reason: str, status: int = 1) -> None:
        super().__init__(reason)
        self.status = status


def serve(config: Config, *, quiet: bool) -> None:
    """Serve until SIGINT or SIGTERM; ``Ready.`` is printed once requests are answered."""
    uvloop.run(_serve(config, quiet))


async def _serve(config: Config, quiet: bool) -> None:
    app = App(config)
    if not quiet:
        app.journal.watch(print_request)
    async with _Running(app):
        if not quiet:
            print_banner(app.endpoint.url, config)
        if (key := app.root_key) is not None:
            print_root_key(key.principal.access_key_id, key.secret_key)
        _spare_the_collector()
        print("Ready.", flush=True)
        await _until_signal()


def _spare_the_collector() -> None:
    """What is here now stays: looking through it again would make requests wait 10 ms now and then."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


async def _until_signal() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


class _Running:
    """The app, started and listening; stopped in every case."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __aenter__(self) -> App:
        try:
            await self._start()
            await self._listen()
        except BaseException:
            await self._app.stop()
            raise
        return self._app

    async def _start(self) -> None:
        try:
            await self._app.start()
        except (DataFolderInUse, StoreError) as error:
            raise CannotRun(str(error)) from error
        except OSError as error:
            raise CannotRun(f"cannot use {self._app.config.data}: {_reason(error)}") from error

    async def _listen(self) -> None:
        config = self._app.config
        try:
            await self._app.listen()
        except OSError as error:
            remedy = "; stop what listens there (sundog down) or choose another --port"
            raise CannotRun(
                f"cannot listen on {config.host}:{config.port}: {_reason(error)}"
                f"{remedy if error.errno == errno.EADDRINUSE else ''}"
            ) from error

    async def __aexit__(self, *_: object) -> None:
        await self._app.stop()


def run_command(config: Config, command: list[str], environment: Mapping[str, str]) -> int:
    """Run ``command`` against a server of its own; its exit status."""
    return uvloop.run(_around(App(config), lambda app: _run_child(app, command, environment)))


async def _around(app: App, action: Callable[[App], Awaitable[int]]) -> int:
    async with _Running(app):
        return await action(app)


async def _run_child(app: App, command: list[str], environment: Mapping[str, str]) -> int:
    signals = _listen_for_signals()  # before there is a child: none may end sundog and leave it behind
    try:
        child = await asyncio.create_subprocess_exec(*command, env=child_environment(app, environment))
    except OSError as error:
        status = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        raise CannotRun(f"cannot run {command[0]}: {_reason(error)}", status) from error
    passing = asyncio.create_task(_pass_on(signals, child))
    status = await child.wait()
    passing.cancel()
    return status if status >= 0 else 128 - status


def _listen_for_signals() -> asyncio.Queue[signal.Signals]:
    """Those to pass on to the child, from now on. The terminal sends SIGINT to the child as well."""
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, signals.put_nowait, number)
    return signals


async def _pass_on(signals: asyncio.Queue[signal.Signals], child: asyncio.subprocess.Process) -> None:
    while True:
        number = await signals.get()
        with suppress(ProcessLookupError):
            child.send_signal(number)


def _reason(error: OSError) -> str:
    """In the system's words; uvloop has longer ones of its own."""
    return os.strerror(error.errno) if error.errno else str(error)


def child_environment(app: App, environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with everything an AWS SDK needs to find this server."""
    region, key = app.config.region, app.root_key
    return dict(environment) | {
        "AWS_ENDPOINT_URL": app.endpoint.url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": key.principal.access_key_id if key else app.config.account,
        "AWS_SECRET_ACCESS_KEY": key.secret_key if key else "sundog",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def detach(config: Config, arguments: list[str], environment: Mapping[str, str]) -> int:
    """Start a server in the background and wait until it answers; its process id."""
    config.data.mkdir(0o700, parents=True, exist_ok=True)
    log_path = config.data / DETACHED_LOG
    with log_path.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "sundog.cli", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=dict(environment),
        )
    _wait_until_answering(child, config, log_path)
    return child.pid


def _wait_until_answering(child: subprocess.Popen[bytes], config: Config, log_path: Path) -> None:
    remote = Remote(f"http://{config.host}:{config.port}")
    for _ in range(DETACHED_TRIES_MAX):
        try:
            if remote.get("/_sundog/info").get("pid") == child.pid:
                return
        except NotRunning:
            pass
        try:
            status = child.wait(timeout=DETACHED_PAUSE_S)
        except subprocess.TimeoutExpired:
            continue
        last = log_path.read_text().strip().rpartition("\n")[2]
        raise CannotRun(last.removeprefix("sundog: ") or f"the server ended with status {status}")
    raise CannotRun(f"the server does not answer; its log is {log_path}")


def stop_process(pid: int) -> bool:
    """Ask the server to end, and wait for it; whether it has ended."""
    pause = threading.Event()  # never set: its wait is an interruptible pause
    try:
        os.kill(pid, signal.SIGTERM)
        for _ in range(STOP_TRIES_MAX):
            pause.wait(STOP_PAUSE_S)
            os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False

"""Running a server from the command line: in the foreground, detached, or around another command."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvloop

from sundog.app import App
from sundog.cli.printing import print_banner, print_request
from sundog.cli.remote import NotRunning, Remote
from sundog.config import Config

logger = logging.getLogger(__name__)
DETACHED_PAUSE_S, DETACHED_TRIES_MAX = 0.05, 300


class StartFailed(Exception):
    """Why the server could not start, in a sentence."""


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
        print("Ready.", flush=True)
        await _until_signal()


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
            await self._app.start()
            await self._app.listen()
        except OSError as error:
            await self._app.stop()
            config = self._app.config
            raise StartFailed(f"cannot listen on {config.host}:{config.port}: {error.strerror}") from error
        except BaseException:
            await self._app.stop()
            raise
        return self._app

    async def __aexit__(self, *_: object) -> None:
        await self._app.stop()


def run_command(config: Config, command: list[str], environment: Mapping[str, str]) -> int:
    """Run ``command`` against a server of its own; its exit status."""
    return uvloop.run(_around(App(config), lambda app: _run_child(app, command, environment)))


async def _around(app: App, action: Callable[[App], Awaitable[int]]) -> int:
    async with _Running(app):
        return await action(app)


async def _run_child(app: App, command: list[str], environment: Mapping[str, str]) -> int:
    try:
        child = await asyncio.create_subprocess_exec(*command, env=child_environment(app, environment))
    except OSError as error:
        raise StartFailed(f"cannot run {command[0]}: {error.strerror}") from error
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: None)  # the child gets the terminal's signals itself
    status = await child.wait()
    return status if status >= 0 else 128 - status


def child_environment(app: App, environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with everything an AWS SDK needs to find this server."""
    region = app.config.region
    return dict(environment) | {
        "AWS_ENDPOINT_URL": app.endpoint.url,
        "AWS_ACCESS_KEY_ID": app.config.account,
        "AWS_SECRET_ACCESS_KEY": "sundog",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def detach(config: Config, arguments: list[str], environment: Mapping[str, str]) -> int:
    """Start a server in the background and wait until it answers; its process id."""
    config.data.mkdir(parents=True, exist_ok=True)
    log_path = config.data / "sundog.log"
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
        raise StartFailed(last.removeprefix("sundog: ") or f"the server ended with status {status}")
    raise StartFailed(f"the server does not answer; its log is {log_path}")


def stop_process(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)

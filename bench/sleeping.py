"""Many executions that wait: what each costs in memory and on disk, the restart with them, their waking."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from bench import requests
from sundog.testing.process import ServerProcess

if TYPE_CHECKING:
    from bench.__main__ import Bench

COUNT = 100_000
CLIENTS = 16
NAME = "bench-sleeping"
ARN = f"arn:aws:states:us-east-1:000000000000:stateMachine:{NAME}"
DAY_S = 86_400
DEFINITION = {
    "StartAt": "Sleep",
    "States": {
        "Sleep": {"Type": "Wait", "Seconds": DAY_S, "Next": "Wake"},
        "Wake": {"Type": "Succeed"},
    },
}


def sleeping(bench: Bench) -> None:
    """A server of its own: nothing else is in its memory."""
    with tempfile.TemporaryDirectory(prefix="sundog-bench-sleeping-") as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            _measure(bench, server, Path(folder) / "data")
        finally:
            server.kill()


def _measure(bench: Bench, server: ServerProcess, data: Path) -> None:
    create = {
        "name": NAME,
        "definition": json.dumps(DEFINITION),
        "roleArn": "arn:aws:iam::000000000000:role/b",
    }
    _start(server, 2_000, create)  # what a server that has worked has anyway
    before_mb = _rss_mb(server.pid)
    rate = _start(server, COUNT - 2_000, None)
    grown = (_rss_mb(server.pid) - before_mb) * 1024 / COUNT
    disk = sum(file.stat().st_size for file in data.glob("sundog.db*")) / COUNT / 1024
    bench.add(f"{COUNT:,} executions that wait", f"started {rate:,.0f}/s; {grown:.2f} KB of memory each")
    bench.add("... on disk", f"{disk:.2f} KB each")
    server.kill()
    started = time.perf_counter()
    server.start()
    took = time.perf_counter() - started
    bench.add("... restart after SIGKILL", f"{took:.1f} s to Ready., {_rss_mb(server.pid):.0f} MB")
    started = time.perf_counter()
    _advance(server, DAY_S + 60)
    took = time.perf_counter() - started
    bench.add("... all woken and over", f"{took:.1f} s, {COUNT / took:,.0f}/s, {_rss_mb(server.pid):.0f} MB")


def _start(server: ServerProcess, count: int, create: dict[str, str] | None) -> float:
    address = server.url.removeprefix("http://")
    if create is not None:
        host, _, port = address.partition(":")
        uvloop.run(_ask_once(host, int(port), requests.states("CreateStateMachine", **create)))
    return uvloop.run(_load(address, count, CLIENTS))


async def _ask_once(host: str, port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    await _ask(reader, writer, request)
    writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head[9:12] == b"200", head
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))


async def _load(address: str, count: int, clients: int) -> float:
    host, _, port = address.partition(":")
    request = requests.states("StartExecution", stateMachineArn=ARN, input='{"order": 17}')

    async def client(share: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(share):
            await _ask(reader, writer, request)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client(count // clients) for _ in range(clients)))
    return count / (time.perf_counter() - started)


def _advance(server: ServerProcess, seconds: int) -> None:
    body = json.dumps({"advance": seconds}).encode()
    request = urllib.request.Request(f"{server.url}/_sundog/clock", body, method="POST")
    with urllib.request.urlopen(request, timeout=1_200) as answer:
        answer.read()


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

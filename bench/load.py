"""A load generator that costs little: raw HTTP/1.1 over a fixed number of connections, in its own process.

Usage: python -m bench.load HOST:PORT CONNECTIONS SECONDS < request   (the bytes of one HTTP request)
Prints one JSON line: requests a second, latency percentiles in milliseconds, answers that were not 200.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop


class Connection(asyncio.Protocol):
    """Sends the request again as soon as it is answered, until told to stop."""

    def __init__(self, request: bytes, latencies: list[float], failures: list[bytes]) -> None:
        self.request, self.latencies, self.failures = request, latencies, failures
        self.buffer, self.stopped = b"", False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.send()

    def send(self) -> None:
        self.started = time.perf_counter()
        self.transport.write(self.request)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : (head + b"\r\n").find(b"\r\n", at)]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        if head[9:12] != b"200":
            self.failures.append(self.buffer[:400])
        self.latencies.append(time.perf_counter() - self.started)
        self.buffer = b""
        if not self.stopped:
            self.send()


async def load(host: str, port: int, connections: int, seconds: float, request: bytes) -> dict:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    failures: list[bytes] = []
    made = [
        (await loop.create_connection(lambda: Connection(request, latencies, failures), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(min(0.5, seconds / 4))
    latencies.clear()
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    took, done = time.perf_counter() - started, sorted(latencies)
    for connection in made:
        connection.stopped = True
        connection.transport.close()
    return {
        "rate": len(done) / took,
        "p50_ms": done[len(done) // 2] * 1000 if done else 0,
        "p99_ms": done[len(done) * 99 // 100] * 1000 if done else 0,
        "failed": len(failures),
        "failure": failures[0].decode("latin-1") if failures else "",
    }


if __name__ == "__main__":
    host, _, port = sys.argv[1].partition(":")
    result = uvloop.run(load(host, int(port), int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read()))
    print(json.dumps(result))

"""What an execution environment costs by itself, without HTTP in front; each figure beside its floor.

Usage: python -m bench.environments [--json] [COLD_STARTS] [INVOCATIONS]

The floors are measured in the same run, as the machine may be busy: a process that does nothing (`true`), an
interpreter that does nothing, one round trip of bytes over loopback.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import uvloop

from sundog.clock import Clock
from sundog.compute.contract import Credentials, FunctionSpec, Invocation, LogLine
from sundog.compute.interpreters import Interpreters
from sundog.compute.local import LocalEngine
from sundog.ids import RandomIds

PYTHON = "def handler(event, context):\n    return event\n"
BOTO3 = "import boto3\nfrom botocore.config import Config\n" + PYTHON
NODE = "exports.handler = async (event) => event;\n"
CUSTOM = r"""
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static char in[1 << 16], out[1 << 16];
int main(void) {
    char host[64]; strcpy(host, getenv("AWS_LAMBDA_RUNTIME_API"));
    char *colon = strchr(host, ':'); *colon = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, host, &to.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&to, sizeof to)) return 1;
    for (;;) {
        const char *next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
        if (write(s, next, strlen(next)) < 0) return 2;
        int n = read(s, in, sizeof in - 1); if (n <= 0) return 0; in[n] = 0;
        char id[64] = {0}; sscanf(strcasestr(in, "lambda-runtime-aws-request-id:") + 30, " %63[^\r]", id);
        int size = sprintf(out, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", id);
        if (write(s, out, size) < 0 || read(s, in, sizeof in - 1) <= 0) return 3;
    }
}
"""
PARALLEL = 50
LARGE_MB = 512
"""boto3 alone takes more than half of the smallest size."""


@dataclass
class Figure:
    name: str
    value: float
    unit: str
    p99: float | None = None
    target: float | None = None
    floor: float | None = None
    floor_name: str = ""

    def text(self) -> str:
        tail = f"  p99 {self.p99:.2f}" if self.p99 is not None else ""
        goal = f"  (target {self.target:g})" if self.target is not None else ""
        return f"{self.value:.2f} {self.unit}{tail}{goal}"

    def beside(self) -> str:
        return (
            f"{self.floor_name} {self.floor:.2f} ms; ratio {self.value / self.floor:.1f}"
            if self.floor
            else ""
        )


class Nowhere:
    """A LogSink."""

    def write(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        return None


async def _credentials(_: FunctionSpec) -> Credentials:
    return Credentials("key", "secret", "token")


class Bench:
    def __init__(self, engine: LocalEngine, folder: Path, cold: int, warm: int) -> None:
        self.engine, self.folder, self.cold, self.warm = engine, folder, cold, warm
        self.figures: list[Figure] = []

    def spec(
        self, name: str, runtime: str, file: str, content: str | bytes, memory_mb: int = 128
    ) -> FunctionSpec:
        code = self.folder / name
        code.mkdir()
        (code / file).write_bytes(content.encode() if isinstance(content, str) else content)
        (code / file).chmod(0o755)
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
        return FunctionSpec(
            arn,
            name,
            "$LATEST",
            "0",
            "000000000000",
            "us-east-1",
            runtime,
            "app.handler",
            code,
            memory_mb,
            10,
        )

    async def invoke(self, spec: FunctionSpec) -> float:
        began = time.perf_counter()
        outcome = await self.engine.invoke(spec, Invocation("id", b"{}", spec.arn))
        assert outcome.function_error is None, outcome.payload
        return (time.perf_counter() - began) * 1000

    async def cold_starts(
        self, spec: FunctionSpec, target: float, floor: Callable[[], float], named: str
    ) -> None:
        await self.invoke(spec)
        times, floors = [], []
        for n in range(1, self.cold + 1):
            await asyncio.sleep(0.15)  # a spare is made meanwhile, as between real cold starts
            times.append(await self.invoke(replace(spec, revision=str(n))))
            await self.engine.retire(spec.arn)
            floors.append(floor())
        self.add(f"cold start, {spec.name}", times, target, statistics.median(floors), named)

    async def warm_invocations(self, spec: FunctionSpec, target: float, floor: float) -> None:
        await self.invoke(spec)
        times = [await self.invoke(spec) for _ in range(self.warm)]
        self.add(f"warm invocation, {spec.name}", times, target, floor, "round trip over loopback")

    async def parallel(self, spec: FunctionSpec, target: float) -> None:
        await self.invoke(spec)
        rounds, floors = [], []
        for n in range(3):
            began = time.perf_counter()
            await asyncio.gather(*(self.invoke(replace(spec, revision=f"p{n}")) for _ in range(PARALLEL)))
            rounds.append((time.perf_counter() - began) * 1000)
            await self.engine.retire(spec.arn)
            await asyncio.sleep(0.5)
            floors.append(_together(PARALLEL, ["/bin/true"]))
        name = f"{PARALLEL} cold starts at once, {spec.name}"
        self.add(name, rounds, target, statistics.median(floors), f"{PARALLEL} × true at once")

    async def idle_memory(self, spec: FunctionSpec, target: float) -> None:
        await self.invoke(spec)
        await asyncio.sleep(0.1)
        (environment,) = next(free for key, free in self.engine._pool._free.items() if key[0] == spec.arn)
        tree = environment._tree
        assert tree is not None
        private = sum(_private_kb(pid) for pid in (tree.init_pid, *tree.pids.values())) / 1024
        self.figures.append(
            Figure(f"private memory of an idle environment, {spec.name}", private, "MB", None, target)
        )

    def add(self, name: str, times: list[float], target: float, floor: float, floor_name: str) -> None:
        times.sort()
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        self.figures.append(Figure(name, statistics.median(times), "ms", p99, target, floor, floor_name))


def _private_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    wanted = ("Private_Clean:", "Private_Dirty:")
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(wanted))


def _process(*command: str) -> Callable[[], float]:
    def run() -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True)
        return (time.perf_counter() - began) * 1000

    return run


def _together(count: int, command: list[str]) -> float:
    began = time.perf_counter()
    for process in [subprocess.Popen(command) for _ in range(count)]:
        process.wait()
    return (time.perf_counter() - began) * 1000


async def _round_trip(count: int) -> float:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    times = []
    for _ in range(count):
        began = time.perf_counter()
        writer.write(b"x" * 200)
        await reader.read(4096)
        times.append((time.perf_counter() - began) * 1000)
    writer.close()
    server.close()
    return statistics.median(times)


def _compile(folder: Path) -> bytes | None:
    source, program = folder / "custom.c", folder / "custom"
    source.write_text(CUSTOM)
    command = ["cc", "-static", "-O1", "-w", "-D_GNU_SOURCE", "-o", str(program), str(source)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return program.read_bytes()


async def measure(cold: int, warm: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = LocalEngine(
            Clock(), RandomIds(), endpoint_url=lambda: "", logs=Nowhere(), credentials=_credentials,
            work_dir=folder / "work",
        )  # fmt: skip
        await engine.start()
        bench = Bench(engine, folder, cold, warm)
        python = str(Interpreters().pythons[11].path) if 11 in Interpreters().pythons else sys.executable
        plain = bench.spec("python", "python3.11", "app.py", PYTHON)
        await bench.cold_starts(plain, 12, _process(python, "-I", "-S", "-c", "pass"), "python -I -S")
        await bench.cold_starts(
            bench.spec("python with boto3", "python3.11", "app.py", BOTO3, LARGE_MB), 15,
            _process(python, "-I", "-S", "-c", "pass"), "python -I -S",
        )  # fmt: skip
        if (node := Interpreters().node) is not None:
            spec = bench.spec("node with a spare", "nodejs20.x", "app.js", NODE)
            await bench.cold_starts(spec, 15, _process(str(node.path), "-e", "0"), "node -e 0")
        if (program := _compile(folder)) is not None:
            custom = bench.spec("provided", "provided.al2023", "bootstrap", program)
            await bench.cold_starts(custom, 8, _process("/bin/true"), "true")
        await bench.parallel(plain, 400)
        await bench.warm_invocations(plain, 0.4, await _round_trip(2000))
        await bench.idle_memory(plain, 8)
        await engine.stop()
        return bench.figures


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    cold = int(arguments[0]) if arguments else 30
    warm = int(arguments[1]) if len(arguments) > 1 else 3000
    figures = uvloop.run(measure(cold, warm))
    if "--json" in sys.argv:
        print(json.dumps([{**asdict(f), "text": f.text(), "beside": f.beside()} for f in figures]))
        return
    for figure in figures:
        print(f"{figure.name:52} {figure.text():44} {figure.beside()}")


if __name__ == "__main__":
    main()

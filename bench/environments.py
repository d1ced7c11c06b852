"""What an execution environment costs by itself, without HTTP in front: cold starts and warm invocations.

Usage: python -m bench.environments [COLD_STARTS] [INVOCATIONS]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import uvloop

from sundog.clock import Clock
from sundog.compute.contract import Credentials, FunctionSpec, Invocation, LogLine
from sundog.compute.local import LocalEngine
from sundog.ids import RandomIds

SOURCES = {
    "python3.11": {"app.py": "def handler(event, context):\n    return event\n"},
    "nodejs20.x": {"app.js": "exports.handler = async (event) => event;\n"},
}


class Nowhere:
    """A LogSink."""

    def write(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        return None


async def _credentials(_: FunctionSpec) -> Credentials:
    return Credentials("key", "secret", "token")


def _spec(folder: Path, runtime: str) -> FunctionSpec:
    code = folder / runtime
    code.mkdir()
    for name, text in SOURCES[runtime].items():
        (code / name).write_text(text)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{runtime}"
    return FunctionSpec(
        arn, runtime, "$LATEST", "0", "000000000000", "us-east-1", runtime, "app.handler", code, 128, 3
    )


async def _time(engine: LocalEngine, spec: FunctionSpec) -> float:
    began = time.perf_counter()
    outcome = await engine.invoke(spec, Invocation("id", b"{}", spec.arn))
    assert outcome.function_error is None, outcome.payload
    return (time.perf_counter() - began) * 1000


def _say(what: str, times: list[float]) -> None:
    times.sort()
    p99 = times[int(len(times) * 0.99)]
    print(f"{what:32} p50 {statistics.median(times):7.3f} ms   p99 {p99:7.3f} ms   n {len(times)}")


async def _measure(runtime: str, cold: int, warm: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = LocalEngine(
            Clock(), RandomIds(), endpoint_url=lambda: "", logs=Nowhere(), credentials=_credentials,
            work_dir=folder / "work",
        )  # fmt: skip
        await engine.start()
        spec = _spec(folder, runtime)
        await _time(engine, spec)
        times = []
        for n in range(1, cold + 1):
            await asyncio.sleep(0.15)  # a spare is made meanwhile, as between real cold starts
            times.append(await _time(engine, replace(spec, revision=str(n))))
            await engine.retire(spec.arn)
        _say(f"{runtime} cold, first answer", times)
        await _time(engine, spec)
        _say(f"{runtime} warm", [await _time(engine, spec) for _ in range(warm)])
        await engine.stop()


def main() -> None:
    cold = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    warm = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    for runtime in SOURCES:
        uvloop.run(_measure(runtime, cold, warm))


if __name__ == "__main__":
    main()

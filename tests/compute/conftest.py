"""Real environments on this machine: `yard` deploys functions from source text and invokes them."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sundog.clock import Clock
from sundog.compute.contract import Credentials, FunctionSpec, Invocation, LogLine, Outcome
from sundog.compute.local import LocalEngine
from sundog.compute.zygote import Walls
from sundog.ids import SeededIds

ACCOUNT, REGION = "000000000000", "us-east-1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop for all: environments and zygotes live on between tests."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Lines:
    """A LogSink that remembers."""

    by_stream: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def write(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        self.by_stream.setdefault((spec.name, stream), []).extend(line.message for line in lines)

    def of(self, spec: FunctionSpec) -> list[str]:
        return [line for (name, _), lines in self.by_stream.items() if name == spec.name for line in lines]


@dataclass
class Ran:
    outcome: Outcome
    request_id: str

    @property
    def value(self) -> Any:
        return json.loads(self.outcome.payload)

    @property
    def tail(self) -> str:
        return self.outcome.log_tail.decode()


class Yard:
    def __init__(self, engine: LocalEngine, lines: Lines, folder: Path) -> None:
        self.engine, self.lines, self.folder = engine, lines, folder
        self._ids = SeededIds(7)
        self._count = itertools.count()

    def python(self, source: str, **more: Any) -> FunctionSpec:
        return self.deploy({"app.py": source}, "python3.11", **more)

    def node(self, source: str, file: str = "app.js", **more: Any) -> FunctionSpec:
        return self.deploy({file: source}, "nodejs20.x", **more)

    def custom(self, bootstrap: str, **more: Any) -> FunctionSpec:
        return self.deploy({"bootstrap": bootstrap}, "provided.al2023", **more)

    def deploy(self, files: dict[str, str], runtime: str, **more: Any) -> FunctionSpec:
        name = f"function-{next(self._count)}"
        spec = FunctionSpec(
            arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            name=name,
            version="$LATEST",
            revision="1",
            account=ACCOUNT,
            region=REGION,
            runtime=runtime,
            handler="app.handler",
            code_dir=self.write(name, files),
            memory_mb=128,
            timeout_s=10,
        )
        return replace(spec, **more)

    def layer(self, files: dict[str, str]) -> Path:
        return self.write(f"layer-{next(self._count)}", files)

    def write(self, name: str, files: dict[str, str]) -> Path:
        """A folder with these files, all of which may be executed."""
        folder = self.folder / name
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            target.chmod(0o755)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def invoke(self, spec: FunctionSpec, event: object = None, **more: Any) -> Ran:
        request_id = self._ids.uuid()
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        outcome = await self.engine.invoke(spec, Invocation(request_id, payload, spec.arn, **more))
        return Ran(outcome, request_id)

    def log(self, spec: FunctionSpec) -> str:
        return "".join(self.lines.of(spec))


async def _credentials(spec: FunctionSpec) -> Credentials:
    return Credentials("AKIDEXAMPLE", "secret", f"token-of-{spec.name}")


@asynccontextmanager
async def open_yard(
    folder: Path, walls: Walls = "namespaces", home: Path | None = None, spares: int = 1
) -> AsyncIterator[Yard]:
    lines = Lines()
    engine = LocalEngine(
        Clock(),
        SeededIds(3),
        endpoint_url=lambda: "http://127.0.0.1:4566",
        logs=lines,
        credentials=_credentials,
        work_dir=folder / "work",
        walls=walls,
        home=home,
        spares=spares,
    )
    await engine.start()
    try:
        yield Yard(engine, lines, folder / "code")
    finally:
        await engine.stop()


@pytest.fixture
def own_yard(tmp_path: Path) -> Any:
    """Opens an engine of the test's own: an asynchronous context manager."""
    return lambda **more: open_yard(tmp_path, **more)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    async with open_yard(tmp_path_factory.mktemp("yard")) as yard:
        yield yard


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["landlock", "none"])
async def weak_yard(request: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    """An engine on a machine that refuses namespaces."""
    async with open_yard(tmp_path_factory.mktemp(request.param), request.param) as yard:
        yield yard

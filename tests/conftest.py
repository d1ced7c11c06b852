"""What every test may ask for: `world` (a whole sundog in process), its `clock`, and `client(service)`."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from hypothesis import settings

from sundog.clock import Clock
from sundog.compute.doctor import diagnose
from sundog.config import Config
from sundog.ids import SeededIds
from sundog.protocol.models import Models
from sundog.testing.client import Client
from sundog.testing.postgres import PostgresServer, wipe
from sundog.testing.world import World

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):  # the same examples for everybody: what fails there fails here too
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=("sqlite", "postgres"), default="sqlite", help="database of `world`")


@functools.cache
def refused_walls() -> str:
    """Why this machine cannot give functions a root of their own, as `sundog doctor` finds; else empty."""
    reasons = [f.text for f in diagnose(os.environ) if f.subject == "sandbox: namespaces"]
    return reasons[0] if reasons else ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("walls") and (reason := refused_walls()):
        pytest.skip(f"needs namespaces for functions: {reason}")


@pytest.fixture(scope="session")
def models() -> Models:
    """botocore's models and what was compiled from them: the same for all worlds, so made once."""
    return Models()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """A database without rows; its tables stay from test to test."""
    url = postgres_server.url()
    wipe(url)
    return url


@pytest.fixture
def config(request: pytest.FixtureRequest) -> Config:
    """The world's configuration; a test module may override it with its own fixture."""
    if request.config.getoption("--store") == "postgres":
        return Config(port=0, store=request.getfixturevalue("postgres_url"), ephemeral=True)
    return Config(port=0, ephemeral=True)


@pytest.fixture
async def world(config: Config, models: Models) -> AsyncIterator[World]:
    async with World(config, models=models, ids=SeededIds(1)) as world:
        yield world


@pytest.fixture
def clock(world: World) -> Clock:
    return world.clock


@pytest.fixture
def client(world: World) -> Callable[..., Client]:
    return world.client

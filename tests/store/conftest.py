"""The three stores that keep the same promises, and a table to keep them with."""

from pathlib import Path

import psycopg
import pytest

from sundog.clock import TEST_START_MS, Clock
from sundog.store import load_queries
from sundog.store.postgres import PostgresStore
from sundog.store.sqlite import SqliteStore

SQL = load_queries(Path(__file__).with_name("queries.sql"))
TABLES = """
create table thing (
    id integer primary key autoincrement,
    name text not null unique,
    value integer not null default 0,
    data blob,
    weight real
);
"""


class Kind:
    """How to make one kind of store, twice over the same data if asked."""

    def __init__(self, name, make, is_durable=True):
        self.name, self.make, self.is_durable = name, make, is_durable

    def __repr__(self):
        return self.name


@pytest.fixture(scope="session")
def store_database(postgres_server):
    return postgres_server.create("store_tests")


@pytest.fixture(params=["memory", "file", "postgres"])
def kind(request, tmp_path):
    if request.param == "postgres":
        url = request.getfixturevalue("store_database")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")
        return Kind("postgres", lambda clock: PostgresStore(clock, url, node="a", connections_max=4))
    path = tmp_path / "sundog.db" if request.param == "file" else None
    return Kind(request.param, lambda clock: SqliteStore(clock, path), is_durable=path is not None)


@pytest.fixture
def clock():
    return Clock(frozen_at_ms=TEST_START_MS)


@pytest.fixture
async def store(kind, clock):
    store = kind.make(clock)
    await store.open()
    await store.migrate("test", [(1, TABLES)])
    yield store
    await store.close()


@pytest.fixture
def sql():
    return SQL


@pytest.fixture
def add(store, sql):
    """``await add("a")``: a row in a transaction of its own."""

    async def add(name, value=0):
        async with store.transaction() as tx:
            await tx.run(sql["insert_thing"], name=name, value=value)

    return add


@pytest.fixture
def names(store, sql):
    """``await names()``: what is there, as the next transaction sees it."""

    async def names():
        async with store.transaction() as tx:
            return [row["name"] for row in await tx.all(sql["things"])]

    return names

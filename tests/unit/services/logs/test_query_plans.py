"""Reads cost what they give, not what is stored: on SQLite each walks an index in the order it needs."""

import sqlite3
from pathlib import Path

import pytest

from sundog.services import logs
from sundog.services.logs.groups import SQL

FOLDER = Path(logs.__file__).parent
READS = [
    "target_stream",
    "group",
    "stream",
    "stream_by_id",
    "stream_names",
    "streams_by_name",
    "streams_by_name_descending",
    "streams_by_time",
    "streams_by_time_descending",
    "group_chunks",
    "group_chunks_descending",
    "stream_chunks",
    "stream_chunks_descending",
    "chunk",
    "group_filters",
    "documents",
    "groups_by_prefix",
    "chunk_of_group",
    "query",
    "count_active_queries",
    "queries_by_time",
    "queries_by_status",
    "query_pages",
]


@pytest.fixture(scope="module")
def database():
    with sqlite3.connect(":memory:") as database:
        for script in sorted(FOLDER.joinpath("schema").glob("*.sql")):
            database.executescript(script.read_text())
        yield database
    database.close()


class Anything(dict):
    """A value for every name: a plan does not depend on them."""

    def __missing__(self, name):
        return 1


@pytest.mark.parametrize("name", READS)
def test_a_read_searches_an_index_and_sorts_nothing(database, name):
    plan = [row[3] for row in database.execute(f"explain query plan {SQL[name].sqlite}", Anything())]
    assert plan
    assert all(step.startswith("SEARCH") for step in plan), plan


@pytest.mark.parametrize("kind", ["group", "stream"])
@pytest.mark.parametrize("order", ["", "_descending"])
def test_batches_outside_the_time_are_passed_in_the_index_alone(database, kind, order):
    statement = SQL[f"{kind}_chunks{order}"].sqlite
    (step,) = [row[3] for row in database.execute(f"explain query plan {statement}", Anything())]
    assert ("min_ms>? AND min_ms<?" if not order else "max_ms>? AND max_ms<?") in step, step

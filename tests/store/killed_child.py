"""Writes rows, tells which were answered, and kills itself with a batch open: ``PATH COUNT``."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sundog.clock import Clock
from sundog.store import load_queries
from sundog.store.sqlite import SqliteStore

SQL = load_queries(Path(__file__).with_name("queries.sql"))
SCRIPT = "create table thing (id integer primary key, name text unique, value integer)"


async def write(store, name, *, then_die=False):
    async with store.transaction() as tx:
        await tx.run(SQL["insert_thing"], name=name, value=0)
        if then_die:
            os.kill(os.getpid(), signal.SIGKILL)
    print(name, flush=True)


async def main(path, count):
    store = SqliteStore(Clock(), path)
    await store.open()
    await store.migrate("test", [(1, SCRIPT)])
    names = iter(range(count))
    while batch := [name for _, name in zip(range(20), names, strict=False)]:
        await asyncio.gather(*(write(store, f"n{name}") for name in batch))
    dying = [write(store, f"lost{n}", then_die=n == 9) for n in range(10)]
    await asyncio.gather(*dying)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))

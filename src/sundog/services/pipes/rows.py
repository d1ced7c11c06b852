"""Rows to values and back, and finding pipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.pipes.errors import NotFoundException
from sundog.services.pipes.model import Pipe
from sundog.store import Row, Transaction, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
PREFIX_END = "\U0010ffff"


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def to_pipe(row: Row) -> Pipe:
    return Pipe(
        Scope(row["account"], row["region"]),
        row["name"],
        row["revision"],
        orjson.loads(row["body"]),
        row["desired_state"],
        row["current_state"],
        row["reason"],
        orjson.loads(row["tags"]),
        row["created_ms"],
        row["modified_ms"],
    )


def pipe_values(pipe: Pipe) -> dict[str, Any]:
    return {
        **scope_key(pipe.scope),
        "name": pipe.name,
        "revision": pipe.revision,
        "source": pipe.body["Source"],
        "target": pipe.body["Target"],
        "body": orjson.dumps(pipe.body).decode(),
        "desired": pipe.desired,
        "current": pipe.current,
        "reason": pipe.reason,
        "tags": orjson.dumps(pipe.tags).decode(),
        "created_ms": pipe.created_ms,
        "modified_ms": pipe.modified_ms,
    }


async def load_pipe(ctx: Context, tx: Transaction, name: str) -> Pipe:
    row = await tx.one(SQL["pipe"], **scope_key(ctx.scope), name=name)
    if row is None:
        raise NotFoundException(name=name)
    return to_pipe(row)

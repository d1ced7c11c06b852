"""Rows to values and back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.stepfunctions.model import Activity, Machine, Started
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


def write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def arn_key(arn: Arn, name: str) -> dict[str, str]:
    return {"account": arn.account, "region": arn.region, "name": name}


def to_machine(row: Row) -> Machine:
    scope = Scope(row["account"], row["region"])
    return Machine(
        scope, row["name"], orjson.loads(row["body"]), orjson.loads(row["tags"]), row["created_ms"]
    )


def machine_values(machine: Machine | Activity) -> dict[str, Any]:
    return {
        **scope_key(machine.scope),
        "name": machine.name,
        "body": write_json(machine.body),
        "tags": write_json(machine.tags),
        "created_ms": machine.created_ms,
    }


def to_activity(row: Row) -> Activity:
    scope = Scope(row["account"], row["region"])
    return Activity(
        scope, row["name"], orjson.loads(row["body"]), orjson.loads(row["tags"]), row["created_ms"]
    )


def to_started(row: Row, definition: str | None = None) -> Started:
    """Lists do not read the ``definition``, which has a table of its own."""
    body = orjson.loads(row["body"])
    if definition is not None:
        body["definition"] = definition
    return Started(
        Scope(row["account"], row["region"]),
        row["machine"],
        row["name"],
        row["arn"],
        row["status"],
        row["started_ms"],
        row["stopped_ms"],
        body,
        row["state"],
        row["id"],
    )


def started_values(started: Started) -> dict[str, Any]:
    return {
        **scope_key(started.scope),
        "machine": started.machine,
        "name": started.name,
        "arn": started.arn,
        "status": started.status,
        "started_ms": started.started_ms,
        "stopped_ms": started.stopped_ms,
        "body": write_json({name: part for name, part in started.body.items() if name != "definition"}),
        "state": started.state,
    }


def definition_id(started: Started) -> str:
    text: str = started.body["definition"]
    return hashlib.sha256(text.encode()).hexdigest()

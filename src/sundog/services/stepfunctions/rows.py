"""Rows to values and back."""

from __future__ import annotations

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


def to_started(row: Row) -> Started:
    return Started(
        Scope(row["account"], row["region"]),
        row["machine"],
        row["name"],
        row["arn"],
        row["status"],
        row["started_ms"],
        row["stopped_ms"],
        orjson.loads(row["body"]),
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
        "body": write_json(started.body),
        "state": started.state,
    }

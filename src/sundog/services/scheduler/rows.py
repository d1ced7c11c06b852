"""Rows to values and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.scheduler.model import Group, Schedule
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
PREFIX_END = "\U0010ffff"


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def schedule_key(scope: Scope, group: str, name: str) -> dict[str, str]:
    return {**scope_key(scope), "group_name": group, "name": name}


def to_group(row: Row) -> Group:
    return Group(
        Scope(row["account"], row["region"]),
        row["name"],
        row["state"],
        orjson.loads(row["tags"]),
        row["created_ms"],
        row["modified_ms"],
    )


def to_schedule(row: Row) -> Schedule:
    return Schedule(
        Scope(row["account"], row["region"]),
        row["group_name"],
        row["name"],
        row["revision"],
        orjson.loads(row["body"]),
        row["anchor_ms"],
        row["created_ms"],
        row["modified_ms"],
    )


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    return {
        **schedule_key(schedule.scope, schedule.group, schedule.name),
        "revision": schedule.revision,
        "state": schedule.state,
        "body": orjson.dumps(schedule.body).decode(),
        "anchor_ms": schedule.anchor_ms,
        "created_ms": schedule.created_ms,
        "modified_ms": schedule.modified_ms,
    }

"""Alarms in the store."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.cloudwatch.model import Alarm
from sundog.services.cloudwatch.series import SQL
from sundog.store import Row, Transaction


def to_alarm(row: Row) -> Alarm:
    return Alarm(
        row["id"],
        Scope(row["account"], row["region"]),
        row["name"],
        row["type"],
        orjson.loads(row["configuration"]),
        row["state"],
        row["reason"],
        row["reason_data"],
        bool(row["actions_enabled"]),
        row["configured_ms"],
        row["updated_ms"],
        row["transitioned_ms"],
        orjson.loads(row["tags"]),
    )


def key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


async def find_alarm(tx: Transaction, scope: Scope, name: str) -> Alarm | None:
    row = await tx.one(SQL["alarm"], **key(scope), name=name)
    return None if row is None else to_alarm(row)


async def lock_alarm(tx: Transaction, scope: Scope, name: str) -> Alarm | None:
    """The alarm, which nobody else changes until the end of this transaction."""
    await tx.run(SQL["touch_alarm"], **key(scope), name=name)
    return await find_alarm(tx, scope, name)


async def add_history(
    tx: Transaction, alarm: Alarm, type: str, now_ms: int, summary: str, data: dict[str, Any]
) -> None:
    await tx.run(
        SQL["insert_history"],
        **key(alarm.scope),
        alarm=alarm.name,
        alarm_type=alarm.type,
        type=type,
        happened_ms=now_ms,
        summary=summary[:255],
        data=orjson.dumps(data).decode(),
    )

"""Rows to values and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.scope import Scope
from sundog.services.events.model import Bus, Rule, RuleTarget
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


def write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def bus_key(scope: Scope, bus: str) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "bus": bus}


def to_bus(row: Row) -> Bus:
    return Bus(
        Scope(row["account"], row["region"]),
        row["name"],
        orjson.loads(row["body"]),
        row["policy"],
        orjson.loads(row["tags"]),
        row["created_ms"],
        row["modified_ms"],
    )


def bus_values(bus: Bus) -> dict[str, Any]:
    return {
        **scope_key(bus.scope),
        "name": bus.name,
        "body": write_json(bus.body),
        "policy": bus.policy,
        "tags": write_json(bus.tags),
        "created_ms": bus.created_ms,
        "modified_ms": bus.modified_ms,
    }


def to_rule(row: Row) -> Rule:
    return Rule(
        Scope(row["account"], row["region"]),
        row["bus"],
        row["name"],
        row["pattern"],
        row["schedule"],
        row["state"],
        orjson.loads(row["body"]),
        orjson.loads(row["tags"]),
        row["created_ms"],
    )


def rule_values(rule: Rule) -> dict[str, Any]:
    return {
        **bus_key(rule.scope, rule.bus),
        "name": rule.name,
        "pattern": rule.pattern,
        "schedule": rule.schedule,
        "state": rule.state,
        "body": write_json(rule.body),
        "tags": write_json(rule.tags),
        "created_ms": rule.created_ms,
    }


def to_target(row: Row) -> RuleTarget:
    return RuleTarget(row["rule"], row["id"], row["arn"], orjson.loads(row["body"]))

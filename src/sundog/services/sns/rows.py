"""Rows to values and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.sns.model import Subscription, Topic
from sundog.store import Row, load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))


def write_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def scope_key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def topic_key(arn: Arn) -> dict[str, str]:
    return {"account": arn.account, "region": arn.region, "name": arn.resource}


def topic_part(arn: Arn) -> dict[str, str]:
    """The columns by which other tables name the topic."""
    return {"account": arn.account, "region": arn.region, "topic": arn.resource}


def to_topic(row: Row) -> Topic:
    return Topic(
        Scope(row["account"], row["region"]),
        row["name"],
        orjson.loads(row["attributes"]),
        orjson.loads(row["tags"]),
        row["created_ms"],
        row["data_protection"],
        row["unsubscribed"],
    )


def to_subscription(row: Row) -> Subscription:
    return Subscription(
        Scope(row["account"], row["region"]),
        row["topic"],
        row["id"],
        row["protocol"],
        row["endpoint"],
        row["owner"],
        row["principal"],
        orjson.loads(row["attributes"]),
        row["token"],
        bool(row["is_confirmed"]),
        bool(row["was_authenticated"]),
        row["created_ms"],
    )


def subscription_values(subscription: Subscription) -> dict[str, Any]:
    return {
        **scope_key(subscription.scope),
        "topic": subscription.topic,
        "id": subscription.id,
        "protocol": subscription.protocol,
        "endpoint": subscription.endpoint,
        "owner": subscription.owner,
        "principal": subscription.principal,
        "attributes": write_json(subscription.attributes),
        "token": subscription.token,
        "is_confirmed": int(subscription.is_confirmed),
        "was_authenticated": int(subscription.was_authenticated),
        "created_ms": subscription.created_ms,
    }

"""Entries of PutEvents: what AWS refuses, entry by entry, and the event that an entry becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.context import Context
from sundog.services.events import limits
from sundog.services.events.errors import ValidationException
from sundog.services.events.model import Event
from sundog.services.events.routing import write_time

REQUIRED = ("Source", "DetailType", "Detail")


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that no event can be made of."""

    code: str
    message: str

    def shown(self) -> dict[str, str]:
        return {"ErrorCode": self.code, "ErrorMessage": self.message}


MALFORMED = Refused("MalformedDetail", "Detail is malformed.")
NOT_AUTHORIZED = Refused("NotAuthorizedForSourceException", "Not authorized for the source.")


def check_size(ctx: Context, entries: list[Mapping[str, Any]]) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    if sum(map(size_of, entries)) > limits.ENTRIES_BYTES_MAX[ctx.config.limits]:
        raise ValidationException(reason="Total size of the entries in the request is over the limit.")


def size_of(entry: Mapping[str, Any]) -> int:
    size = limits.TIME_BYTES if entry.get("Time") is not None else 0
    for member in REQUIRED:
        size += len((entry.get(member) or "").encode())
    return size + sum(len(resource.encode()) for resource in entry.get("Resources") or ())


def make_event(ctx: Context, entry: Mapping[str, Any]) -> Event | Refused:
    for member in REQUIRED:
        if not entry.get(member):
            return Refused(
                "InvalidArgument",
                f"Parameter {member} is not valid. Reason: {member} is a required argument.",
            )
    if entry["Source"].startswith("aws.") and ctx.principal.kind != "service":
        return NOT_AUTHORIZED
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError:
        return MALFORMED
    if not isinstance(detail, dict):
        return MALFORMED
    time_ms = entry.get("Time")
    return {
        "version": "0",
        "id": ctx.ids.uuid(),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": ctx.scope.account,
        "time": write_time(ctx.clock.now_ms() if time_ms is None else time_ms),
        "region": ctx.scope.region,
        "resources": list(entry.get("Resources") or ()),
        "detail": detail,
    }

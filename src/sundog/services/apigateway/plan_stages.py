"""Patches of the stages of a usage plan: ``<api>:<stage>``, and the throttles of their methods."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.services.apigateway.edits import Read
from sundog.services.apigateway.errors import BadRequestException, NotFoundException
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.patching import Change, Edit

_FIXED = 3
"""Segments before the path of the method: ``apiStages``, the stage, ``throttle``."""


def plan_stage(body: Body, change: Change) -> None:
    api_id, stage = _parse_stage(change.value)
    stages = body.setdefault("apiStages", [])
    known = [one for one in stages if (one["apiId"], one["stage"]) == (api_id, stage)]
    if change.op == "remove":
        if not known:
            raise BadRequestException("Invalid API Stage specified")
        stages.remove(known[0])
    elif not known:
        stages.append({"apiId": api_id, "stage": stage})


def plan_throttle(body: Body, change: Change) -> None:
    """All throttles of a stage at once, as JSON."""
    stage = _find_stage(body, change)
    stage.pop("throttle", None)
    if change.op == "replace":
        try:
            throttle = orjson.loads(change.value or "")
        except orjson.JSONDecodeError:
            throttle = None
        if not _is_throttle(throttle):
            raise BadRequestException("Invalid throttle settings specified")
        stage["throttle"] = throttle


def plan_method(body: Body, change: Change) -> None:
    stage = _find_stage(body, change)
    throttle = stage.get("throttle", {})
    if throttle.pop(_method_key(change.segments[_FIXED:]), None) is None:
        raise NotFoundException("Invalid method throttle specified")
    if not throttle:
        stage.pop("throttle", None)


def plan_limit(name: str, read: Read) -> Edit:
    def edit(body: Body, change: Change) -> None:
        throttle = _find_stage(body, change).setdefault("throttle", {})
        key = _method_key(change.segments[_FIXED:-1])
        throttle.setdefault(key, {"burstLimit": 0, "rateLimit": 0.0})[name] = read(change.value or "")

    return edit


def _parse_stage(text: str | None) -> tuple[str, str]:
    parts = (text or "").split(":")
    if len(parts) < 2 or not parts[0] or not parts[1]:
        raise BadRequestException("Invalid API Stage specified")
    return parts[0], parts[1]


def _find_stage(body: Body, change: Change) -> Body:
    api_id, stage = _parse_stage(change.segments[1])
    for one in body.get("apiStages", []):
        if (one["apiId"], one["stage"]) == (api_id, stage):
            found: Body = one
            return found
    raise NotFoundException(f"API Stage not found: {api_id}:{stage}")


def _method_key(segments: tuple[str, ...]) -> str:
    """``/pets/GET``, whether the path was escaped or not."""
    return "/" + "/".join(segments).lstrip("/")


def _is_throttle(throttle: Any) -> bool:
    return isinstance(throttle, dict) and all(
        isinstance(limits, dict)
        and set(limits) <= {"burstLimit", "rateLimit"}
        and all(isinstance(limit, int | float) for limit in limits.values())
        for limits in throttle.values()
    )

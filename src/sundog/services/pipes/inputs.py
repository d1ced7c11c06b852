"""What enrichments and targets are handed for each event, and parameters that are paths into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog.lang.input_path import MISSING, parse_path
from sundog.lang.pipes_template import INGESTION_TIME, find, parse_template, render
from sundog.services.pipes.model import Pipe


def write_inputs(pipe: Pipe, parameters: Mapping[str, Any], events: Sequence[Any], now_ms: int) -> list[str]:
    """The text for each event: by the input template, or the event itself as JSON."""
    text = parameters.get("InputTemplate")
    if not text:
        return [event if isinstance(event, str) else orjson.dumps(event).decode() for event in events]
    template, facts = parse_template(text), _facts(pipe, now_ms)
    return [render(template, event, facts) for event in events]


def join_inputs(inputs: Sequence[str]) -> str:
    """A JSON array of all; what is no JSON becomes a string."""
    return "[" + ",".join(text if _is_json(text) else orjson.dumps(text).decode() for text in inputs) + "]"


def resolve(value: str, event: Any) -> str:
    """A parameter as it is, or what the event has at the path that it names."""
    if not value.startswith("$."):
        return value
    found = find(parse_path(value), event)
    if found is MISSING:
        return ""
    return found if isinstance(found, str) else orjson.dumps(found).decode()


def write_time(at_ms: int) -> str:
    text = datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _facts(pipe: Pipe, now_ms: int) -> dict[str, str]:
    return {
        "aws.pipes.pipe-arn": pipe.arn,
        "aws.pipes.pipe-name": pipe.name,
        "aws.pipes.source-arn": pipe.body["Source"],
        "aws.pipes.enrichment-arn": pipe.body.get("Enrichment") or "",
        "aws.pipes.target-arn": pipe.body["Target"],
        INGESTION_TIME: write_time(now_ms),
    }


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True

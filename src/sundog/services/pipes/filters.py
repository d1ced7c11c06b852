"""Which events a pipe lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sundog.lang.event_pattern import Dialect, Pattern, compile_pattern
from sundog.lang.pipes_template import with_parsed_fields
from sundog.services.pipes.model import Pipe


def read_filters(pipe: Pipe) -> tuple[Pattern, ...]:
    criteria = pipe.body["SourceParameters"].get("FilterCriteria") or {}
    return tuple(compile_pattern(one["Pattern"], Dialect.PIPES) for one in criteria.get("Filters") or ())


def is_wanted(event: Mapping[str, Any], filters: Sequence[Pattern]) -> bool:
    """Whether one of the filters wants the event, whose documents count as JSON where they are JSON."""
    if not filters:
        return True
    parsed = with_parsed_fields(event)
    return any(pattern.matches(parsed) for pattern in filters)

"""Filters of event source mappings: which records a function gets at all.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.lang.event_pattern import Dialect, Pattern, compile_pattern


@dataclass(frozen=True, slots=True)
class Filter:
    """One pattern. ``wants_json`` says which data it is about at all; None: it does not look at them."""

    pattern: Pattern
    wants_json: bool | None


def read_filters(criteria: Mapping[str, Any], member: str) -> tuple[Filter, ...]:
    """``member`` is where the data of a record stand (``body``, ``data``, ``value``); empty for none."""
    return tuple(_read_filter(one["Pattern"], member) for one in criteria.get("Filters") or ())


def _read_filter(text: str, member: str) -> Filter:
    data = orjson.loads(text).get(member) if member else None
    wants_json = None if data is None else isinstance(data, dict)
    return Filter(compile_pattern(text, Dialect.LAMBDA), wants_json)


def is_wanted(view: Mapping[str, Any], filters: Sequence[Filter], member: str) -> bool:
    """Whether a filter wants the record; without filters each is wanted.

    A pattern for JSON never matches plain data, nor the other way round.
    """
    if not filters:
        return True
    is_json = not isinstance(view.get(member), str) if member else True
    return any(one.wants_json in (None, is_json) and one.pattern.matches(view) for one in filters)


def json_or_text(text: str) -> Any:
    """Data as filters see them: an object or a list, or else the text itself."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, dict | list) else text

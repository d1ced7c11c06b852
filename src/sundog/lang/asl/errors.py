"""Retry and Catch of a state."""

from __future__ import annotations

from typing import Any

from sundog.lang.asl.node import Node
from sundog.lang.asl.templates import object_template, template_field
from sundog.lang.asl.tree import Catcher, Field, Retrier
from sundog.lang.jsonpath import InvalidPath, ReferencePath, compile_reference_path

COUNT_MAX = 99_999_999
DELAY_SECONDS_MAX = 31_622_400
_ALL = "States.ALL"
_BACKOFF = ("IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy")


def parse_retriers(node: Node) -> tuple[Retrier, ...]:
    entries = list(node.children("Retry"))
    return tuple(_retrier(entry, is_last=entry is entries[-1]) for entry in entries)


def _retrier(node: Node, *, is_last: bool) -> Retrier:
    node.allow(("ErrorEquals", *_BACKOFF, "Comment"))
    delay = _whole(node, "MaxDelaySeconds", None, 1, DELAY_SECONDS_MAX - 1)
    jitter = node.value.get("JitterStrategy", "NONE")
    if jitter not in ("FULL", "NONE"):
        node.refuse(
            "The field 'JitterStrategy' should have one of these values: [FULL, NONE]", "/JitterStrategy"
        )
        jitter = "NONE"
    return Retrier(
        error_equals=_error_equals(node, is_last=is_last),
        interval_seconds=_whole(node, "IntervalSeconds", 1, 1, COUNT_MAX) or 1,
        max_attempts=_whole(node, "MaxAttempts", 3, 0, COUNT_MAX) or 0,
        backoff_rate=_rate(node),
        max_delay_seconds=delay,
        jitter_strategy=jitter,
    )


def _rate(node: Node) -> float:
    rate = node.value.get("BackoffRate", 2.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
        node.refuse("The field 'BackoffRate' must be greater than or equal to 1.0", "/BackoffRate")
        return 2.0
    return float(rate)


def _whole(node: Node, name: str, default: int | None, least: int, most: int) -> int | None:
    value = node.value.get(name, default)
    if name not in node.value:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        node.refuse(f"The field '{name}' must be an integer between {least} and {most}", f"/{name}")
        return default
    return value


def _error_equals(node: Node, *, is_last: bool) -> tuple[str, ...]:
    if not node.require("ErrorEquals"):
        return ()
    names = node.get("ErrorEquals")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        node.refuse("The field 'ErrorEquals' must be a non-empty array of strings", "/ErrorEquals")
        return ()
    if _ALL in names and (len(names) > 1 or not is_last):
        place = f"/ErrorEquals[{names.index(_ALL)}]"
        node.refuse("States.ALL must appear alone and at end of list", place)
    return tuple(names)


def parse_catchers(node: Node) -> tuple[Catcher, ...]:
    entries = list(node.children("Catch"))
    return tuple(_catcher(entry, is_last=entry is entries[-1]) for entry in entries)


def _catcher(node: Node, *, is_last: bool) -> Catcher:
    mine, other = ("Output", "ResultPath") if node.is_jsonata else ("ResultPath", "Output")
    node.allow(("ErrorEquals", "Next", "Comment", "Assign", mine), (other,))
    node.require("Next")
    output: Field[Any] | None = template_field(node, "Output") if node.is_jsonata else None
    return Catcher(
        error_equals=_error_equals(node, is_last=is_last),
        next=node.text("Next") or "",
        result_path=None if node.is_jsonata else result_path(node),
        output=output,
        assign=object_template(node, "Assign"),
    )


def result_path(node: Node) -> ReferencePath | None:
    """The root where the field is absent; None where it says null."""
    if not node.has("ResultPath"):
        return ReferencePath("$")
    value = node.get("ResultPath")
    if value is None:
        return None
    if isinstance(value, str) and not value.startswith("$$"):
        try:
            return compile_reference_path(value)
        except InvalidPath:
            pass
    node.refuse("Value must be a valid JSONPath.", "/ResultPath")
    return None

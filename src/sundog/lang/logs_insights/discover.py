"""The fields Logs Insights finds in messages by itself: those of JSON, and those of Lambda's own lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sundog.lang.logs_insights.values import Value, write_double

FIELDS_MAX = 200
"""Of one JSON event."""
_DEPTH_MAX = 100
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLATFORM = re.compile(rf"(START|END|REPORT) RequestId: ({_UUID})")
_APPLICATION = re.compile(rf"(?:\[\w+\]\t)?\d{{4}}-\d\d-\d\dT[\d:.]+Z\t({_UUID})\t")
_LAMBDA_GROUP = "/aws/lambda/"
_MEGABYTE = 1_000_000  # @memorySize of 128 MB is 1.28E8


def _plain(text: str) -> str:
    return text


def _number(text: str) -> str:
    return write_double(float(text))


def _bytes(text: str) -> str:
    return write_double(float(text) * _MEGABYTE)


_REPORTED: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("@duration", re.compile(r"\tDuration: ([\d.]+) ms"), _number),
    ("@billedDuration", re.compile(r"\tBilled Duration: ([\d.]+) ms"), _number),
    ("@memorySize", re.compile(r"\tMemory Size: (\d+) MB"), _bytes),
    ("@maxMemoryUsed", re.compile(r"\tMax Memory Used: (\d+) MB"), _bytes),
    ("@initDuration", re.compile(r"\tInit Duration: ([\d.]+) ms"), _number),
    ("@xrayTraceId", re.compile(r"XRAY TraceId: (\S+)"), _plain),
    ("@xraySegmentId", re.compile(r"\tSegmentId: (\S+)"), _plain),
)


def discover(message: str, log: str) -> dict[str, Value]:
    """The fields found in a message, by name."""
    found = _of_lambda(message)
    document = _document(message, _LAMBDA_GROUP in log)
    if document is not None:
        for name, value in _flatten(document, ""):
            if len(found) >= FIELDS_MAX:
                break
            # The prefix @ is AWS's own: a field that brings one gets another.
            found["@" + name if name.startswith("@") else name] = value
    return found


def all_fields(message: str, log: str, system: Mapping[str, str]) -> dict[str, Value]:
    """What is found in the message, and the fields every event has."""
    return discover(message, log) | dict(system)


def _of_lambda(message: str) -> dict[str, Value]:
    platform = _PLATFORM.match(message)
    if platform is None:
        application = _APPLICATION.match(message)
        return {} if application is None else {"@requestId": application[1]}
    found: dict[str, Value] = {"@type": platform[1], "@requestId": platform[2]}
    if platform[1] == "REPORT":
        for name, pattern, write in _REPORTED:
            if figure := pattern.search(message):
                found[name] = write(figure[1])
    return found


def _document(message: str, is_lambda: bool) -> Any:
    """The message as JSON; of a Lambda line also the first JSON fragment inside it."""
    start = message.find("{")
    if start < 0 or (not is_lambda and message[:start].strip()):
        return None
    try:
        document, end = json.JSONDecoder().raw_decode(message, start)
    except (ValueError, RecursionError):
        return None
    if not is_lambda and message[end:].strip():
        return None
    return document if isinstance(document, dict) else None


def _flatten(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Value]]:
    """Leaves by dotted name, items of lists by their index. Numbers stay as they are written."""
    if isinstance(value, dict | list) and depth < _DEPTH_MAX:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in items:
            yield from _flatten(child, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, bool | str):
        yield name, value
    elif isinstance(value, int | float):
        yield name, json.dumps(value)

"""Input templates of EventBridge Pipes: text with ``<$.path>`` and ``<aws.pipes.…>`` in it.

They differ from the input transformer of rules: paths stand in the template itself, and fields that carry
a document as text (the body of a message, the data of a record) are read as JSON where they are JSON.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.input_path import MISSING, InvalidPath, Path, parse_path, select

_PART: Final = re.compile(r'<(\$[^<>\s]*|aws\.pipes\.[a-z.\-]+)>|"|\\.|[^<"\\]+|.', re.DOTALL)
_BASE64_FIELDS: Final = ("data", "key", "value")
EVENT: Final = "aws.pipes.event"
EVENT_JSON: Final = "aws.pipes.event.json"
INGESTION_TIME: Final = "aws.pipes.event.ingestion-time"
RESERVED: Final = frozenset(
    (
        "aws.pipes.pipe-arn",
        "aws.pipes.pipe-name",
        "aws.pipes.source-arn",
        "aws.pipes.enrichment-arn",
        "aws.pipes.target-arn",
        INGESTION_TIME,
        EVENT,
        EVENT_JSON,
    )
)


class InvalidTemplate(Exception):
    """A variable that Pipes does not know, or a path that it cannot read."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable in the template; ``path`` is None for reserved ones. ``quoted``: inside a JSON string."""

    name: str
    path: Path | None
    quoted: bool


Template = tuple[str | Variable, ...]


def parse_template(text: str) -> Template:
    """Raises `InvalidTemplate`."""
    parts: list[str | Variable] = []
    quoted = False
    for found in _PART.finditer(text):
        if found[1]:
            parts.append(_variable(found[1], quoted))
            continue
        if found[0] == '"':
            quoted = not quoted
        parts.append(found[0])
    return tuple(parts)


def _variable(name: str, quoted: bool) -> Variable:
    if not name.startswith("$"):
        if name not in RESERVED:
            raise InvalidTemplate(name)
        return Variable(name, None, quoted)
    try:
        return Variable(name, parse_path(name), quoted)
    except InvalidPath:
        raise InvalidTemplate(name) from None


def render(template: Template, event: Any, facts: Mapping[str, str]) -> str:
    """``facts`` are the reserved variables but for the event itself."""
    parsed = with_parsed_fields(event)
    return "".join(
        part if isinstance(part, str) else _written(_value(part, event, parsed, facts), part.quoted)
        for part in template
    )


def find(path: Path, event: Any) -> Any:
    """The value at ``path`` in the event with its documents read, MISSING where there is none."""
    return select(path, with_parsed_fields(event))


def with_parsed_fields(event: Any) -> Any:
    """The event whose fields that hold JSON as text hold its value."""
    if not isinstance(event, dict):
        return event
    found = dict(event)
    if isinstance(event.get("body"), str):
        found["body"] = _document(event["body"])
    for name in _BASE64_FIELDS:
        if isinstance(event.get(name), str):
            found[name] = _document(_decoded(event[name]))
    return found


def _document(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _value(variable: Variable, event: Any, parsed: Any, facts: Mapping[str, str]) -> Any:
    if variable.path is not None:
        return select(variable.path, parsed)
    if variable.name == EVENT:
        return event
    if variable.name == EVENT_JSON:
        return parsed if isinstance(parsed, dict | list) else MISSING
    return facts.get(variable.name, "")


def _written(value: Any, quoted: bool) -> str:
    if value is MISSING:
        return "" if quoted else '""'
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if not quoted:
        return text
    return text[1:-1] if isinstance(value, str) else json.dumps(text, ensure_ascii=False)[1:-1]

"""EventBridge's input transformer: `compile_template` checks one, a `Transformer` makes a target's input.

A template is JSON with ``<name>`` in it, or a JSON string, or lines of strings. Outside quotes a variable
becomes JSON; inside quotes a string is put in bare and anything else without its quotes, as recorded:
``{a:b,c:d}``, ``[x,y]``, ``true``. A path with nothing there gives ``""`` outside quotes and nothing inside.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.input_path import MISSING, InvalidPath, Path, parse_path, select

RESERVED_PREFIX: Final = "aws."
PREDEFINED: Final = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event.ingestion-time",
        "aws.events.event",
        "aws.events.event.json",
    }
)
VARIABLES_MAX: Final = 100

_VARIABLE: Final = re.compile(r"<([a-zA-Z0-9._\-]+)>")
_NAME: Final = re.compile(r"[a-zA-Z0-9_\-]+")
_PART: Final = re.compile(r'<([a-zA-Z0-9._\-]+)>|"|\\.|[^<"\\]+|.', re.DOTALL)


class InvalidTemplate(Exception):
    """``message`` is what PutTargets answers (ValidationException)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Facts:
    """What the predefined variables say beside the event itself. ``ingestion_time`` is ISO 8601."""

    rule_arn: str
    rule_name: str
    ingestion_time: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``<name>`` in the template, and whether it stands inside a JSON string."""

    name: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Transformer:
    """A checked template. ``transform`` gives the target's input as text."""

    parts: tuple[str | Variable, ...]
    paths: Mapping[str, Path]

    def transform(self, event: dict[str, Any], facts: Facts) -> str:
        written: dict[Variable, str] = {}
        for part in self.parts:
            if isinstance(part, Variable) and part not in written:
                written[part] = _written(self._value(part.name, event, facts), quoted=part.quoted)
        return "".join(part if isinstance(part, str) else written[part] for part in self.parts)

    def _value(self, name: str, event: dict[str, Any], facts: Facts) -> Any:
        if name in self.paths:
            return select(self.paths[name], event)
        match name:
            case "aws.events.rule-arn":
                return facts.rule_arn
            case "aws.events.rule-name":
                return facts.rule_name
            case "aws.events.event.ingestion-time":
                return facts.ingestion_time
            case "aws.events.event":
                return _without_detail(event)
        return event


def _without_detail(event: dict[str, Any]) -> dict[str, Any]:
    """The envelope, with ``detailType`` for ``detail-type`` (recorded)."""
    return {
        "detailType" if key == "detail-type" else key: value
        for key, value in event.items()
        if key != "detail"
    }


def _written(value: Any, *, quoted: bool) -> str:
    if not quoted:
        return '""' if value is MISSING else _compact(value)
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return _compact(value)[1:-1]
    return _bare(value)


def _bare(value: Any) -> str:
    """JSON without quotes around names and strings; what must be escaped inside a string stays escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_bare(key)}:{_bare(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_bare, value)) + "]"
    return _compact(value)[1:-1] if isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def compile_template(target_id: str, paths: Mapping[str, str] | None, template: str) -> Transformer:
    """Check InputPathsMap and InputTemplate of the target ``target_id``; raises `InvalidTemplate`."""
    parsed = {name: _parsed(target_id, name, path) for name, path in (paths or {}).items()}
    if len(parsed) > VARIABLES_MAX:
        raise InvalidTemplate(f"InputPathsMap for target {target_id} has more than {VARIABLES_MAX} entries.")
    for name in _VARIABLE.findall(template):
        if name not in parsed and name not in PREDEFINED:
            raise InvalidTemplate(
                f"InputTemplate for target {target_id} contains invalid placeholder {name}."
            )
    parts = tuple(_parts(template))
    _check_json(target_id, parts)
    return Transformer(parts, parsed)


def _parsed(target_id: str, name: str, path: str) -> Path:
    if name.lower().startswith(RESERVED_PREFIX) or not _NAME.fullmatch(name):
        raise InvalidTemplate(f"InputPathsMap for target {target_id} contains invalid key {name}.")
    try:
        return parse_path(path)
    except InvalidPath:
        raise InvalidTemplate(f"InputPathsMap for target {target_id} contains invalid path {path}.") from None


def _parts(template: str) -> list[str | Variable]:
    """The template cut at its variables, keeping count of the quotes before each."""
    parts: list[str | Variable] = []
    quoted = False
    for found in _PART.finditer(template):
        if found[1]:
            parts.append(Variable(found[1], quoted))
            continue
        if found[0] == '"':
            quoted = not quoted
        if parts and isinstance(parts[-1], str):
            parts[-1] += found[0]
        else:
            parts.append(found[0])
    return parts


def _check_json(target_id: str, parts: tuple[str | Variable, ...]) -> None:
    """With any value in place, a template must be JSON: one value, or one string a line."""
    text = "".join(part if isinstance(part, str) else ("x" if part.quoted else "0") for part in parts)
    if _is_json(text) or all(_is_json(line) for line in text.splitlines() if line.strip()):
        return
    raise InvalidTemplate(f"Invalid InputTemplate for target {target_id} : {text[:100]}.")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

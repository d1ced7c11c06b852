"""The text of a document: JSON or YAML in, JSON or YAML out.

Keys become strings (YAML writers like a bare 200 as a status), timestamps stay the text that they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

NODES_MAX = 500_000
DEPTH_MAX = 200
WHOLE_MIN, WHOLE_MAX = -(2**63), 2**64 - 1
"""What is beyond them no row of ours can hold as a whole number."""


class InvalidDocument(Exception):
    """The text is no document: no JSON or YAML, not an object, or out of all proportion."""


_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):  # type: ignore[misc, valid-type]
    """YAML without timestamps."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(body: bytes) -> dict[str, Any]:
    """The object in ``body``. Raises `InvalidDocument`."""
    try:
        text = body.decode("utf-8-sig")
        loaded = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)
    except (ValueError, RecursionError, yaml.YAMLError):
        loaded = _second_try(body)
    if not isinstance(loaded, dict):
        raise InvalidDocument("not an object")
    document: dict[str, Any] = _Tidy().value(loaded, 0)
    return document


def _second_try(body: bytes) -> Any:
    """What begins like JSON may still be YAML in its flow style."""
    try:
        return yaml.load(body, _Loader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidDocument(str(error)) from None


class _Tidy:
    """Copies what was loaded, so that aliases are no longer shared; counts, because aliases can multiply."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, value: Any, depth: int) -> Any:
        self.count += 1
        if self.count > NODES_MAX or depth > DEPTH_MAX:
            raise InvalidDocument("too large")
        if isinstance(value, dict):
            return {self.key(key): self.value(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, depth + 1) for inner in value]
        if isinstance(value, int) and not WHOLE_MIN <= value <= WHOLE_MAX:
            return self.fraction(value)
        if value is None or isinstance(value, str | bool | int | float):
            return value
        raise InvalidDocument(f"no JSON value: {type(value).__name__}")

    def fraction(self, value: int) -> float:
        try:
            return float(value)
        except OverflowError:
            raise InvalidDocument("a number out of all proportion") from None

    def key(self, key: Any) -> str:
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, str | int | float):
            return str(key)
        raise InvalidDocument("a key is no string")


def write_document(document: Mapping[str, Any], *, as_yaml: bool) -> bytes:
    if as_yaml:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False)
        return f"---\n{text}".encode()
    return json.dumps(document, indent=2, separators=(",", " : "), ensure_ascii=False).encode()


def mapping(value: Any) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one: documents may hold anything anywhere."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The strings of a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """``value`` as a member that API Gateway has as a string: a status may be a number in a document."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def string_map(value: Any) -> dict[str, str]:
    return {key: text(inner) for key, inner in mapping(value).items() if inner is not None}

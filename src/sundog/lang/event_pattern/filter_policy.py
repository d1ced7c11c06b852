"""SNS filter policies where they differ from event patterns: limits, how they are quoted, message attributes.

https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sundog.lang.event_pattern.tokens import END_OF_INPUT, Tokens
from sundog.lang.event_pattern.values import InvalidPattern

KEYS_MAX: Final = 5
COMBINATIONS_MAX: Final = 150
_REDACTED: Final = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"


def rewrite_policy(text: str) -> tuple[str, Any]:
    """The policy without its spaces, as SNS reads and quotes it, and its value."""
    tokens = Tokens(text, _REDACTED)
    depth = 0
    try:
        while tokens.next() != END_OF_INPUT:
            tokens.text()
            depth += (tokens.kind in ("{", "[")) - (tokens.kind in ("}", "]"))
            if depth == 0:
                break
    except InvalidPattern as error:
        raise InvalidPattern(f"failed to parse JSON. {error.message}") from None
    compact = _without_space(text[: tokens.at])
    return compact, json.loads(compact) if compact else None


def _without_space(text: str) -> str:
    kept, quoted, escaped = [], False, False
    for character in text:
        if quoted or character not in " \t\r\n":
            kept.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
    return "".join(kept)


def check_limits(policy: dict[str, Any], *, nested: bool) -> None:
    """At most 5 keys, at most 150 combinations; nested keys only in the scope MessageBody."""
    if not nested and _is_nested(policy):
        raise InvalidPattern("Filter policy scope MessageAttributes does not support nested filter policy")
    if len(_keys(policy)) > KEYS_MAX:
        raise InvalidPattern(f"Filter policy can not have more than {KEYS_MAX} keys")
    if _combinations(policy, 1) > COMBINATIONS_MAX:
        raise InvalidPattern("Filter policy is too complex")


def _alternatives(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [inner for inner in policy.get("$or", ()) if isinstance(inner, dict)]


def _is_nested(policy: Mapping[str, Any]) -> bool:
    return any(isinstance(value, dict) for value in policy.values()) or any(
        _is_nested(inner) for inner in _alternatives(policy)
    )


def _keys(policy: Mapping[str, Any]) -> set[str]:
    """Top-level names, those inside $or too; of a nested policy only the parents count."""
    inner = (_keys(alternative) for alternative in _alternatives(policy))
    return {key for key in policy if key != "$or"}.union(*inner)


def _combinations(policy: Mapping[str, Any], level: int) -> int:
    """The product over the fields of values times nesting level; the alternatives of $or are added up."""
    product = 1
    for key, value in policy.items():
        if key == "$or":
            product *= sum(_combinations(inner, level) for inner in value)
        elif isinstance(value, dict):
            product *= _combinations(value, level + 1)
        else:
            product *= len(value) * level
    return product


def attributes_event(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """SNS message attributes as an event for `Dialect.SNS_ATTRIBUTES`.

    ``String`` is a string, ``Number`` a number, ``String.Array`` what its JSON says (no array: no value),
    ``Binary`` is ignored; a custom suffix after the type (``Number.int``) does not count.
    """
    event: dict[str, Any] = {}
    for name, attribute in attributes.items():
        value = _attribute_value(attribute)
        if value is not None:
            event[name] = value
    return event


def _attribute_value(attribute: Mapping[str, Any]) -> Any:
    kind, text = str(attribute.get("DataType", "")), attribute.get("StringValue")
    if text is None:
        return None
    if kind == "String.Array":
        return _array(text)
    if kind.split(".")[0] == "Number":
        try:
            return float(text)
        except ValueError:
            return None
    return text if kind.split(".")[0] == "String" else None


def _array(text: str) -> list[Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None

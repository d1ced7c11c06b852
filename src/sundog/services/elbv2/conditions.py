"""Conditions and transforms of rules: what they may be, and how AWS shows them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sundog.services.elbv2 import limits
from sundog.services.elbv2.errors import invalid

Condition = Mapping[str, Any]
CONFIGS: Final[Mapping[str, str]] = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "query-string": "QueryStringConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "source-ip": "SourceIpConfig",
}
"""The member of a condition that configures each field."""

_ONCE: Final = ("host-header", "path-pattern", "http-request-method", "source-ip")
_WITH_PATTERNS: Final = ("host-header", "path-pattern", "http-header")
_LENGTH_MAX: Final = 128
_ALLOWED: Final[Mapping[str, re.Pattern[str]]] = {
    "host-header": re.compile(r"[A-Za-z0-9\-_.*?]+"),
    "path-pattern": re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?%!,;=()\[\]#|^{}<> ]+"),
    "http-request-method": re.compile(r"[A-Z_-]{1,40}"),
}
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")
_TOO_MUCH: Final = re.compile(r"\(\?(?:[=!>P]|<[=!])|\\[1-9]|[*+?}]\+|\\p")
"""Lookarounds, named and atomic groups, backreferences, possessive quantifiers, Unicode classes."""


def read_conditions(given: Sequence[Condition]) -> list[dict[str, Any]]:
    conditions = [_read(condition) for condition in given]
    counted = Counter(condition["Field"] for condition in conditions)
    for field in _ONCE:
        if counted[field] > 1:
            raise invalid(f"A rule can only have '1' '{field}' condition")
    values = [value for condition in conditions for value in values_of(condition)]
    if len(values) > limits.CONDITION_VALUES_MAX:
        raise invalid(f"A rule can only have '{limits.CONDITION_VALUES_MAX}' condition values")
    wildcards = sum(
        _wildcards(value) for one in conditions for value in one[CONFIGS[one["Field"]]].get("Values", ())
    )
    if wildcards > limits.CONDITION_WILDCARDS_MAX:
        raise invalid(f"A rule can only have '{limits.CONDITION_WILDCARDS_MAX}' condition wildcards")
    return conditions


def _wildcards(value: Any) -> int:
    """Of a text, or of the key and value of a query."""
    text = value if isinstance(value, str) else f"{value.get('Key', '')}{value.get('Value', '')}"
    return text.count("*") + text.count("?")


def values_of(condition: Condition) -> list[Any]:
    config = condition[CONFIGS[condition["Field"]]]
    return [*(config.get("Values") or ()), *(config.get("RegexValues") or ())]


def _read(condition: Condition) -> dict[str, Any]:
    field = condition.get("Field")
    if not field:
        raise invalid("A condition field must be specified")
    if field not in CONFIGS:
        raise invalid(f"Condition field '{field}' must be one of '[{', '.join(CONFIGS)}]'")
    if others := [name for name in CONFIGS.values() if name in condition and name != CONFIGS[field]]:
        raise invalid(f"The condition field '{field}' does not match the config '{others[0]}'")
    config = dict(condition.get(CONFIGS[field]) or {})
    plain = [name for name in ("Values", "RegexValues") if condition.get(name)]
    if plain and config:
        raise invalid(f"You cannot specify both values and a config for the condition field '{field}'")
    if plain and field not in _WITH_PATTERNS:
        raise invalid(f"Condition values of the field '{field}' must be specified by '{CONFIGS[field]}'")
    config |= {name: list(condition[name]) for name in plain}
    _check(field, config)
    shown: dict[str, Any] = {"Field": field, CONFIGS[field]: config}
    if field in ("host-header", "path-pattern"):
        shown |= {name: config[name] for name in ("Values", "RegexValues") if config.get(name)}
    return shown


def _check(field: str, config: Mapping[str, Any]) -> None:
    values, patterns = config.get("Values") or [], config.get("RegexValues") or []
    if not values and not patterns:
        raise invalid("A condition value must be specified")
    if patterns and field not in _WITH_PATTERNS:
        raise invalid(f"Regular expressions are not supported for the condition field '{field}'")
    if field == "http-header":
        name = config.get("HttpHeaderName") or ""
        if not _HEADER_NAME.fullmatch(name) or name.lower() == "host":
            raise invalid(f"The HTTP header name '{name}' is not valid")
    for value in values:
        _check_value(field, value)
    for pattern in patterns:
        _check_length(pattern)
        check_regex(pattern)


def _check_value(field: str, value: Any) -> None:
    if field == "query-string":
        if not value.get("Value"):
            raise invalid("A condition value must be specified")
        _check_length(value["Value"])
        _check_length(value.get("Key") or "-")
        return
    if not value:
        raise invalid("A condition value must be specified")
    _check_length(value)
    allowed = _ALLOWED.get(field)
    if allowed is not None and not allowed.fullmatch(value):
        raise invalid(f"Condition value '{value}' contains a character that is not valid")
    if field == "source-ip":
        _check_cidr(value)


def _check_length(value: str) -> None:
    if len(value) > _LENGTH_MAX:
        raise invalid(f"Condition value '{value}' cannot be longer than '{_LENGTH_MAX}' characters")


def _check_cidr(value: str) -> None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise invalid(f"Condition value '{value}' is not a valid CIDR block") from None
    if "/" not in value:
        raise invalid(f"Condition value '{value}' is not a valid CIDR block")


def check_regex(pattern: str) -> None:
    """Only what AWS's regular expressions have."""
    if _TOO_MUCH.search(pattern):
        raise invalid(f"The regular expression '{pattern}' uses a feature that is not supported")
    try:
        re.compile(pattern)
    except re.error:
        raise invalid(f"The regular expression '{pattern}' is not valid") from None


TRANSFORMS: Final[Mapping[str, str]] = {
    "host-header-rewrite": "HostHeaderRewriteConfig",
    "url-rewrite": "UrlRewriteConfig",
}


def read_transforms(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kinds = [transform["Type"] for transform in given]
    if len(set(kinds)) != len(kinds):
        raise invalid("A rule can only have one transform of each type")
    for transform in given:
        rewrites = list((transform.get(TRANSFORMS[transform["Type"]]) or {}).get("Rewrites") or ())
        if len(rewrites) != 1:
            raise invalid("A transform must have exactly one rewrite")
        if max(len(rewrites[0]["Regex"]), len(rewrites[0]["Replace"])) > 1_024:
            raise invalid("A rewrite cannot be longer than '1024' characters")
        check_regex(rewrites[0]["Regex"])
    return [dict(transform) for transform in given]

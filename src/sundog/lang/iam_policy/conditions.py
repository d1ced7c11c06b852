"""The Condition element: every operator, ``IfExists``, ``ForAnyValue:`` and ``ForAllValues:``."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from sundog.lang.iam_policy.pattern import matches, matches_arn, pattern_source
from sundog.lang.iam_policy.request import ContextValue

Values = Mapping[str, ContextValue]
Compare = Callable[[str, str, Values | None], bool]
INT64_MAX = 2**63 - 1
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[Tt](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?)?)?)?"
)


def _literal(text: str, values: Values | None) -> str | None:
    source = pattern_source(text, values, wildcards=False)
    return None if source is None else re.sub(r"\\(.)", r"\1", source, flags=re.DOTALL)


def _string_equals(text: str, value: str, values: Values | None) -> bool:
    return _literal(text, values) == value


def _string_equals_ignore_case(text: str, value: str, values: Values | None) -> bool:
    wanted = _literal(text, values)
    return wanted is not None and wanted.lower() == value.lower()


def read_date(text: str) -> datetime | None:
    """A W3C date of ISO 8601 or seconds since the epoch; None when it is neither."""
    try:
        if re.fullmatch(r"[+-]?\d{5,}", text):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
        found = _DATE.fullmatch(text)
        return _date(found) if found else None
    except (ValueError, OverflowError):
        return None


def _date(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    zone = timezone(-offset if sign == "-" else offset)
    moment = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micros
    )
    return moment.replace(tzinfo=zone)


def is_date(text: str) -> bool:
    """What AWS lets stand in a Date condition: a date, or an epoch within 64 bits."""
    if re.fullmatch(r"[+-]?\d+", text):
        return abs(int(text)) <= INT64_MAX
    return read_date(text) is not None


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _ordered(read: Callable[[str], object], test: Callable[[int], bool]) -> Compare:
    """Compare what ``read`` makes of both; ``test`` gets -1, 0 or 1 for the request's value."""

    def compare(text: str, value: str, values: Values | None) -> bool:
        literal = _literal(text, values)
        wanted, given = read(literal) if literal is not None else None, read(value)
        if wanted is None or given is None:
            return False
        return test((given > wanted) - (given < wanted))  # type: ignore[operator]

    return compare


def _bool(text: str, value: str, values: Values | None) -> bool:
    return (_literal(text, values) or "").lower() == value.lower()


def _binary(text: str, value: str, values: Values | None) -> bool:
    try:
        return base64.b64decode(text, validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


def _ip(text: str, value: str, values: Values | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(_literal(text, values) or "", strict=False)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Operator:
    """``negated``: true where no value of the policy compares; true for an absent key."""

    compare: Compare
    negated: bool = False


def _pairs(name: str, negation: str, compare: Compare) -> dict[str, Operator]:
    return {name: Operator(compare), negation: Operator(compare, negated=True)}


def _order(family: str, read: Callable[[str], object]) -> dict[str, Operator]:
    equals = _ordered(read, lambda o: o == 0)
    return {
        **_pairs(f"{family}Equals", f"{family}NotEquals", equals),
        f"{family}LessThan": Operator(_ordered(read, lambda o: o < 0)),
        f"{family}LessThanEquals": Operator(_ordered(read, lambda o: o <= 0)),
        f"{family}GreaterThan": Operator(_ordered(read, lambda o: o > 0)),
        f"{family}GreaterThanEquals": Operator(_ordered(read, lambda o: o >= 0)),
    }


OPERATORS: Mapping[str, Operator] = {
    **_pairs("StringEquals", "StringNotEquals", _string_equals),
    **_pairs("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _string_equals_ignore_case),
    **_pairs("StringLike", "StringNotLike", matches),
    **_order("Numeric", _number),
    **_order("Date", read_date),
    "Bool": Operator(_bool),
    "BinaryEquals": Operator(_binary),
    **_pairs("IpAddress", "NotIpAddress", _ip),
    **_pairs("ArnEquals", "ArnNotEquals", matches_arn),
    **_pairs("ArnLike", "ArnNotLike", matches_arn),
}
_FORM = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")


def read_operator(name: str) -> tuple[str, str, bool] | None:
    """(set prefix or "", base operator, IfExists); None when AWS has no such operator."""
    found = _FORM.fullmatch(name)
    if found is None or (found[2] not in OPERATORS and found[2] != "Null"):
        return None
    return found[1] or "", found[2], bool(found[3])


def holds(name: str, keys: Mapping[str, tuple[str, ...]], given: Values, variables: Values | None) -> bool:
    """One operator's block: every key in it must hold."""
    operator = read_operator(name)
    if operator is None:
        return not keys
    return all(
        _key_holds(operator, given.get(key.lower()), wanted, variables) for key, wanted in keys.items()
    )


def _key_holds(
    operator: tuple[str, str, bool],
    given: ContextValue | None,
    wanted: tuple[str, ...],
    variables: Values | None,
) -> bool:
    prefix, base, if_exists = operator
    if base == "Null":
        return ("true" if given is None or given == () else "false") in {w.lower() for w in wanted}
    rule = OPERATORS[base]
    if given is None:
        return if_exists or prefix == "ForAllValues" or (rule.negated and prefix != "ForAnyValue")
    items = (given,) if isinstance(given, str) else given
    hits = [any(rule.compare(w, item, variables) for w in wanted) for item in items]
    if prefix == "ForAllValues":
        return all(hit != rule.negated for hit in hits)
    if prefix == "ForAnyValue":
        return any(hit != rule.negated for hit in hits)
    return any(hits) != rule.negated

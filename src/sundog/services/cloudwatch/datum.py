"""What PutMetricData takes, and the samples it becomes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sundog.context import Request
from sundog.errors import AwsError
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from sundog.services.cloudwatch.model import Dimensions, Metric, Sample

Datum = Mapping[str, Any]
_STATISTICS = ("SampleCount", "Sum", "Minimum", "Maximum")
_LENGTHS = {"Name": limits.NAME_LENGTH_MAX, "Value": limits.DIMENSION_VALUE_LENGTH_MAX}
_PREFIXES = ("", "kilo", "mega", "giga", "tera")
_SIZES = tuple(f"{prefix}{size}".capitalize() for size in ("bytes", "bits") for prefix in _PREFIXES)
_TIMES = ("Seconds", "Microseconds", "Milliseconds")
_RATES = (*(f"{size}/Second" for size in _SIZES), "Count/Second")
UNITS = (*_TIMES, *_SIZES, "Percent", "Count", *_RATES, "None")


def check_data(request: Request, now_ms: int, *, is_service: bool) -> None:
    """Refuse what AWS refuses. ``is_service``: an AWS service may write to its own namespace."""
    namespace, data = request["Namespace"], request.get("MetricData") or []
    if namespace.upper().startswith("AWS/") and not is_service:
        raise InvalidParameterValueException(reason="The value AWS/ for parameter Namespace is invalid.")
    if not data:
        raise MissingRequiredParameterException(name="MetricData")
    if len(data) > limits.DATA_MAX:
        raise _too_many("MetricData", limits.DATA_MAX)
    problems = [
        problem
        for number, datum in enumerate(data, 1)
        for problem in _problems(datum, f"MetricData.member.{number}", now_ms)
    ]
    if problems:
        first = type(problems[0])
        raise first("\n".join(problem.message for problem in problems if type(problem) is first))


def _problems(datum: Datum, where: str, now_ms: int) -> Iterator[AwsError]:
    if not (name := datum.get("MetricName")):
        yield MissingRequiredParameterException(name=f"{where}.MetricName")
    elif len(name) > limits.NAME_LENGTH_MAX:
        yield _too_long(f"{where}.MetricName", limits.NAME_LENGTH_MAX)
    if datum.get("Unit", "None") not in UNITS:
        reason = f"The parameter {where}.Unit must be a value in the set [ {', '.join(UNITS)} ]."
        yield InvalidParameterValueException(reason=reason)
    yield from _combinations(datum, where)
    yield from _sizes(datum, where)
    yield from _values(datum, where)
    yield from check_dimensions(datum.get("Dimensions") or (), where)
    age_ms = now_ms - datum.get("Timestamp", now_ms)
    if age_ms > limits.PAST_MS_MAX:
        reason = f"The parameter {where}.Timestamp must specify a time within the past two weeks."
        yield InvalidParameterValueException(reason=reason)
    elif -age_ms > limits.FUTURE_MS_MAX:
        reason = f"The parameter {where}.Timestamp must specify a time no more than two hours in the future."
        yield InvalidParameterValueException(reason=reason)
    if (resolution := datum.get("StorageResolution", 60)) not in (1, 60):
        yield _invalid(resolution, f"{where}.StorageResolution")


def _combinations(datum: Datum, where: str) -> Iterator[AwsError]:
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) not in (None, [])]
    if len(given) > 1:
        reason = (
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive "
            "and you have specified both."
        )
        yield InvalidParameterCombinationException(reason=reason)
    if not given:
        reason = (
            f"At least one of the parameters {where}.Value and {where}.StatisticValues must be specified."
        )
        yield InvalidParameterCombinationException(reason=reason)


def _sizes(datum: Datum, where: str) -> Iterator[AwsError]:
    values, counts = datum.get("Values") or (), datum.get("Counts")
    if len(values) > limits.VALUES_MAX:
        yield _too_many(f"{where}.Values", limits.VALUES_MAX)
    if values and counts and len(values) != len(counts):
        reason = f"The parameters {where}.Values and {where}.Counts must be of the same size."
        yield InvalidParameterValueException(reason=reason)


def _values(datum: Datum, where: str) -> Iterator[AwsError]:
    statistics = datum.get("StatisticValues") or {}
    numbers = {f"{where}.Value": datum["Value"]} if "Value" in datum else {}
    numbers |= {f"{where}.StatisticValues.{name}": number for name, number in statistics.items()}
    numbers |= {f"{where}.Values.member.{n}": number for n, number in enumerate(datum.get("Values") or (), 1)}
    yield from (_invalid(value, name) for name, value in numbers.items() if not _is_storable(value))
    counts = {f"{where}.Counts.member.{n}": count for n, count in enumerate(datum.get("Counts") or (), 1)}
    if "SampleCount" in statistics:
        counts[f"{where}.StatisticValues.SampleCount"] = statistics["SampleCount"]
    for name, count in counts.items():
        if (_is_storable(count) and count <= 0) or ("Counts" in name and not _is_storable(count)):
            yield _invalid(count, name)
    for name in _STATISTICS if statistics else ():
        if name not in statistics:
            yield MissingRequiredParameterException(name=f"{where}.StatisticValues.{name}")
    if statistics.get("Minimum", 0) > statistics.get("Maximum", math.inf):
        reason = (
            f"The parameter {where}.StatisticValues.Maximum must be greater than "
            f"{where}.StatisticValues.Minimum."
        )
        yield InvalidParameterValueException(reason=reason)


def check_dimensions(dimensions: Sequence[Mapping[str, str]], where: str) -> Iterator[AwsError]:
    prefix = f"{where}.Dimensions" if where else "Dimensions"
    if len(dimensions) > limits.DIMENSIONS_MAX:
        yield _too_many(prefix, limits.DIMENSIONS_MAX)
    names: set[str] = set()
    for number, dimension in enumerate(dimensions, 1):
        for member in ("Name", "Value"):
            text, place = dimension.get(member) or "", f"{prefix}.member.{number}.{member}"
            if not text:
                yield MissingRequiredParameterException(name=place)
            elif len(text) > _LENGTHS[member]:
                yield _too_long(place, _LENGTHS[member])
            elif not text.isascii():
                reason = f"The value {text} for parameter {place} contains non-ASCII characters."
                yield InvalidParameterValueException(reason=reason)
            elif not text.strip() or (member == "Name" and text.startswith(":")):
                yield _invalid(text, place)
        if (name := dimension.get("Name") or "") in names:
            yield _invalid(name, f"{prefix}.member.{number}.Name")
        names.add(name)


def read_dimensions(dimensions: Iterable[Mapping[str, str]] | None) -> Dimensions:
    return tuple(sorted((one["Name"], one["Value"]) for one in dimensions or ()))


def read_metric(request: Mapping[str, Any], namespace: str = "") -> Metric:
    dimensions = read_dimensions(request.get("Dimensions"))
    return Metric(namespace or request["Namespace"], request["MetricName"], dimensions)


def read_samples(datum: Datum, now_ms: int) -> Iterator[Sample]:
    """What a checked datum stores."""
    tier_s = datum.get("StorageResolution", 60)
    time_ms, unit = datum.get("Timestamp", now_ms), datum.get("Unit", "None")
    start_ms = int(time_ms) // (tier_s * 1_000) * tier_s * 1_000
    if statistics := datum.get("StatisticValues"):
        count, total, low, high = (float(statistics[name]) for name in _STATISTICS)
        is_set = low != high
        yield Sample(
            start_ms, tier_s, unit, is_set, 0.0 if is_set else bucket_of(low), count, total, low, high
        )
        return
    values = datum.get("Values") or [datum["Value"]]
    counts = datum.get("Counts") or [1.0] * len(values)
    for value, count in zip(map(float, values), map(float, counts), strict=True):
        yield Sample(start_ms, tier_s, unit, False, bucket_of(value), count, value * count, value, value)


def bucket_of(value: float) -> float:
    """Four significant digits: enough for percentiles, and it bounds the rows of a minute."""
    return float(f"{value:.4g}") + 0.0


def merge(samples: Iterable[Sample]) -> list[Sample]:
    """One sample a key, in the order of the keys, so that two writers cannot wait for each other."""
    merged: dict[tuple[object, ...], Sample] = {}
    for one in samples:
        other = merged.get(one.key)
        if other is not None:
            one = Sample(
                *one.key,
                one.count + other.count,
                one.total + other.total,
                min(one.low, other.low),
                max(one.high, other.high),
            )
        merged[one.key] = one
    return sorted(merged.values(), key=lambda one: one.key)


def _is_storable(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= limits.VALUE_MAX


def _invalid(value: object, name: str) -> InvalidParameterValueException:
    shown = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), str(value))
    return InvalidParameterValueException(reason=f"The value {shown} for parameter {name} is invalid.")


def _too_long(name: str, maximum: int) -> InvalidParameterValueException:
    reason = f"The parameter {name} must be shorter than {maximum + 1} characters."
    return InvalidParameterValueException(reason=reason)


def _too_many(name: str, maximum: int) -> InvalidParameterValueException:
    reason = f"The collection {name} must not have a size greater than {maximum}."
    return InvalidParameterValueException(reason=reason)

"""What PutMetricAlarm and PutCompositeAlarm accept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.lang.alarm_rule import Rule, RuleError, alarms_in, parse_rule
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.datum import check_dimensions, read_metric
from sundog.services.cloudwatch.errors import ValidationException
from sundog.services.cloudwatch.evaluation import COMPARISONS, Condition
from sundog.services.cloudwatch.queries import Query, is_period, read_queries, searches_in
from sundog.services.cloudwatch.statistics import parse_statistic

MISSING = ("breaching", "notBreaching", "ignore", "missing")
UNKNOWN_SETTINGS: Mapping[str, str] = {
    "ThresholdMetricId": "Use a fixed Threshold.",
    "EvaluationWindow": "Leave it out: windows slide.",
    "WarmUpConfiguration": "Leave it out.",
    "EvaluationCriteria": "Use MetricName or Metrics.",
    "EvaluationInterval": "Leave it out: an alarm is evaluated every minute, or every ten seconds.",
    "ActionConfiguration": "Leave it out.",
    "ActionsSuppressor": "Use DisableAlarmActions.",
    "ActionsSuppressorWaitPeriod": "Use DisableAlarmActions.",
    "ActionsSuppressorExtensionPeriod": "Use DisableAlarmActions.",
}
_OF_ONE_METRIC = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")


def check_metric_alarm(request: Request, account: str) -> None:
    """Raises `ValidationException` or names what is not supported."""
    _refuse_unknown(request)
    comparison = request.get("ComparisonOperator")
    for name in ("ComparisonOperator", "EvaluationPeriods"):
        if request.get(name) is None:
            raise ValidationException(reason=f"{name} must be specified")
    if comparison not in COMPARISONS:
        raise UnsupportedOperation(what=f"the comparison {comparison}", remedy="Use a fixed Threshold.")
    if request.get("Threshold") is None or not math.isfinite(request["Threshold"]):
        raise ValidationException(reason="Threshold must be specified for this ComparisonOperator")
    if request.get("TreatMissingData", "missing") not in MISSING:
        value = request["TreatMissingData"]
        raise ValidationException(
            reason=f"The value {value} for parameter TreatMissingData is not supported."
        )
    if request.get("EvaluateLowSampleCountPercentile", "ignore") not in ("evaluate", "ignore"):
        value = request["EvaluateLowSampleCountPercentile"]
        reason = f"Option {value} for parameter EvaluateLowSampleCountPercentile is not supported."
        raise ValidationException(reason=reason)
    if request.get("DatapointsToAlarm", 1) > request["EvaluationPeriods"]:
        raise ValidationException(reason="DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    if request.get("Metrics"):
        _check_queries(request, account)
    else:
        _check_metric(request)
    _check_span(period_of(request), request["EvaluationPeriods"])


def _refuse_unknown(request: Request) -> None:
    for name, remedy in UNKNOWN_SETTINGS.items():
        if request.get(name):
            raise UnsupportedOperation(what=name, remedy=remedy)


def _check_metric(request: Request) -> None:
    for name in ("MetricName", "Namespace", "Period"):
        if request.get(name) is None:
            raise ValidationException(reason=f"{name} must not be null for this alarm")
    statistic, extended = request.get("Statistic"), request.get("ExtendedStatistic")
    if (statistic is None) == (extended is None):
        reason = "Exactly one of Statistic and ExtendedStatistic must be specified"
        raise ValidationException(reason=reason)
    if extended is not None and ((parsed := parse_statistic(extended)) is None or parsed.is_plain):
        reason = f"The value {extended} for parameter ExtendedStatistic is not supported."
        raise ValidationException(reason=reason)
    if not is_period(request["Period"]) or request["Period"] in (1, 5):
        raise ValidationException(reason="Period must be 10, 20, 30 or a multiple of 60")
    problem = next(check_dimensions(request.get("Dimensions") or (), ""), None)
    if problem is not None:
        raise ValidationException(reason=problem.message)


def _check_queries(request: Request, account: str) -> None:
    given = [name for name in _OF_ONE_METRIC if request.get(name)]
    if given:
        reason = f"The parameters {given[0]} and Metrics are mutually exclusive and you have specified both."
        raise ValidationException(reason=reason)
    queries = read_queries(request["Metrics"], account)
    if sum(query.is_returned for query in queries) != 1:
        raise ValidationException(reason="Exactly one element of the metrics list should return data.")
    if any(query.expression is not None and searches_in(query.expression) for query in queries):
        raise ValidationException(reason="SEARCH is not supported on Metric Alarms.")
    if len([query for query in queries if query.metric is not None]) > limits.ALARM_METRICS_MAX:
        reason = f"An alarm can be based on at most {limits.ALARM_METRICS_MAX} metrics."
        raise ValidationException(reason=reason)


def _check_span(period_s: int, periods: int) -> None:
    span_s = period_s * periods
    maximum = limits.ALARM_WEEK_S_MAX if period_s >= 3_600 else limits.ALARM_RANGE_S_MAX
    if span_s > maximum:
        span = "seven days" if maximum > limits.ALARM_RANGE_S_MAX else "a day"
        reason = (
            f"Metrics cannot be checked across more than {span} "
            f"(EvaluationPeriods * Period must be <= {maximum})."
        )
        raise ValidationException(reason=reason)


def check_composite_alarm(request: Request) -> Rule:
    _refuse_unknown(request)
    try:
        rule = parse_rule(request["AlarmRule"])
    except RuleError as error:
        raise ValidationException(reason=f"AlarmRule is not valid: {error}") from None
    if len(alarms_in(rule)) > limits.COMPOSITE_CHILDREN_MAX:
        reason = f"AlarmRule must not have more than {limits.COMPOSITE_CHILDREN_MAX} alarms"
        raise ValidationException(reason=reason)
    return rule


def queries_of(configuration: Mapping[str, Any], account: str) -> list[Query]:
    """What an alarm reads, in the order of need; the one that is returned is the one compared."""
    if configuration.get("Metrics"):
        return read_queries(configuration["Metrics"], account)
    statistic = parse_statistic(configuration.get("Statistic") or configuration["ExtendedStatistic"])
    assert statistic is not None, "checked when it was put"
    unit = configuration.get("Unit", "")
    return [Query("m1", None, True, configuration["Period"], read_metric(configuration), statistic, unit)]


def period_of(configuration: Mapping[str, Any]) -> int:
    """Seconds of one datapoint."""
    if not configuration.get("Metrics"):
        return int(configuration["Period"])
    returned = next(query for query in configuration["Metrics"] if query.get("ReturnData", True))
    periods = [q["MetricStat"]["Period"] for q in configuration["Metrics"] if q.get("MetricStat")]
    own = (returned.get("MetricStat") or returned).get("Period")
    return int(own or min(periods, default=60))


def condition_of(configuration: Mapping[str, Any]) -> Condition:
    periods = configuration["EvaluationPeriods"]
    return Condition(
        configuration["ComparisonOperator"],
        float(configuration["Threshold"]),
        periods,
        configuration.get("DatapointsToAlarm", periods),
        configuration.get("TreatMissingData", "missing"),
    )

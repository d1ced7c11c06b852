"""The queries of GetMetricData and of alarms on expressions: what may be asked, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sundog.errors import UnsupportedOperation
from sundog.lang.metric_math import Call, MathError, Node, SearchTerms, names_in, parse, parse_search
from sundog.lang.metric_math.syntax import Array, Binary, Number, Text, Unary
from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.datum import read_metric
from sundog.services.cloudwatch.errors import ValidationException
from sundog.services.cloudwatch.model import Metric
from sundog.services.cloudwatch.statistics import Statistic, parse_statistic

_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


@dataclass(frozen=True, slots=True)
class Query:
    """One metric (``metric`` and ``statistic``) or one ``expression``."""

    id: str
    label: str | None
    is_returned: bool
    period_s: int
    metric: Metric | None = None
    statistic: Statistic | None = None
    unit: str = ""
    expression: Node | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """``SEARCH('terms', 'stat', period)`` as it stands in an expression."""

    call: Call
    terms: SearchTerms
    statistic: Statistic
    period_s: int


def read_queries(queries: Sequence[Mapping[str, Any]], account: str) -> list[Query]:
    """Raises `ValidationException` in AWS's words where it can be said what they are."""
    if not queries:
        raise ValidationException(reason="The parameter MetricDataQueries is required.")
    if len(queries) > limits.QUERIES_MAX:
        reason = f"The collection MetricDataQueries must not have a size greater than {limits.QUERIES_MAX}."
        raise ValidationException(reason=reason)
    found = [_read(query, number, account) for number, query in enumerate(queries, 1)]
    ids = {query.id for query in found}
    if len(ids) < len(found):
        raise ValidationException(reason="The values for parameter id in MetricDataQueries are not unique.")
    for query in found:
        missing = names_in(query.expression) - ids - _WORDS if query.expression is not None else set()
        if missing:
            raise wrong_expression(query.id, f"Unrecognized name '{min(missing)}'")
    return in_order(found)


_WORDS = frozenset({"REPEAT", "LINEAR", "AVG", "MIN", "MAX", "SUM", "ASC", "DESC"})


def wrong_expression(id: str, reason: str) -> ValidationException:
    return ValidationException(reason=f"Error in expression '{id}': {reason}")


def in_order(queries: Sequence[Query]) -> list[Query]:
    """Every query after those its expression uses. Raises where they use each other in a circle."""
    waiting, done, ordered = list(queries), set[str](), list[Query]()
    ids = {query.id for query in queries}
    while waiting:
        ready = [q for q in waiting if q.expression is None or names_in(q.expression) & ids <= done]
        if not ready:
            raise wrong_expression(waiting[0].id, "The expression refers to itself")
        ordered += ready
        done |= {query.id for query in ready}
        waiting = [query for query in waiting if query.id not in done]
    return ordered


def searches_in(node: Node) -> list[Search]:
    """Every SEARCH of an expression. Raises `MathError`."""
    if isinstance(node, Call):
        if node.name == "SEARCH":
            return [_search(node)]
        children: Sequence[Node] = node.arguments
    elif isinstance(node, Binary):
        children = (node.left, node.right)
    elif isinstance(node, Unary):
        children = (node.operand,)
    else:
        children = node.items if isinstance(node, Array) else ()
    return [found for child in children for found in searches_in(child)]


def _search(node: Call) -> Search:
    if not 2 <= len(node.arguments) <= 3:
        raise MathError("Wrong number of arguments for the function SEARCH")
    terms, stat, *rest = node.arguments
    statistic = parse_statistic(stat.value) if isinstance(stat, Text) else None
    if not isinstance(terms, Text) or statistic is None or (rest and not isinstance(rest[0], Number)):
        raise MathError("The arguments of SEARCH are a search, a statistic and a period")
    period_s = int(rest[0].value) if rest and isinstance(rest[0], Number) else 300
    if not is_period(period_s):
        raise MathError("The period of SEARCH is invalid")
    return Search(node, parse_search(terms.value), statistic, period_s)


def is_period(period_s: int) -> bool:
    if period_s in limits.HIGH_RESOLUTION_PERIODS:
        return True
    return period_s >= 60 and period_s % 60 == 0


def _read(query: Mapping[str, Any], number: int, account: str) -> Query:
    where, id = f"MetricDataQueries.member.{number}", query["Id"]
    if not _ID.fullmatch(id):
        raise ValidationException(
            reason=f"The value {id} for parameter {where}.Id is not matching the expected pattern "
            "^[a-z][a-zA-Z0-9_]*$."
        )
    if query.get("AccountId", account) != account:
        raise UnsupportedOperation(what="metrics of other accounts", remedy="Leave AccountId out.")
    has_metric, has_expression = query.get("MetricStat") is not None, query.get("Expression") is not None
    if has_metric and has_expression:
        raise ValidationException(
            reason=f"The parameters {where}.Expression and {where}.MetricStat are mutually exclusive "
            "and you have specified both."
        )
    if not has_metric and not has_expression:
        raise ValidationException(
            reason=f"At least one of the parameters {where}.Expression and {where}.MetricStat "
            "must be specified."
        )
    return _read_metric(query, where) if has_metric else _read_expression(query)


def _read_metric(query: Mapping[str, Any], where: str) -> Query:
    stat = query["MetricStat"]
    metric, statistic = stat["Metric"], parse_statistic(stat["Stat"])
    for member in ("Namespace", "MetricName"):
        if not metric.get(member):
            raise ValidationException(reason=f"The parameter {where}.MetricStat.Metric.{member} is required.")
    if statistic is None:
        reason = f"The value {stat['Stat']} for parameter {where}.MetricStat.Stat is not supported."
        raise ValidationException(reason=reason)
    if not is_period(stat["Period"]):
        reason = f"The value {stat['Period']} for parameter {where}.MetricStat.Period is invalid."
        raise ValidationException(reason=reason)
    return Query(
        query["Id"],
        query.get("Label"),
        query.get("ReturnData", True),
        stat["Period"],
        read_metric(metric),
        statistic,
        stat.get("Unit", ""),
    )


def _read_expression(query: Mapping[str, Any]) -> Query:
    try:
        expression = parse(query["Expression"])
        searches_in(expression)
    except MathError as error:
        raise wrong_expression(query["Id"], str(error)) from None
    period_s = query.get("Period", 0)
    if period_s and not is_period(period_s):
        raise wrong_expression(query["Id"], "The period is invalid")
    return Query(
        query["Id"], query.get("Label"), query.get("ReturnData", True), period_s, expression=expression
    )

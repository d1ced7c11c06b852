"""Computing an expression's tree with the values of the other queries."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sundog.lang.metric_math import functions
from sundog.lang.metric_math.syntax import Array, Binary, Call, MathError, Name, Node, Number, Text, Unary
from sundog.lang.metric_math.values import Series, Value, across, combine, is_true

REFUSED = ("ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SERVICE_QUOTA")
_SORT_BY = ("AVG", "MIN", "MAX", "SUM")


@dataclass(frozen=True, slots=True)
class Environment:
    """What an expression sees. ``values`` by query id; ``metrics``: ids that stand for metrics, in order.

    ``times``: the start of every period asked for, ascending. ``found``: what each SEARCH found.
    """

    values: Mapping[str, Value]
    metrics: Sequence[str]
    times: Sequence[int]
    period_s: int
    found: Mapping[Call, tuple[Series, ...]]


def evaluate(node: Node, environment: Environment) -> Value:
    """The value of ``node``. Raises `MathError`."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.value not in environment.values:
            raise MathError(f"Unrecognized name '{node.value}'")
        return environment.values[node.value]
    if isinstance(node, Unary):
        return combine("*", -1.0, evaluate(node.operand, environment))
    if isinstance(node, Binary):
        left, right = evaluate(node.left, environment), evaluate(node.right, environment)
        return combine(node.operator, left, right)
    if isinstance(node, Array):
        return _many(node.items, environment)
    if isinstance(node, Text):
        raise MathError("A text has no value")
    return _call(node, environment)


def _call(node: Call, environment: Environment) -> Value:
    if node.name in REFUSED:
        raise MathError(f"sundog does not support the function {node.name}")
    special = _SPECIAL.get(node.name)
    if special is not None:
        return special(node, environment)
    if node.name in functions.REDUCTIONS or node.name in ("DATAPOINT_COUNT", "FIRST", "LAST", "METRIC_COUNT"):
        return _reduction(node, environment)
    if node.name in functions.MAPPED:
        return functions.map_value(node.name, _only(node, environment))
    if node.name in functions.CHANGES:
        return functions.each(_only(node, environment), functions.CHANGES[node.name], node.name)
    if node.name in functions.CALENDAR:
        name = node.name
        return functions.each(_only(node, environment), lambda series: functions.calendar(name, series), name)
    raise MathError(f"Unrecognized function '{node.name}'")


def _many(nodes: Sequence[Node], environment: Environment) -> tuple[Series, ...]:
    """The series of an array; numbers become series of their own, arrays are joined."""
    found: list[Series] = []
    for node in nodes:
        value = evaluate(node, environment)
        if isinstance(value, float):
            found.append(_constant(value, environment))
        else:
            found += value if isinstance(value, tuple) else (value,)
    return tuple(found)


def _constant(value: float, environment: Environment) -> Series:
    points = dict.fromkeys(environment.times, value) if math.isfinite(value) else {}
    return Series(points, environment.period_s)


def _count(node: Call, fewest: int, most: int) -> None:
    if not fewest <= len(node.arguments) <= most:
        raise MathError(f"Wrong number of arguments for the function {node.name}")


def _only(node: Call, environment: Environment) -> Value:
    _count(node, 1, 1)
    return evaluate(node.arguments[0], environment)


def _array(node: Call, environment: Environment) -> tuple[Series, ...]:
    value = evaluate(node.arguments[0], environment)
    if not isinstance(value, tuple):
        raise MathError(f"The first argument of {node.name} must be an array of time series")
    return value


def _reduction(node: Call, environment: Environment) -> Value:
    """Several arguments stand for an array of them."""
    if not node.arguments:
        raise MathError(f"Wrong number of arguments for the function {node.name}")
    if len(node.arguments) > 1:
        value: Value = _many(node.arguments, environment)
    else:
        value = evaluate(node.arguments[0], environment)
    if node.name in functions.REDUCTIONS:
        return functions.reduce_value(node.name, value)
    if node.name == "DATAPOINT_COUNT":
        if isinstance(value, tuple):
            return across(value, lambda values: float(len(values)))
        return float(len(value.points)) if isinstance(value, Series) else 1.0
    if not isinstance(value, tuple):
        raise MathError(f"The argument of {node.name} must be an array of time series")
    if node.name == "METRIC_COUNT":
        return float(len(value))
    if not value:
        raise MathError("The array of time series is empty")
    return value[0 if node.name == "FIRST" else -1]


def _metrics(node: Call, environment: Environment) -> Value:
    """Every metric of the request, or those whose id holds a text; never the results of expressions."""
    _count(node, 0, 1)
    part = ""
    if node.arguments:
        if not isinstance(node.arguments[0], Text):
            raise MathError("The argument of METRICS must be a text")
        part = node.arguments[0].value
    values = (environment.values[id] for id in environment.metrics if part in id)
    return tuple(value for value in values if isinstance(value, Series))


def _search(node: Call, environment: Environment) -> Value:
    return environment.found.get(node, ())


def _fill(node: Call, environment: Environment) -> Value:
    _count(node, 2, 2)
    value, second = evaluate(node.arguments[0], environment), node.arguments[1]
    filler: Value | str
    if isinstance(second, Name) and second.value.upper() in ("REPEAT", "LINEAR"):
        filler = second.value.upper()
    else:
        filler = evaluate(second, environment)
    return functions.each(value, lambda series: functions.fill(series, filler, environment.times), "FILL")


def _if(node: Call, environment: Environment) -> Value:
    _count(node, 2, 3)
    condition, *branches = (evaluate(one, environment) for one in node.arguments)
    if any(isinstance(one, tuple) for one in (condition, *branches)):
        raise MathError("IF does not take arrays of time series")
    if isinstance(condition, float):
        chosen = branches[0] if is_true(condition) else (branches[1] if len(branches) > 1 else None)
        return Series({}, environment.period_s) if chosen is None else chosen
    assert isinstance(condition, Series)

    def at(time: int, value: float) -> float | None:
        branch = 0 if is_true(value) else 1
        chosen = branches[branch] if branch < len(branches) else None
        return chosen.points.get(time) if isinstance(chosen, Series) else chosen  # type: ignore[return-value]

    return condition.with_points({time: at(time, value) for time, value in condition.points.items()})


def _period(node: Call, environment: Environment) -> Value:
    value = _only(node, environment)
    if not isinstance(value, Series):
        raise MathError("The argument of PERIOD must be a time series")
    return float(value.period_s)


def _time_series(node: Call, environment: Environment) -> Value:
    value = _only(node, environment)
    if not isinstance(value, float):
        raise MathError("The argument of TIME_SERIES must be a number")
    return _constant(value, environment)


def _remove_empty(node: Call, environment: Environment) -> Value:
    _count(node, 1, 1)
    return tuple(series for series in _array(node, environment) if series.points)


def _slice(node: Call, environment: Environment) -> Value:
    _count(node, 2, 3)
    bounds = [evaluate(one, environment) for one in node.arguments[1:]]
    if not all(isinstance(one, float) and one >= 0 for one in bounds):
        raise MathError("The bounds of SLICE must be numbers")
    first, last = int(bounds[0]), int(bounds[1]) if len(bounds) > 1 else None  # type: ignore[arg-type]
    return _array(node, environment)[first:last]


def _sort(node: Call, environment: Environment) -> Value:
    """SORT(array, AVG|MIN|MAX|SUM, ASC|DESC, limit): empty series come last."""
    _count(node, 3, 4)
    words = [one.value.upper() if isinstance(one, Name) else "" for one in node.arguments[1:3]]
    if words[0] not in _SORT_BY or words[1] not in ("ASC", "DESC"):
        raise MathError("SORT needs AVG, MIN, MAX or SUM, and ASC or DESC")
    reduce, sign = functions.REDUCTIONS[words[0]], 1 if words[1] == "ASC" else -1

    def order(series: Series) -> tuple[bool, float]:
        return not series.points, sign * reduce(list(series.points.values())) if series.points else 0.0

    found = tuple(sorted(_array(node, environment), key=order))
    if len(node.arguments) < 4:
        return found
    limit = evaluate(node.arguments[3], environment)
    if not isinstance(limit, float) or limit < 0:
        raise MathError("The limit of SORT must be a number")
    return found[: int(limit)]


_SPECIAL: Mapping[str, Callable[[Call, Environment], Value]] = {
    "FILL": _fill,
    "IF": _if,
    "METRICS": _metrics,
    "PERIOD": _period,
    "REMOVE_EMPTY": _remove_empty,
    "SEARCH": _search,
    "SLICE": _slice,
    "SORT": _sort,
    "TIME_SERIES": _time_series,
}

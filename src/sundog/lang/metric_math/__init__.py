"""Metric math: expressions over time series, as GetMetricData and alarms have them, as pure functions.

`parse` reads an expression, `evaluate` computes it; `MathError` says what is wrong with it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from sundog.lang.metric_math.evaluate import Environment, evaluate
from sundog.lang.metric_math.search import SearchTerms, matches, parse_search
from sundog.lang.metric_math.syntax import Call, MathError, Node, names_in, parse
from sundog.lang.metric_math.values import Series, Value

__all__ = [
    "Call",
    "Environment",
    "MathError",
    "Node",
    "SearchTerms",
    "Series",
    "Value",
    "evaluate",
    "matches",
    "names_in",
    "parse",
    "parse_search",
]

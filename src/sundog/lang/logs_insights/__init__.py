"""CloudWatch Logs Insights queries: `parse` reads one, `Run` takes events one by one and gives rows.

Pure functions over values. `QueryError` says what is wrong with a query and where, `UnsupportedQuery` what
sundog leaves out. A run holds no more rows than its result needs: see `arrange`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from sundog.lang.logs_insights.commands import parse
from sundog.lang.logs_insights.discover import all_fields
from sundog.lang.logs_insights.evaluate import Settings
from sundog.lang.logs_insights.problems import QueryError, TooManyGroups, UnsupportedQuery
from sundog.lang.logs_insights.records import LogEvent
from sundog.lang.logs_insights.run import Row, Run
from sundog.lang.logs_insights.syntax import Query, Source
from sundog.lang.logs_insights.values import to_text, well_formed

__all__ = [
    "LogEvent",
    "Query",
    "QueryError",
    "Row",
    "Run",
    "Settings",
    "Source",
    "TooManyGroups",
    "UnsupportedQuery",
    "all_fields",
    "parse",
    "to_text",
    "well_formed",
]

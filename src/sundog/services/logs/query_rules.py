"""The decisions of Logs Insights queries: what is asked, whether it may be asked, how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sundog.context import Request
from sundog.errors import UnsupportedOperation
from sundog.lang.logs_insights import Query, QueryError, UnsupportedQuery, parse
from sundog.services.logs import limits
from sundog.services.logs.errors import InvalidParameterException, MalformedQueryException
from sundog.services.logs.model import Group
from sundog.services.logs.query_rows import StoredQuery
from sundog.services.logs.rules import identified_group

_LANGUAGE = "Write the query in the Logs Insights query language."
_COMMAND = "Leave it out, or read events with FilterLogEvents."
_GROUP_PARAMETERS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


def read_query(request: Request, text: str) -> Query:
    """The query of a request, or AWS's error."""
    if request.get("queryLanguage", "CWLI") != "CWLI":
        raise UnsupportedOperation(what=f"the query language {request['queryLanguage']}", remedy=_LANGUAGE)
    try:
        return parse(text)
    except QueryError as error:
        raise malformed(error.message, error.start, error.end) from None
    except UnsupportedQuery as error:
        raise UnsupportedOperation(what=str(error), remedy=_COMMAND) from None


def malformed(message: str, start: int, end: int) -> MalformedQueryException:
    location = {"startCharOffset": start, "endCharOffset": end}
    error = {"location": location, "message": message}
    return MalformedQueryException(message=message, members={"queryCompileError": error})


def asked_groups(request: Request, query: Query) -> list[str]:
    """The names of the groups a request lists; empty where the query's SOURCE says which."""
    given = [name for name in _GROUP_PARAMETERS if request.get(name)]
    if len(given) + (query.source is not None) != 1:
        raise InvalidParameterException(
            message="Exactly one of logGroupName, logGroupNames, logGroupIdentifiers or a SOURCE command in "
            "the query must say which log groups to query."
        )
    if not given:
        return []
    value = request[given[0]]
    identifiers = [value] if isinstance(value, str) else value
    if given[0] == "logGroupIdentifiers" and any(identifier.endswith("*") for identifier in identifiers):
        raise InvalidParameterException(message="A log group ARN must not end with an asterisk (*).")
    names = list(dict.fromkeys(map(identified_group, identifiers)))
    if len(names) > limits.QUERY_GROUPS_MAX:
        raise InvalidParameterException(
            message=f"A query can include up to {limits.QUERY_GROUPS_MAX} log groups."
        )
    return names


def asked_window(request: Request) -> tuple[int, int]:
    """First and last millisecond. Callers give seconds, both ends inclusive (recorded: ``END=...999``)."""
    start_s, end_s = request["startTime"], request["endTime"]
    if max(start_s, end_s) > limits.TIME_S_MAX:
        raise InvalidParameterException(message="The time range of the query is out of bounds.")
    if end_s < start_s:
        raise InvalidParameterException(
            message="The end time of the query must not be before its start time."
        )
    return start_s * 1000, end_s * 1000 + 999


def check_window(groups: Sequence[Group], end_ms: int, now_ms: int, text: str) -> None:
    """A window that ends before any of the groups can have an event is an error on AWS (observed)."""

    def is_reached(group: Group) -> bool:
        kept_from_ms = now_ms - group.retention_ms if group.retention_ms else 0
        return end_ms >= group.created_ms and end_ms >= kept_from_ms

    if not any(map(is_reached, groups)):
        raise malformed(
            "Query's end date and time is either before the log groups creation time or exceeds the log "
            f"groups log retention settings ([0,{len(text)}])",
            0,
            len(text),
        )


def describe_query(query: StoredQuery) -> dict[str, Any]:
    """As DescribeQueries shows it: the text with its groups and window in front (recorded)."""
    asked = query.asked
    names = ", ".join(f'"{name}"' for _, name in asked.groups)
    text = f"SOURCE {names} START={asked.start_ms} END={asked.end_ms} | {asked.text}"
    return {
        "queryLanguage": "CWLI",
        "queryId": query.id,
        "queryString": text[: limits.QUERY_TEXT_MAX],
        "status": query.status,
        "createTime": query.created_ms,
        "logGroupName": asked.groups[0][1],
    }


def statistics(query: StoredQuery) -> dict[str, float]:
    return {
        "recordsMatched": float(query.figures.matched),
        "recordsScanned": float(query.figures.scanned),
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(query.figures.bytes),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(query.asked.groups)),
    }

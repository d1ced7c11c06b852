"""Operations on Logs Insights queries."""

from __future__ import annotations

from typing import Any

from sundog import work
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.lang.logs_insights import Source, well_formed
from sundog.services.logs import limits
from sundog.services.logs.errors import (
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
)
from sundog.services.logs.groups import SQL, load_group
from sundog.services.logs.model import Group
from sundog.services.logs.query_rows import (
    Asked,
    StoredQuery,
    load_query,
    load_results,
    to_query,
    write_asked,
)
from sundog.services.logs.query_rules import (
    asked_groups,
    asked_window,
    check_window,
    describe_query,
    read_query,
    statistics,
)
from sundog.services.logs.rows import to_group
from sundog.services.logs.rules import PREFIX_END, parse_page_token, with_token, write_page_token
from sundog.store import Row, Transaction

RUN_QUERY = "logs.run_query"
EXPIRE_QUERY = "logs.expire_query"
_SCAN_ROWS = 200


@operation("logs", "StartQuery")
async def start_query(ctx: Context, request: Request) -> Result:
    """The query is durable when its id is answered, and is run as durable work."""
    text = well_formed(request["queryString"])
    query = read_query(request, text)
    names = asked_groups(request, query)
    start_ms, end_ms = asked_window(request)
    now_ms, id = ctx.clock.now_ms(), ctx.ids.uuid()
    async with ctx.store.transaction() as tx:
        groups = await _groups(tx, ctx, names, query.source)
        check_window(groups, end_ms, now_ms, text)
        await _check_concurrency(tx, ctx)
        named = tuple((group.id, group.name) for group in groups)
        asked = Asked(text, named, start_ms, end_ms, request.get("limit"))
        scope = ctx.scope
        await tx.run(
            SQL["insert_query"],
            id=id,
            account=scope.account,
            region=scope.region,
            created_ms=now_ms,
            body=write_asked(asked),
        )
        await work.put(tx, RUN_QUERY, {"query": id}, scope=scope, due_ms=now_ms, key=id)
        kept_until_ms = now_ms + limits.QUERY_KEPT_MS
        await work.put(tx, EXPIRE_QUERY, {"query": id}, scope=scope, due_ms=kept_until_ms, key=id)
    return {"queryId": id}


@operation("logs", "StopQuery")
async def stop_query(ctx: Context, request: Request) -> Result:
    """Whoever runs the query notices at its next look."""
    async with ctx.store.transaction() as tx:
        query = await load_query(tx, ctx, request["queryId"])
        if not await tx.run(SQL["cancel_query"], id=query.id):
            raise InvalidParameterException(message=f"Query {query.id} is not running.")
        await work.cancel(tx, RUN_QUERY, query.id)
    return {"success": True}


@operation("logs", "GetQueryResults")
async def get_query_results(ctx: Context, request: Request) -> Result:
    """A page of the rows; a query that still runs shows its figures and no rows yet."""
    count = request.get("maxItems") or limits.QUERY_PAGE_MAX
    (start,) = parse_page_token(request.get("nextToken"), 0)
    async with ctx.store.transaction() as tx:
        query = await load_query(tx, ctx, request["queryId"])
        rows = await load_results(tx, query.id, start, count) if start < query.results else []
    result = {
        "queryLanguage": "CWLI",
        "results": [[{"field": name, "value": text} for name, text in row] for row in rows],
        "statistics": statistics(query),
        "status": query.status,
    }
    return with_token(result, write_page_token(start + count) if start + count < query.results else None)


@operation("logs", "DescribeQueries")
async def describe_queries(ctx: Context, request: Request) -> Result:
    """The newest first, of one group where it is named."""
    if request.get("queryLanguage", "CWLI") != "CWLI":
        return {"queries": []}
    name, count = request.get("logGroupName"), request.get("maxResults") or limits.QUERIES_PAGE_MAX
    created_ms, before = parse_page_token(request.get("nextToken"), ctx.clock.now_ms(), PREFIX_END)
    found: list[StoredQuery] = []
    async with ctx.store.transaction() as tx:
        if name:
            await load_group(tx, ctx, name)
        while len(found) <= count:
            rows = await _page(tx, ctx, request, created_ms, before)
            queries = [query for query in map(to_query, rows) if _is_kept(ctx, query)]
            found += [query for query in queries if not name or name in _names(query)]
            if len(queries) < _SCAN_ROWS:
                break
            created_ms, before = queries[-1].created_ms, queries[-1].id
    shown = found[:count]
    token = write_page_token(shown[-1].created_ms, shown[-1].id) if len(found) > count else None
    return with_token({"queries": [describe_query(query) for query in shown]}, token)


async def _page(tx: Transaction, ctx: Context, request: Request, created_ms: int, before: str) -> list[Row]:
    values: dict[str, Any] = {"account": ctx.scope.account, "region": ctx.scope.region}
    values |= {"created_ms": created_ms, "before": before, "count": _SCAN_ROWS}
    if request.get("status"):
        return await tx.all(SQL["queries_by_status"], status=request["status"], **values)
    return await tx.all(SQL["queries_by_time"], **values)


def _is_kept(ctx: Context, query: StoredQuery) -> bool:
    return query.created_ms > ctx.clock.now_ms() - limits.QUERY_KEPT_MS


def _names(query: StoredQuery) -> set[str]:
    return {name for _, name in query.asked.groups}


async def _groups(tx: Transaction, ctx: Context, names: list[str], source: Source | None) -> list[Group]:
    if source is not None:
        return await _groups_of_source(tx, ctx, source)
    found = []
    for name in names:
        row = await tx.one(SQL["group"], account=ctx.scope.account, region=ctx.scope.region, name=name)
        if row is None:
            raise ResourceNotFoundException(
                f"Log group '{name}' does not exist for account ID '{ctx.scope.account}'"
            )
        found.append(to_group(row))
    return found


async def _groups_of_source(tx: Transaction, ctx: Context, source: Source) -> list[Group]:
    if set(source.accounts) - {ctx.scope.account}:
        raise UnsupportedOperation(
            what="SOURCE with other accounts in queries", remedy="Ask each account for its own log groups."
        )
    found: dict[int, Group] = {}
    for prefix in source.prefixes or ("",):
        rows = await tx.all(
            SQL["groups_by_prefix"],
            account=ctx.scope.account,
            region=ctx.scope.region,
            prefix=prefix,
            prefix_end=prefix + PREFIX_END,
            count=limits.QUERY_SOURCE_GROUPS_MAX + 1,
        )
        found |= {row["id"]: to_group(row) for row in rows if row["class"] in source.classes}
    if not found:
        raise ResourceNotFoundException(what="log group")
    if len(found) > limits.QUERY_SOURCE_GROUPS_MAX:
        raise InvalidParameterException(
            message=f"SOURCE selects more than {limits.QUERY_SOURCE_GROUPS_MAX} log groups."
        )
    return list(found.values())


async def _check_concurrency(tx: Transaction, ctx: Context) -> None:
    row = await tx.one(SQL["count_active_queries"], account=ctx.scope.account, region=ctx.scope.region)
    assert row is not None
    if row["count"] >= limits.QUERIES_ACTIVE_MAX:
        raise LimitExceededException(
            f"Account maximum query concurrency limit of [{limits.QUERIES_ACTIVE_MAX}] reached."
        )

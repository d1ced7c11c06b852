"""Operations on published versions."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_.configuration import check_supported
from sundog.services.lambda_.describing import describe, describe_in_list
from sundog.services.lambda_.loading import load_function, load_version
from sundog.services.lambda_.names import parse_name, unqualified
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.publishing import check_code, check_revision, publish
from sundog.services.lambda_.rows import SQL, function_key, to_version


@operation("lambda", "PublishVersion")
async def publish_version(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    check_supported(request)
    async with ctx.store.transaction() as tx:
        function = await load_function(tx, name)
        latest = await load_version(tx, name)
        check_revision(latest, request)
        check_code(latest, request)
        return describe(await publish(ctx, tx, function, latest, request))


@operation("lambda", "ListVersionsByFunction")
async def list_versions_by_function(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"])
    count = page_size(request)
    (first,) = parse_marker(request, 0)
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        key = function_key(name.scope, name.name)
        rows = await tx.all(SQL["versions"], **key, first=first, count=count + 1)
    listed = [describe_in_list(to_version(row), qualified=True) for row in rows[:count]]
    return with_marker({"Versions": listed}, (rows[count]["number"],) if len(rows) > count else None)

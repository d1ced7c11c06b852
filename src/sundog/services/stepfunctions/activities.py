"""Operations on activities, and of their workers."""

from __future__ import annotations

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.loading import find_activity, load_activity
from sundog.services.stepfunctions.model import Activity
from sundog.services.stepfunctions.names import check_name, read_arn
from sundog.services.stepfunctions.rows import SQL, arn_key, machine_values, scope_key, to_activity
from sundog.services.stepfunctions.running import note_task
from sundog.services.stepfunctions.tags import read_tags
from sundog.services.stepfunctions.tokens import page_size, read_token, with_token


@operation("stepfunctions", "CreateActivity")
async def create_activity(ctx: Context, request: Request) -> Result:
    """Creating an activity again is no mistake."""
    name = request["name"]
    check_name(name)
    body = {"encryptionConfiguration": request.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"}}
    tags = read_tags(request.get("tags") or ())
    arn = Arn.of("states", ctx.scope, f"activity:{name}")
    async with ctx.store.transaction() as tx:
        activity = await find_activity(tx, arn, name)
        if activity is None:
            activity = Activity(ctx.scope, name, body, tags, ctx.clock.now_ms())
            await tx.run(SQL["put_activity"], **machine_values(activity))
    return {"activityArn": activity.arn, "creationDate": activity.created_ms}


@operation("stepfunctions", "DescribeActivity")
async def describe_activity(ctx: Context, request: Request) -> Result:
    arn, parts = read_arn(request["activityArn"], "activity")
    async with ctx.store.transaction() as tx:
        activity = await load_activity(tx, arn, parts[0])
    return {
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": activity.created_ms,
        **activity.body,
    }


@operation("stepfunctions", "ListActivities")
async def list_activities(ctx: Context, request: Request) -> Result:
    count = page_size(request)
    async with ctx.store.transaction() as tx:
        rows = await tx.all(
            SQL["activities"], **scope_key(ctx.scope), after=read_token(request), count=count + 1
        )
    found = [to_activity(row) for row in rows]
    shown = [
        {"activityArn": one.arn, "name": one.name, "creationDate": one.created_ms} for one in found[:count]
    ]
    return with_token({"activities": shown}, found[count - 1].name if len(found) > count else None)


@operation("stepfunctions", "DeleteActivity")
async def delete_activity(ctx: Context, request: Request) -> Result:
    """Deleting what is not there succeeds."""
    arn, parts = read_arn(request["activityArn"], "activity")
    async with ctx.store.transaction() as tx:
        await tx.run(SQL["delete_activity"], **arn_key(arn, parts[0]))
    return {}


@operation("stepfunctions", "GetActivityTask")
async def get_activity_task(ctx: Context, request: Request) -> Result:
    """Wait up to a minute for a task; an empty token says there was none."""
    arn, parts = read_arn(request["activityArn"], "activity")
    async with ctx.store.transaction() as tx:
        await load_activity(tx, arn, parts[0])
    deadline_ms = ctx.clock.now_ms() + limits.POLL_MS
    async with ctx.store.subscribe(channel(str(arn))) as tasks:
        while ctx.is_connected():
            found = await _take(ctx, str(arn), request.get("workerName") or "")
            if found is not None:
                return found
            if ctx.clock.now_ms() >= deadline_ms:
                break
            await tasks.wait(deadline_ms)
    return {"taskToken": "", "input": ""}


def channel(activity_arn: str) -> str:
    """Woken when there is a task for the activity."""
    return f"states.activity/{activity_arn}"


async def _take(ctx: Context, activity_arn: str, worker: str) -> Result | None:
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["next_task"], activity=activity_arn)
        if row is None or not await tx.run(SQL["take_task"], token=row["token"]):
            return None
        details = {"workerName": worker} if worker else {}
        await note_task(ctx, tx, row["arn"], row["frame"], row["token"], "ActivityStarted", details)
    return {"taskToken": row["token"], "input": row["input"]}

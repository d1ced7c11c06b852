"""From ``$LATEST`` to a numbered version, and the step that makes a new configuration take effect."""

from __future__ import annotations

from dataclasses import replace

from sundog import work
from sundog.compute.contract import EngineError
from sundog.context import Context, Request
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    PreconditionFailedException,
    ResourceNotFoundException,
)
from sundog.services.lambda_.images import Images, is_image
from sundog.services.lambda_.loading import find_version, save_version
from sundog.services.lambda_.model import Function, State, Version
from sundog.services.lambda_.names import FunctionName, function_arn
from sundog.services.lambda_.rows import SQL, content_digest, function_key
from sundog.store import Transaction
from sundog.work import WorkItem

ACTIVATE = "lambda.activate"


def check_revision(version: Version, request: Request) -> None:
    asked = request.get("RevisionId")
    if asked and asked != version.revision:
        raise PreconditionFailedException(operation="GetFunction/GetAlias")


async def publish(
    ctx: Context, tx: Transaction, function: Function, latest: Version, request: Request
) -> Version:
    """A new version, or the last one where nothing has changed since."""
    digest = content_digest(latest)
    last = await find_version(tx, function.scope, function.name, function.last_version)
    if last is not None and not last.is_latest and last.published_from == digest:
        return last
    number = function.last_version + 1
    settings = dict(latest.settings)
    if request.get("Description"):
        settings["Description"] = request["Description"]
    has_snapshot = settings["SnapStart"]["ApplyOn"] == "PublishedVersions"
    settings["SnapStart"] = {**settings["SnapStart"], "OptimizationStatus": "On" if has_snapshot else "Off"}
    is_ready = latest.state == "Active" and not has_snapshot
    version = replace(
        latest,
        version=str(number),
        revision=ctx.ids.uuid(),
        modified_ms=ctx.clock.now_ms(),
        state="Active" if is_ready else "Pending",
        update_status="Successful" if is_ready else "",
        settings=settings,
        published_from=digest,
    )
    await save_version(tx, version)
    await tx.run(SQL["set_last_version"], **function_key(function.scope, function.name), last_version=number)
    if not is_ready:
        await activate_soon(ctx, tx, version)
    ctx.part(Catalog).changed(tx)
    return version


def check_code(latest: Version, request: Request) -> None:
    asked, current = request.get("CodeSha256"), latest.settings["CodeSha256"]
    if asked and asked != current:
        raise InvalidParameterValueException(
            reason=f"CodeSHA256 ({asked}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )


async def activate_soon(ctx: Context, tx: Transaction, version: Version, *, is_new: bool = False) -> None:
    """Pending and InProgress last for a moment only, unless an image has to be unpacked.

    A new function is Pending long enough to be seen so, by those who wait for it first. Where time stands
    still nobody could see the end of it.
    """
    moment_ms = limits.PENDING_MS if is_new and not ctx.clock.is_frozen else 0
    number = 0 if version.is_latest else int(version.version)
    has_snapshot = not version.is_latest and version.settings["SnapStart"]["ApplyOn"] == "PublishedVersions"
    payload = {
        "name": version.name,
        "number": number,
        "code": version.code,
        "has_snapshot": has_snapshot,
    }
    key = function_arn(version.scope, version.name, version.version)
    await work.put(tx, ACTIVATE, payload, scope=version.scope, due_ms=ctx.clock.now_ms() + moment_ms, key=key)


async def activate(ctx: Context, item: WorkItem) -> None:
    """The configuration has taken effect: Active, Successful, under a new revision id (recorded).

    An image is unpacked first: what cannot be had of it makes the function Failed.
    """
    code = item.payload.get("code", "")
    failure = await ctx.part(Images).prepare(code) if is_image(code) else ""
    if item.payload.get("has_snapshot"):
        failure = await _take_snapshot(ctx, item)
    async with ctx.store.transaction() as tx:
        version = await find_version(tx, item.scope, item.payload["name"], item.payload["number"])
        if version is not None and (version.state, version.update_status) != ("Active", "Successful"):
            await save_version(tx, replace(_settled(version, failure), revision=ctx.ids.uuid()))
        await work.finish(tx, item)


async def _take_snapshot(ctx: Context, item: WorkItem) -> str:
    """Initialise an environment as SnapStart does when a version is published; why it cannot be, or nothing.

    It waits for its first invocation as long as any unused environment does.
    """
    name = FunctionName(item.scope, item.payload["name"], str(item.payload["number"]))
    engine = ctx.part(Compute).engine
    try:
        spec = (await ctx.part(Catalog).find(name)).routes[0].spec
        ready = await engine.keep(spec, 1)
        await engine.keep(spec, 0)
    except EngineError as error:
        return str(error)
    except ResourceNotFoundException:  # deleted meanwhile
        return ""
    return "" if ready else "The function's initialization failed; its log says why."


def _settled(version: Version, failure: str) -> Version:
    """An update that fails leaves the function as invocable as it was."""
    if not failure:
        return replace(version, state="Active", update_status="Successful", failure="")
    state: State = "Active" if version.state == "Active" else "Failed"
    return replace(version, state=state, update_status="Failed", failure=failure)

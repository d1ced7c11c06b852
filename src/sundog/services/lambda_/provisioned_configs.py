"""Operations on provisioned concurrency: environments of a version or alias that wait for invocations.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

from collections.abc import Iterable

from sundog.context import Context, Request, Result, operation
from sundog.services.lambda_ import limits
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.describing import write_seconds
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    ProvisionedConcurrencyConfigNotFoundException,
    ResourceConflictException,
)
from sundog.services.lambda_.loading import (
    check_qualifier,
    delete_setting,
    find_setting,
    list_settings,
    load_function,
    load_taken,
    load_version,
    put_setting,
    requested_sum,
)
from sundog.services.lambda_.model import Function, Setting
from sundog.services.lambda_.names import FunctionName, is_version, parse_name, unqualified
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker
from sundog.services.lambda_.provisioned import Provisioned
from sundog.store import Transaction

INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"


@operation("lambda", "PutProvisionedConcurrencyConfig")
async def put_provisioned_concurrency_config(ctx: Context, request: Request) -> Result:
    name = parse_name(ctx.scope, request["FunctionName"], request["Qualifier"])
    if name.is_latest:
        raise InvalidParameterValueException(
            reason="Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    body = {"requested": request["ProvisionedConcurrentExecutions"], "modified_ms": ctx.clock.now_ms()}
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        function = await load_function(tx, name)
        provisioned = await list_settings(tx, name, "provisioned")
        await _check_overlap(tx, name, provisioned)
        others = requested_sum(s for s in provisioned if s.qualifier != name.qualifier)
        taken = await load_taken(tx, name.scope) - own_part(function, provisioned)
        check_room(function, body["requested"], others, taken)
        await put_setting(tx, name, "provisioned", name.qualifier, body)
        ctx.part(Catalog).changed(tx)
    return _describe(ctx, name, Setting("provisioned", name.qualifier, body))


@operation("lambda", "GetProvisionedConcurrencyConfig")
async def get_provisioned_concurrency_config(ctx: Context, request: Request) -> Result:
    name = _published(ctx, request)
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        setting = await find_setting(tx, name, "provisioned", name.qualifier)
    if setting is None:
        raise ProvisionedConcurrencyConfigNotFoundException
    return _describe(ctx, name, setting)


@operation("lambda", "DeleteProvisionedConcurrencyConfig")
async def delete_provisioned_concurrency_config(ctx: Context, request: Request) -> Result | None:
    name = _published(ctx, request)
    async with ctx.store.transaction() as tx:
        await check_qualifier(tx, name)
        await delete_setting(tx, name, "provisioned", name.qualifier)
        ctx.part(Catalog).changed(tx)
    return None


@operation("lambda", "ListProvisionedConcurrencyConfigs")
async def list_provisioned_concurrency_configs(ctx: Context, request: Request) -> Result:
    name = unqualified(parse_name(ctx.scope, request["FunctionName"]))
    count = page_size(request)
    (after,) = parse_marker(request, "")
    async with ctx.store.transaction() as tx:
        await load_function(tx, name)
        found = await list_settings(tx, name, "provisioned", after, count + 1)
    shown = []
    for setting in found[:count]:
        own = FunctionName(name.scope, name.name, setting.qualifier)
        shown.append({"FunctionArn": own.arn, **_describe(ctx, own, setting)})
    last = (found[count - 1].qualifier,) if len(found) > count else None
    return with_marker({"ProvisionedConcurrencyConfigs": shown}, last)


def own_part(function: Function, provisioned: Iterable[Setting]) -> int:
    """What of the concurrency taken in the account is this function's own."""
    return requested_sum(provisioned) if function.reserved is None else function.reserved


def check_room(function: Function, requested: int, others: int, taken: int) -> None:
    """``others``: provisioned for other qualifiers; ``taken``: by other functions of the account."""
    if function.reserved is not None:
        if requested + others > function.reserved:
            raise InvalidParameterValueException(
                reason="Requested Provisioned Concurrency should not be greater than the "
                "reservedConcurrentExecution for function"
            )
        return
    free = limits.CONCURRENCY_MAX - taken - others
    if requested > free:
        raise InvalidParameterValueException(
            reason="Specified ConcurrentExecutions for function is greater than account's unreserved "
            f"concurrency [{free}]."
        )
    if free - requested < limits.UNRESERVED_CONCURRENCY_MIN:
        raise InvalidParameterValueException(
            reason="Specified ConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{limits.UNRESERVED_CONCURRENCY_MIN}]."
        )


async def _check_overlap(tx: Transaction, name: FunctionName, provisioned: list[Setting]) -> None:
    """A version has provisioned environments of its own or those of its alias, not both."""
    version = await load_version(tx, name)
    if version.settings["SnapStart"]["ApplyOn"] == "PublishedVersions":
        raise InvalidParameterValueException(
            reason="Provisioned Concurrency is not supported for functions with SnapStart enabled."
        )
    for setting in provisioned:
        if setting.qualifier == name.qualifier:
            continue
        other = await load_version(tx, FunctionName(name.scope, name.name, setting.qualifier))
        if other.version != version.version:
            continue
        if is_version(setting.qualifier):
            raise ResourceConflictException(
                reason="Alias can't be used for Provisioned Concurrency configuration on an already "
                "Provisioned version"
            )
        raise ResourceConflictException(reason="Version is pointed to by a Provisioned Concurrency alias")


def _published(ctx: Context, request: Request) -> FunctionName:
    name = parse_name(ctx.scope, request["FunctionName"], request["Qualifier"])
    if name.is_latest:
        raise InvalidParameterValueException(
            reason="The function resource provided must be an alias or a published version."
        )
    return name


def _describe(ctx: Context, name: FunctionName, setting: Setting) -> Result:
    requested: int = setting.body["requested"]
    ready, has_failed = ctx.part(Provisioned).ready(name, requested)
    described = {
        "RequestedProvisionedConcurrentExecutions": requested,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": "FAILED" if has_failed else "READY" if ready == requested else "IN_PROGRESS",
        "LastModified": write_seconds(setting.body["modified_ms"]),
    }
    return described | ({"StatusReason": INIT_FAILED} if has_failed else {})

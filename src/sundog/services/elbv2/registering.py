"""Operations on targets: register, deregister, say how they are."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Principal, Request, Result, operation
from sundog.errors import AwsError, UnsupportedOperation
from sundog.lang.iam_policy import AccessRequest, Policies, decide, read_policy
from sundog.services.elbv2 import attributes, limits
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.errors import AccessDenied, TooManyTargetsException, invalid
from sundog.services.elbv2.health import SERVICE, Health, describe
from sundog.services.elbv2.model import Resource, Target
from sundog.services.elbv2.names import load
from sundog.services.elbv2.rows import SQL, list_targets, scope_key
from sundog.services.elbv2.uses import find_uses
from sundog.store import Transaction


@operation("elbv2", "RegisterTargets")
async def register_targets(ctx: Context, request: Request) -> Result:
    """A target that is registered already, or drains, is simply registered."""
    async with ctx.store.transaction() as tx:
        group = await load(ctx, tx, "targetgroup", request["TargetGroupArn"])
    wanted = [_read(group, given) for given in _given(request)]
    if group.shape["TargetType"] == "lambda":
        await _check_function(ctx, group, wanted)
    async with ctx.store.transaction() as tx:
        group = await load(ctx, tx, "targetgroup", group.arn)
        await _check_count(ctx, tx, group, wanted)
        for target, zone in wanted:
            await tx.run(
                SQL["put_target"],
                **_key(group, target),
                zone=zone,
                registered_ms=ctx.clock.now_ms(),
            )
        ctx.part(Directory).changed(tx)
    return {}


def _given(request: Request) -> Sequence[Mapping[str, Any]]:
    given: Sequence[Mapping[str, Any]] = request["Targets"]
    if not given:
        raise invalid("At least one target must be specified")
    return given


_Wanted = tuple[tuple[str, int], str]
"""A target's id and port, and its zone."""


def _read(group: Resource, given: Mapping[str, Any]) -> _Wanted:
    id, port, kind = given["Id"], given.get("Port"), group.shape["TargetType"]
    if given.get("QuicServerId"):
        raise invalid(
            "A QUIC server ID cannot be specified for target groups with the HTTP or HTTPS protocol"
        )
    if kind == "instance":
        raise UnsupportedOperation(
            what=f"the instance {id} as a target",
            remedy="Register the server's address with a target group of type ip: there is no EC2.",
        )
    if kind == "lambda":
        if port is not None:
            raise invalid("Port cannot be specified for target groups with target type 'lambda'")
        return (id, 0), ""
    _check_address(id, group.shape["IpAddressType"])
    return (id, port or group.shape["Port"]), given.get("AvailabilityZone") or ""


def _check_address(id: str, kind: str) -> None:
    """AWS takes private addresses only; those of this machine are the ones it is about here."""
    try:
        address = ipaddress.ip_address(id)
    except ValueError:
        raise invalid(f"The IP address '{id}' is not a valid IPv4 or IPv6 address") from None
    if f"ipv{address.version}" != kind:
        raise invalid(f"The IP address '{id}' is not of the type '{kind}' of the target group")
    if address.is_global and address not in ipaddress.ip_network("100.64.0.0/10"):
        raise invalid(f"The IP address '{id}' is publicly routable and cannot be a target")


async def _check_function(ctx: Context, group: Resource, wanted: Sequence[_Wanted]) -> None:
    if len(wanted) > 1:
        raise TooManyTargetsException(
            "Only one target can be registered with a target group of type 'lambda'"
        )
    id = wanted[0][0][0]
    arn = parse_arn(id)
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        raise invalid(f"'{id}' is not a valid Lambda function ARN")
    if arn.scope != group.scope:
        raise invalid(
            "The Lambda function and the target group must be in the same account and in the same Region"
        )
    if not await _may_invoke(ctx, group, id):
        raise AccessDenied(
            reason="elasticloadbalancing principal does not have permission to invoke "
            f"{id} from target group {group.arn}"
        )


async def _may_invoke(ctx: Context, group: Resource, function: str) -> bool:
    """Whether the function's policy lets load balancers call it for this group."""
    owner = ctx.acting(principal=Principal.root(group.scope.account))
    try:
        found = await owner.dispatch("lambda", "GetPolicy", {"FunctionName": function})
    except AwsError:
        return False
    context = {"aws:SourceArn": group.arn, "aws:SourceAccount": group.scope.account}
    asked = AccessRequest(SERVICE, "lambda:InvokeFunction", function, group.scope.account, context)
    policy = read_policy(orjson.loads(found["Policy"]))
    return decide(asked, Policies(resource=policy)).outcome == "allowed"


async def _check_count(ctx: Context, tx: Transaction, group: Resource, wanted: Sequence[_Wanted]) -> None:
    await _forget_drained(ctx, tx, group)
    present = {(target.id, target.port) for target in await list_targets(tx, group) if not target.drained_ms}
    count = len(present | {target for target, _ in wanted})
    is_function = group.shape["TargetType"] == "lambda"
    if count > (1 if is_function else limits.TARGETS_MAX):
        raise TooManyTargetsException


async def _forget_drained(ctx: Context, tx: Transaction, group: Resource) -> None:
    now_ms = ctx.clock.now_ms()
    await tx.run(SQL["forget_drained"], **scope_key(group.scope), target_group=group.arn, now_ms=now_ms)


def _key(group: Resource, target: tuple[str, int]) -> dict[str, Any]:
    return {**scope_key(group.scope), "target_group": group.arn, "id": target[0], "port": target[1]}


@operation("elbv2", "DeregisterTargets")
async def deregister_targets(ctx: Context, request: Request) -> Result:
    """Targets that are not registered are passed over."""
    async with ctx.store.transaction() as tx:
        group = await load(ctx, tx, "targetgroup", request["TargetGroupArn"])
        present = await list_targets(tx, group)
        drained_ms = ctx.clock.now_ms() + 1_000 * _delay_s(group)
        for target in _named(present, _given(request)):
            await tx.run(SQL["drain_target"], **_key(group, (target.id, target.port)), drained_ms=drained_ms)
        await _forget_drained(ctx, tx, group)
        ctx.part(Directory).changed(tx)
    return {}


def _delay_s(group: Resource) -> int:
    if group.shape["TargetType"] == "lambda":
        return 0
    return int(attributes.value_of(group, "deregistration_delay.timeout_seconds"))


def _named(present: Sequence[Target], given: Sequence[Mapping[str, Any]]) -> Iterator[Target]:
    """Without a port the target is meant on every port that it is registered with."""
    for target in present:
        for one in given:
            if one["Id"] == target.id and one.get("Port") in (None, target.port):
                yield target
                break


@operation("elbv2", "DescribeTargetHealth")
async def describe_target_health(ctx: Context, request: Request) -> Result:
    given = request.get("Targets")
    async with ctx.store.transaction() as tx:
        group = await load(ctx, tx, "targetgroup", request["TargetGroupArn"])
        present = [
            one for one in await list_targets(tx, group) if not 0 < one.drained_ms <= ctx.clock.now_ms()
        ]
        is_used = group.arn in await find_uses(tx, ctx.scope)
    health = ctx.part(Health)
    shown = list(_named(present, given)) if given else present
    answers = [describe(group, target, health.of(group, target), is_used) for target in shown]
    answers = [{**one, **_included(group, request.get("Include") or ())} for one in answers]
    for one in given or ():
        if not any(True for _ in _named(present, [one])):
            answers.append(_unregistered(one))
    return {"TargetHealthDescriptions": answers}


def _included(group: Resource, include: Sequence[str]) -> dict[str, Any]:
    """Anomalies are not looked for, so none is found; and nobody shifts zones away."""
    found: dict[str, Any] = {}
    if group.shape["TargetType"] != "lambda" and {"AnomalyDetection", "All"} & set(include):
        found["AnomalyDetection"] = {"Result": "normal", "MitigationInEffect": "no"}
    if "All" in include:
        found["AdministrativeOverride"] = {
            "State": "no_override",
            "Reason": "AdministrativeOverride.NoOverride",
            "Description": "No override is currently active on target",
        }
    return found


def _unregistered(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Target": {name: given[name] for name in ("Id", "Port") if given.get(name)},
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    }

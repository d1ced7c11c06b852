"""Operations on target groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.errors import (
    DuplicateTargetGroupNameException,
    ResourceInUseException,
    TargetGroupNotFoundException,
    TooManyTargetGroupsException,
    invalid,
    misconfigured,
)
from sundog.services.elbv2.model import Resource
from sundog.services.elbv2.names import check_name, load
from sundog.services.elbv2.pages import page_size, read_marker, with_marker
from sundog.services.elbv2.rows import SQL, delete, find, find_named, insert, list_kind, save, scope_key
from sundog.services.elbv2.tags import read_tags
from sundog.services.elbv2.uses import find_uses
from sundog.store import Transaction

_CHECKS = (
    "HealthCheckEnabled",
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
)
_SERVER_CHECKS: Mapping[str, Any] = {
    "HealthCheckProtocol": "HTTP",
    "HealthCheckPort": "traffic-port",
    "HealthCheckEnabled": True,
    "HealthCheckIntervalSeconds": 30,
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 5,
    "UnhealthyThresholdCount": 2,
    "HealthCheckPath": "/",
    "Matcher": {"HttpCode": "200"},
}
_FUNCTION_CHECKS: Mapping[str, Any] = {
    "HealthCheckEnabled": False,
    "HealthCheckIntervalSeconds": 35,
    "HealthCheckTimeoutSeconds": 30,
    "HealthyThresholdCount": 5,
    "UnhealthyThresholdCount": 2,
    "HealthCheckPath": "/",
    "Matcher": {"HttpCode": "200"},
}
_CODES = re.compile(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*")
_VPC = re.compile(r"vpc-[0-9a-z]+")
_ELSEWHERE = "Only target groups of application load balancers are built: use HTTP or HTTPS, or functions."


@operation("elbv2", "CreateTargetGroup")
async def create_target_group(ctx: Context, request: Request) -> Result:
    """Making a target group again is no mistake as long as nothing about it is to be different."""
    name: str = request["Name"]
    check_name("target group", name)
    shape = _shape(request)
    tags = read_tags(request.get("Tags"))
    async with ctx.store.transaction() as tx:
        found = await find_named(tx, ctx.scope, "targetgroup", name)
        if found is not None:
            if any(found.shape.get(member) != value for member, value in shape.items()):
                raise DuplicateTargetGroupNameException(name=name)
            return {"TargetGroups": [await _shown(tx, found)]}
        existing = await list_kind(tx, ctx.scope, "targetgroup")
        if len(existing) >= limits.TARGET_GROUPS_MAX and ctx.config.limits != "relaxed":
            raise TooManyTargetGroupsException
        arn = ctx.arn("elasticloadbalancing", f"targetgroup/{name}/{ctx.ids.hex(16)}")
        full = {"TargetGroupArn": arn, "TargetGroupName": name, **shape}
        group = Resource(ctx.scope, "targetgroup", arn, name, full, ctx.clock.now_ms(), tags=tags)
        await insert(tx, group)
    return {"TargetGroups": [{**full, "LoadBalancerArns": []}]}


def _shape(request: Request) -> dict[str, Any]:
    kind = request.get("TargetType") or "instance"
    if kind == "alb":
        raise UnsupportedOperation(what="target groups of type alb", remedy=_ELSEWHERE)
    if request.get("TargetControlPort"):
        raise UnsupportedOperation(what="the parameter TargetControlPort", remedy="Leave it out.")
    shape = _function_shape(request) if kind == "lambda" else _server_shape(request)
    given = {name: request[name] for name in _CHECKS if request.get(name) is not None}
    shape = {**shape, **(_FUNCTION_CHECKS if kind == "lambda" else _SERVER_CHECKS), **given}
    _check_checks(shape, kind)
    return shape | {"TargetType": kind, "IpAddressType": request.get("IpAddressType") or "ipv4"}


def _function_shape(request: Request) -> dict[str, Any]:
    for member, noun in (
        ("Port", "Port"),
        ("Protocol", "Protocol"),
        ("VpcId", "VPC ID"),
        ("ProtocolVersion", "Protocol version"),
        ("HealthCheckProtocol", "Health check protocol"),
        ("HealthCheckPort", "Health check port"),
    ):
        if request.get(member):
            raise invalid(f"{noun} cannot be specified for target groups with target type 'lambda'")
    return {}


def _server_shape(request: Request) -> dict[str, Any]:
    protocol, version = request.get("Protocol"), request.get("ProtocolVersion") or "HTTP1"
    if not protocol:
        raise invalid("A protocol must be specified")
    if protocol not in ("HTTP", "HTTPS"):
        raise UnsupportedOperation(what=f"target groups with the protocol {protocol}", remedy=_ELSEWHERE)
    if request.get("Port") is None:
        raise invalid("A port must be specified")
    if not request.get("VpcId"):
        raise invalid("A VPC ID must be specified")
    if not _VPC.fullmatch(request["VpcId"]):
        raise invalid(f"The VPC ID '{request['VpcId']}' is not found")
    if version not in ("HTTP1", "HTTP2", "GRPC"):
        raise invalid(f"Protocol version '{version}' must be one of 'HTTP1, HTTP2, GRPC'")
    if version != "HTTP1":
        raise UnsupportedOperation(
            what=f"the protocol version {version}", remedy="Leave it out: targets are called with HTTP/1.1."
        )
    return {
        "Protocol": protocol,
        "Port": request["Port"],
        "VpcId": request["VpcId"],
        "ProtocolVersion": version,
    }


def _check_checks(shape: Mapping[str, Any], kind: str) -> None:
    if kind != "lambda" and not shape["HealthCheckEnabled"]:
        raise invalid(f"Health check enabled must be true for target groups with target type '{kind}'")
    if shape.get("HealthCheckProtocol", "HTTP") not in ("HTTP", "HTTPS"):
        raise invalid(
            f"Health check protocol '{shape['HealthCheckProtocol']}' must be one of 'HTTP, HTTPS' "
            f"for target groups with the {shape.get('Protocol')} protocol"
        )
    port = shape.get("HealthCheckPort", "traffic-port")
    if port != "traffic-port" and not (port.isdigit() and 1 <= int(port) <= 65_535):
        raise invalid(
            f"Health check port '{port}' must be 'traffic-port' or a number between '1' and '65535'"
        )
    if not shape["HealthCheckPath"].startswith("/"):
        raise invalid(f"Health check path '{shape['HealthCheckPath']}' must start with '/'")
    if shape["HealthCheckTimeoutSeconds"] >= shape["HealthCheckIntervalSeconds"]:
        raise invalid("Health check interval must be greater than the timeout.")
    if shape["Matcher"].get("GrpcCode"):
        raise misconfigured(
            "gRPC codes cannot be specified for target groups with the protocol version 'HTTP1'"
        )
    codes = shape["Matcher"].get("HttpCode") or ""
    numbers = [int(number) for number in re.findall(r"\d+", codes)]
    if not _CODES.fullmatch(codes) or not all(200 <= number <= 499 for number in numbers):
        raise invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")


@operation("elbv2", "ModifyTargetGroup")
async def modify_target_group(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        group = await load(ctx, tx, "targetgroup", request["TargetGroupArn"])
        kind = group.shape["TargetType"]
        if kind == "lambda":
            _function_shape(request)
        given = {name: request[name] for name in _CHECKS if request.get(name) is not None}
        group = replace(group, shape={**group.shape, **given})
        _check_checks(group.shape, kind)
        await save(tx, group)
        ctx.part(Directory).changed(tx)
        return {"TargetGroups": [await _shown(tx, group)]}


@operation("elbv2", "DescribeTargetGroups")
async def describe_target_groups(ctx: Context, request: Request) -> Result:
    arns, names = request.get("TargetGroupArns") or (), request.get("Names") or ()
    balancer = request.get("LoadBalancerArn")
    if sum(map(bool, (arns, names, balancer))) > 1:
        raise invalid(
            "Target group ARNs, target group names and a load balancer ARN cannot be specified together"
        )
    async with ctx.store.transaction() as tx:
        uses = await find_uses(tx, ctx.scope)
        if arns or names:
            found = [await find(tx, ctx.scope, "targetgroup", arn) for arn in arns]
            found += [await find_named(tx, ctx.scope, "targetgroup", name) for name in names]
            if None in found:
                raise TargetGroupNotFoundException
            return {"TargetGroups": [_with_uses(group, uses) for group in found if group is not None]}
        if balancer:
            await load(ctx, tx, "loadbalancer", balancer)
            groups = await list_kind(tx, ctx.scope, "targetgroup")
            groups = [group for group in groups if balancer in uses.get(group.arn, ())]
            return {"TargetGroups": [_with_uses(group, uses) for group in groups]}
        size = page_size(request)
        page = await list_kind(tx, ctx.scope, "targetgroup", read_marker(request), size + 1)
    answer: Result = {"TargetGroups": [_with_uses(group, uses) for group in page[:size]]}
    return with_marker(answer, page[size - 1].name if len(page) > size else None)


@operation("elbv2", "DeleteTargetGroup")
async def delete_target_group(ctx: Context, request: Request) -> Result:
    """Deleting what is not there succeeds."""
    arn = request["TargetGroupArn"]
    async with ctx.store.transaction() as tx:
        try:
            group = await load(ctx, tx, "targetgroup", arn)
        except TargetGroupNotFoundException:
            return {}
        if arn in await find_uses(tx, ctx.scope):
            raise ResourceInUseException(
                reason=f"Target group '{arn}' is currently in use by a listener or a rule"
            )
        await tx.run(SQL["delete_targets"], **scope_key(ctx.scope), target_group=arn)
        await delete(tx, group)
        ctx.part(Directory).changed(tx)
    return {}


async def _shown(tx: Transaction, group: Resource) -> dict[str, Any]:
    return _with_uses(group, await find_uses(tx, group.scope))


def _with_uses(group: Resource, uses: Mapping[str, list[str]]) -> dict[str, Any]:
    return {**group.shape, "LoadBalancerArns": uses.get(group.arn, [])}

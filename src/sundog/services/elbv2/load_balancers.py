"""Operations on load balancers and their attributes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.scope import Scope
from sundog.services.elbv2 import attributes, limits
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.errors import (
    DuplicateLoadBalancerNameException,
    InvalidSecurityGroupException,
    InvalidSubnetException,
    LoadBalancerNotFoundException,
    OperationNotPermittedException,
    SubnetNotFoundException,
    TooManyLoadBalancersException,
    invalid,
    misconfigured,
)
from sundog.services.elbv2.model import Resource
from sundog.services.elbv2.names import check_name, load
from sundog.services.elbv2.pages import page_size, read_marker, with_marker
from sundog.services.elbv2.rows import children, delete, find, find_named, insert, list_kind, save
from sundog.services.elbv2.tags import read_tags
from sundog.store import Transaction

_SUBNET = re.compile(r"subnet-[0-9a-z]+")
_GROUP = re.compile(r"sg-[0-9a-z]+")
ZONE_ID = "Z35SXDOTRQ7X7K"
"""The hosted zone of load balancers in us-east-1; aliases need one, whatever it is."""

_KINDS = {
    "network": "Only application load balancers are built: functions and HTTP servers need no other.",
    "gateway": "Only application load balancers are built: there are no networks to inspect.",
}


@operation("elbv2", "CreateLoadBalancer")
async def create_load_balancer(ctx: Context, request: Request) -> Result:
    """Making a load balancer again is no mistake as long as nothing about it is to be different."""
    name: str = request["Name"]
    _check_kind(request)
    check_name("load balancer", name)
    shape = _shape(ctx.scope, request)
    tags = read_tags(request.get("Tags"))
    async with ctx.store.transaction() as tx:
        found = await find_named(tx, ctx.scope, "loadbalancer", name)
        if found is not None:
            if any(found.shape[member] != value for member, value in shape.items()):
                raise DuplicateLoadBalancerNameException(name=name)
            return {"LoadBalancers": [dict(found.shape)]}
        existing = await list_kind(tx, ctx.scope, "loadbalancer")
        if len(existing) >= limits.LOAD_BALANCERS_MAX and ctx.config.limits != "relaxed":
            raise TooManyLoadBalancersException
        resource = _resource(ctx, name, shape, tags)
        await insert(tx, resource)
        ctx.part(Directory).changed(tx)
    return {"LoadBalancers": [{**resource.shape, "State": {"Code": "provisioning"}}]}


def _resource(ctx: Context, name: str, shape: Mapping[str, Any], tags: dict[str, str]) -> Resource:
    id, number = ctx.ids.hex(16), int(ctx.ids.hex(12), 16) % 2_000_000_000
    prefix = "internal-" if shape["Scheme"] == "internal" else ""
    handle = f"{prefix}{name}-{number}".lower()
    arn = ctx.arn("elasticloadbalancing", f"loadbalancer/app/{name}/{id}")
    full = {
        "LoadBalancerArn": arn,
        "DNSName": f"{prefix}{name}-{number}.{ctx.scope.region}.elb.localhost",
        "CanonicalHostedZoneId": ZONE_ID,
        "CreatedTime": ctx.clock.now_ms(),
        "LoadBalancerName": name,
        "State": {"Code": "active"},
        **shape,
    }
    return Resource(ctx.scope, "loadbalancer", arn, name, full, ctx.clock.now_ms(), handle=handle, tags=tags)


def _check_kind(request: Request) -> None:
    kind = request.get("Type") or "application"
    if kind in _KINDS:
        raise UnsupportedOperation(what=f"load balancers of type {kind}", remedy=_KINDS[kind])
    for member in ("CustomerOwnedIpv4Pool", "IpamPools"):
        if request.get(member):
            raise UnsupportedOperation(
                what=f"the parameter {member}", remedy="Leave it out: addresses are local."
            )
    if request.get("EnablePrefixForIpv6SourceNat"):
        raise misconfigured(
            "Source NAT prefixes are not supported for load balancers with type 'application'"
        )


def _shape(scope: Scope, request: Request) -> dict[str, Any]:
    """What the caller decides. A network of its own for every account and region: nothing is looked up."""
    groups = list(request.get("SecurityGroups") or (_derived(scope, "sg"),))
    _check_groups(groups)
    return {
        "Scheme": request.get("Scheme") or "internet-facing",
        "VpcId": _derived(scope, "vpc"),
        "Type": "application",
        "AvailabilityZones": read_zones(scope, request),
        "SecurityGroups": groups,
        "IpAddressType": request.get("IpAddressType") or "ipv4",
    }


def _derived(scope: Scope, prefix: str) -> str:
    """An id that is always the same for an account and region."""
    return f"{prefix}-{hashlib.sha256(f'{scope.account}/{scope.region}'.encode()).hexdigest()[:17]}"


def _check_groups(groups: list[str]) -> None:
    if len(set(groups)) != len(groups) or not all(_GROUP.fullmatch(group) for group in groups):
        raise InvalidSecurityGroupException


def read_zones(scope: Scope, request: Request) -> list[dict[str, Any]]:
    """A zone for each subnet, in their order: which zone a subnet is in only EC2 knows."""
    mappings = request.get("SubnetMappings") or ()
    if mappings and request.get("Subnets"):
        raise invalid("You can specify either subnets or subnet mappings, not both")
    for mapping in mappings:
        if mapping.get("AllocationId") or mapping.get("PrivateIPv4Address"):
            raise misconfigured(
                "Elastic IP addresses are not supported for load balancers with type 'application'"
            )
    subnets = list(request.get("Subnets") or [mapping.get("SubnetId") or "" for mapping in mappings])
    for subnet in subnets:
        if not _SUBNET.fullmatch(subnet):
            raise SubnetNotFoundException(id=subnet)
    if len(set(subnets)) != len(subnets):
        raise InvalidSubnetException(reason="A subnet cannot be specified more than once")
    if len(subnets) < 2:
        raise invalid("At least two subnets in two different Availability Zones must be specified")
    return [
        {"ZoneName": f"{scope.region}{letter}", "SubnetId": subnet, "LoadBalancerAddresses": []}
        for letter, subnet in zip("abcdef", subnets, strict=False)
    ]


@operation("elbv2", "DescribeLoadBalancers")
async def describe_load_balancers(ctx: Context, request: Request) -> Result:
    arns, names = request.get("LoadBalancerArns") or (), request.get("Names") or ()
    if arns and names:
        raise invalid("Load balancer ARNs and load balancer names cannot be specified at the same time")
    async with ctx.store.transaction() as tx:
        if arns or names:
            found = [await find(tx, ctx.scope, "loadbalancer", arn) for arn in arns]
            found += [await find_named(tx, ctx.scope, "loadbalancer", name) for name in names]
            if None in found:
                raise LoadBalancerNotFoundException
            return {"LoadBalancers": [dict(one.shape) for one in found if one is not None]}
        size = page_size(request)
        page = await list_kind(tx, ctx.scope, "loadbalancer", read_marker(request), size + 1)
    answer: Result = {"LoadBalancers": [dict(one.shape) for one in page[:size]]}
    return with_marker(answer, page[size - 1].name if len(page) > size else None)


@operation("elbv2", "DeleteLoadBalancer")
async def delete_load_balancer(ctx: Context, request: Request) -> Result:
    """Its listeners and their rules go with it. Deleting what is not there succeeds."""
    arn = request["LoadBalancerArn"]
    async with ctx.store.transaction() as tx:
        try:
            resource = await load(ctx, tx, "loadbalancer", arn)
        except LoadBalancerNotFoundException:
            return {}
        if attributes.value_of(resource, "deletion_protection.enabled") == "true":
            raise OperationNotPermittedException(
                reason=f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            )
        for listener in await children(tx, resource):
            await delete_with_children(tx, listener)
        await delete(tx, resource)
        ctx.part(Directory).changed(tx)
    return {}


async def delete_with_children(tx: Transaction, resource: Resource) -> None:
    for child in await children(tx, resource):
        await delete(tx, child)
    await delete(tx, resource)


async def _change(ctx: Context, tx: Transaction, arn: str, **members: Any) -> Resource:
    resource = await load(ctx, tx, "loadbalancer", arn)
    changed = replace(resource, shape={**resource.shape, **members})
    await save(tx, changed)
    ctx.part(Directory).changed(tx)
    return changed


@operation("elbv2", "SetSubnets")
async def set_subnets(ctx: Context, request: Request) -> Result:
    zones = read_zones(ctx.scope, request)
    members: dict[str, Any] = {"AvailabilityZones": zones}
    if request.get("IpAddressType"):
        members["IpAddressType"] = request["IpAddressType"]
    async with ctx.store.transaction() as tx:
        changed = await _change(ctx, tx, request["LoadBalancerArn"], **members)
    return {"AvailabilityZones": zones, "IpAddressType": changed.shape["IpAddressType"]}


@operation("elbv2", "SetSecurityGroups")
async def set_security_groups(ctx: Context, request: Request) -> Result:
    groups = list(request["SecurityGroups"])
    if not groups:
        raise invalid("At least one security group must be specified")
    _check_groups(groups)
    if request.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"):
        raise misconfigured("PrivateLink traffic is not supported for load balancers with type 'application'")
    async with ctx.store.transaction() as tx:
        await _change(ctx, tx, request["LoadBalancerArn"], SecurityGroups=groups)
    return {"SecurityGroupIds": groups}


@operation("elbv2", "SetIpAddressType")
async def set_ip_address_type(ctx: Context, request: Request) -> Result:
    kind = request["IpAddressType"]
    async with ctx.store.transaction() as tx:
        await _change(ctx, tx, request["LoadBalancerArn"], IpAddressType=kind)
    return {"IpAddressType": kind}

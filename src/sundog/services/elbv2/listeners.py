"""Operations on listeners and their certificates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.errors import UnsupportedOperation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.actions import read_actions
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.errors import (
    CertificateNotFoundException,
    DuplicateListenerException,
    OperationNotPermittedException,
    SSLPolicyNotFoundException,
    TooManyCertificatesException,
    TooManyListenersException,
    UnsupportedProtocolException,
    invalid,
    misconfigured,
)
from sundog.services.elbv2.load_balancers import delete_with_children
from sundog.services.elbv2.model import DEFAULT_POSITION, Resource
from sundog.services.elbv2.names import load
from sundog.services.elbv2.pages import cut
from sundog.services.elbv2.rows import children, insert, save
from sundog.services.elbv2.tags import read_tags
from sundog.services.elbv2.uses import check_groups
from sundog.store import Transaction

_POLICY = re.compile(r"ELBSecurityPolicy-[A-Za-z0-9-]+")
_POLICY_DEFAULT = "ELBSecurityPolicy-2016-08"
_FURTHER = "FurtherCertificates"
"""Kept with the shape, not shown in it: DescribeListenerCertificates lists them."""


def shown(listener: Resource) -> dict[str, Any]:
    return {name: value for name, value in listener.shape.items() if name != _FURTHER}


@operation("elbv2", "CreateListener")
async def create_listener(ctx: Context, request: Request) -> Result:
    protocol, port = _protocol(request.get("Protocol")), request.get("Port")
    if port is None:
        raise invalid("A port must be specified")
    secure = _secure(request, protocol, {})
    actions = read_actions(request["DefaultActions"], protocol)
    tags = read_tags(request.get("Tags"))
    async with ctx.store.transaction() as tx:
        balancer = await load(ctx, tx, "loadbalancer", request["LoadBalancerArn"])
        siblings = await children(tx, balancer)
        _check_port(balancer, siblings, port)
        if len(siblings) >= limits.LISTENERS_MAX:
            raise TooManyListenersException
        await check_groups(ctx, tx, balancer.arn, actions)
        arn = f"{balancer.arn.replace(':loadbalancer/', ':listener/')}/{ctx.ids.hex(16)}"
        shape = {
            "ListenerArn": arn,
            "LoadBalancerArn": balancer.arn,
            "Port": port,
            "Protocol": protocol,
            **secure,
            "DefaultActions": actions,
        }
        listener = Resource(
            ctx.scope, "listener", arn, arn, shape, ctx.clock.now_ms(), balancer.arn, port, tags=tags
        )
        await insert(tx, listener)
        await insert(tx, _default_rule(ctx, listener))
        ctx.part(Directory).changed(tx)
    return {"Listeners": [shown(listener)]}


def _default_rule(ctx: Context, listener: Resource) -> Resource:
    arn = f"{listener.arn.replace(':listener/', ':listener-rule/')}/{ctx.ids.hex(16)}"
    shape = {
        "RuleArn": arn,
        "Priority": "default",
        "Conditions": [],
        "Actions": listener.shape["DefaultActions"],
        "IsDefault": True,
        "Transforms": [],
    }
    return Resource(
        ctx.scope, "listener-rule", arn, arn, shape, ctx.clock.now_ms(), listener.arn, DEFAULT_POSITION
    )


def _protocol(protocol: str | None) -> str:
    if not protocol:
        raise invalid("A protocol must be specified")
    if protocol not in ("HTTP", "HTTPS"):
        raise UnsupportedProtocolException(
            reason=f"Listener protocol '{protocol}' must be one of 'HTTP, HTTPS' "
            "for load balancers with type 'application'"
        )
    return protocol


def _secure(request: Request, protocol: str, current: Mapping[str, Any]) -> dict[str, Any]:
    """What an HTTPS listener has and an HTTP listener must not have."""
    if request.get("AlpnPolicy"):
        raise misconfigured("ALPN policies are not supported for load balancers with type 'application'")
    if (request.get("MutualAuthentication") or {}).get("Mode", "off") != "off":
        raise UnsupportedOperation(
            what="mutual TLS",
            remedy="Leave MutualAuthentication out: clients are not asked for certificates.",
        )
    if protocol == "HTTP":
        if request.get("Certificates") or request.get("SslPolicy"):
            raise misconfigured("Certificates and SSL policies cannot be specified for HTTP listeners")
        return {}
    certificates = request.get("Certificates") or current.get("Certificates")
    if not certificates:
        raise invalid("A certificate must be specified for HTTPS listeners")
    if len(certificates) > 1:
        raise invalid(
            f"Up to '1' certificate ARNs can be specified, but '{len(certificates)}' were specified"
        )
    policy = request.get("SslPolicy") or current.get("SslPolicy") or _POLICY_DEFAULT
    if not _POLICY.fullmatch(policy):
        raise SSLPolicyNotFoundException
    return {
        "Certificates": [{"CertificateArn": _certificate(certificates[0])}],
        "SslPolicy": policy,
        "MutualAuthentication": {"Mode": "off"},
    }


def _certificate(given: Mapping[str, Any]) -> str:
    arn: str = given.get("CertificateArn") or ""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in ("acm", "iam"):
        raise CertificateNotFoundException(arn=arn)
    return arn


def _check_port(balancer: Resource, siblings: Sequence[Resource], port: int, own: str = "") -> None:
    if any(sibling.position == port and sibling.arn != own for sibling in siblings):
        raise DuplicateListenerException(arn=balancer.arn)


@operation("elbv2", "ModifyListener")
async def modify_listener(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        listener = await load(ctx, tx, "listener", request["ListenerArn"])
        balancer = await load(ctx, tx, "loadbalancer", listener.parent)
        protocol = _protocol(request.get("Protocol") or listener.shape["Protocol"])
        port = request.get("Port") or listener.position
        _check_port(balancer, await children(tx, balancer), port, listener.arn)
        given = request.get("DefaultActions")
        actions = read_actions(given, protocol) if given else listener.shape["DefaultActions"]
        if given:
            await check_groups(ctx, tx, balancer.arn, actions)
        kept = {
            k: v
            for k, v in listener.shape.items()
            if k not in ("SslPolicy", "Certificates", "MutualAuthentication")
        }
        if protocol == "HTTP":
            kept.pop(_FURTHER, None)
        shape = {
            **kept,
            "Port": port,
            "Protocol": protocol,
            **_secure(request, protocol, listener.shape),
            "DefaultActions": actions,
        }
        listener = replace(listener, shape=shape, position=port)
        await save(tx, listener)
        default = (await children(tx, listener))[-1]
        await save(tx, replace(default, shape={**default.shape, "Actions": actions}))
        ctx.part(Directory).changed(tx)
    return {"Listeners": [shown(listener)]}


@operation("elbv2", "DescribeListeners")
async def describe_listeners(ctx: Context, request: Request) -> Result:
    arn, arns = request.get("LoadBalancerArn"), request.get("ListenerArns") or ()
    if bool(arn) == bool(arns):
        raise invalid("You must specify either listener ARNs or a load balancer ARN")
    async with ctx.store.transaction() as tx:
        if arn:
            found = await children(tx, await load(ctx, tx, "loadbalancer", arn))
        else:
            found = [await load(ctx, tx, "listener", one) for one in arns]
    return cut(request, "Listeners", [shown(listener) for listener in found])


@operation("elbv2", "DeleteListener")
async def delete_listener(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        listener = await load(ctx, tx, "listener", request["ListenerArn"])
        await delete_with_children(tx, listener)
        ctx.part(Directory).changed(tx)
    return {}


# Certificates beyond the default one


@operation("elbv2", "AddListenerCertificates")
async def add_listener_certificates(ctx: Context, request: Request) -> Result:
    given = [_certificate(one) for one in request["Certificates"]]
    if any("IsDefault" in one for one in request["Certificates"]):
        raise invalid("You cannot set IsDefault when adding certificates")
    async with ctx.store.transaction() as tx:
        listener = await _load_secure(ctx, tx, request)
        merged = list(dict.fromkeys([*listener.shape.get(_FURTHER, ()), *given]))
        if len(merged) + 1 > limits.CERTIFICATES_MAX:
            raise TooManyCertificatesException
        await save(tx, replace(listener, shape={**listener.shape, _FURTHER: merged}))
    return {"Certificates": [{"CertificateArn": arn, "IsDefault": False} for arn in given]}


@operation("elbv2", "RemoveListenerCertificates")
async def remove_listener_certificates(ctx: Context, request: Request) -> Result:
    given = {_certificate(one) for one in request["Certificates"]}
    async with ctx.store.transaction() as tx:
        listener = await _load_secure(ctx, tx, request)
        if listener.shape["Certificates"][0]["CertificateArn"] in given:
            raise OperationNotPermittedException(
                reason="Default certificates cannot be removed from a listener"
            )
        kept = [arn for arn in listener.shape.get(_FURTHER, ()) if arn not in given]
        await save(tx, replace(listener, shape={**listener.shape, _FURTHER: kept}))
    return {}


@operation("elbv2", "DescribeListenerCertificates")
async def describe_listener_certificates(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        listener = await load(ctx, tx, "listener", request["ListenerArn"])
    default = [{**one, "IsDefault": True} for one in listener.shape.get("Certificates") or ()]
    further = [{"CertificateArn": arn, "IsDefault": False} for arn in listener.shape.get(_FURTHER, ())]
    return cut(request, "Certificates", default + further)


async def _load_secure(ctx: Context, tx: Transaction, request: Request) -> Resource:
    listener = await load(ctx, tx, "listener", request["ListenerArn"])
    if listener.shape["Protocol"] != "HTTPS":
        raise misconfigured("Certificates cannot be specified for HTTP listeners")
    return listener

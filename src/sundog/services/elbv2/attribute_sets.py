"""Operations that show and change the attributes of load balancers, target groups and listeners."""

from __future__ import annotations

from dataclasses import replace

from sundog.context import Context, Request, Result, operation
from sundog.services.elbv2 import attributes
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.model import Kind
from sundog.services.elbv2.names import load
from sundog.services.elbv2.rows import save


@operation("elbv2", "DescribeLoadBalancerAttributes")
async def describe_load_balancer_attributes(ctx: Context, request: Request) -> Result:
    return await _describe(ctx, "loadbalancer", request["LoadBalancerArn"])


@operation("elbv2", "DescribeTargetGroupAttributes")
async def describe_target_group_attributes(ctx: Context, request: Request) -> Result:
    return await _describe(ctx, "targetgroup", request["TargetGroupArn"])


@operation("elbv2", "DescribeListenerAttributes")
async def describe_listener_attributes(ctx: Context, request: Request) -> Result:
    return await _describe(ctx, "listener", request["ListenerArn"])


@operation("elbv2", "ModifyLoadBalancerAttributes")
async def modify_load_balancer_attributes(ctx: Context, request: Request) -> Result:
    return await _modify(ctx, "loadbalancer", request["LoadBalancerArn"], request)


@operation("elbv2", "ModifyTargetGroupAttributes")
async def modify_target_group_attributes(ctx: Context, request: Request) -> Result:
    return await _modify(ctx, "targetgroup", request["TargetGroupArn"], request)


@operation("elbv2", "ModifyListenerAttributes")
async def modify_listener_attributes(ctx: Context, request: Request) -> Result:
    return await _modify(ctx, "listener", request["ListenerArn"], request)


async def _describe(ctx: Context, kind: Kind, arn: str) -> Result:
    async with ctx.store.transaction() as tx:
        return {"Attributes": attributes.shown(await load(ctx, tx, kind, arn))}


async def _modify(ctx: Context, kind: Kind, arn: str, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        resource = await load(ctx, tx, kind, arn)
        resource = replace(resource, attributes=attributes.changed(resource, request["Attributes"]))
        await save(tx, resource)
        ctx.part(Directory).changed(tx)
    return {"Attributes": attributes.shown(resource)}

"""Operations about capacity: the quotas of the account, and what is reserved, which is nothing."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.names import load
from sundog.services.elbv2.pages import cut


@operation("elbv2", "DescribeAccountLimits")
async def describe_account_limits(_ctx: Context, request: Request) -> Result:
    shown = [{"Name": name, "Max": str(count)} for name, count in limits.ACCOUNT_LIMITS.items()]
    return cut(request, "Limits", shown)


@operation("elbv2", "DescribeCapacityReservation")
async def describe_capacity_reservation(ctx: Context, request: Request) -> Result:
    """Reservations cannot be made here, so there are none: that much can be told to tools that ask."""
    async with ctx.store.transaction() as tx:
        await load(ctx, tx, "loadbalancer", request["LoadBalancerArn"])
    return {"DecreaseRequestsRemaining": 2, "CapacityReservationState": []}

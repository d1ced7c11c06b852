"""Operations about the account: its quotas."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.pages import cut


@operation("elbv2", "DescribeAccountLimits")
async def describe_account_limits(_ctx: Context, request: Request) -> Result:
    shown = [{"Name": name, "Max": str(count)} for name, count in limits.ACCOUNT_LIMITS.items()]
    return cut(request, "Limits", shown)

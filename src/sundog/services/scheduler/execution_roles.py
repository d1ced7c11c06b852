"""The role that a schedule names, where IAM is enforced."""

from __future__ import annotations

from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.scheduler.errors import ValidationException

SERVICE = "scheduler.amazonaws.com"


async def check_role(ctx: Context, role_arn: str) -> None:
    """Scheduler must be able to assume the role; where IAM is not enforced any name will do."""
    if ctx.config.iam != "enforce":
        return
    service = ctx.acting(principal=Principal.service(SERVICE, ctx.scope.account))
    try:
        await service.dispatch("sts", "AssumeRole", {"RoleArn": role_arn, "RoleSessionName": "scheduler"})
    except AwsError:
        raise ValidationException(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        ) from None

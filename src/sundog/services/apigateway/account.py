"""The account's settings: the role that writes logs, the throttle of all its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.context import Context, Principal, Request, Result, operation
from sundog.errors import AwsError
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import find_item, put_new
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.patches import ACCOUNT
from sundog.store import Transaction

ID: Final = "account"
SERVICE: Final = "apigateway.amazonaws.com"
_DEFAULT: Final[Mapping[str, Any]] = {
    "throttleSettings": {"burstLimit": 5_000, "rateLimit": 10_000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}


@operation("apigateway", "GetAccount")
async def get_account(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        return await load_account(ctx, tx)


@operation("apigateway", "UpdateAccount")
async def update_account(ctx: Context, request: Request) -> Result:
    asked = ACCOUNT.apply({}, request.get("patchOperations"))
    await _check_role(ctx, asked.get("cloudwatchRoleArn"))
    async with ctx.store.transaction() as tx:
        body = ACCOUNT.apply(await load_account(ctx, tx), request.get("patchOperations"))
        if "UsagePlans" not in body.get("features", ()):
            raise BadRequestException("Usage Plans cannot be disabled once enabled")
        await put_new(ctx, tx, "account", ID, body)
    return body


async def load_account(ctx: Context, tx: Transaction) -> Body:
    account = await find_item(tx, ctx.scope, "account", ID)
    return dict(account.body if account is not None else _DEFAULT)


async def _check_role(ctx: Context, text: str | None) -> None:
    """Where IAM is enforced, API Gateway must be able to assume the role; elsewhere any name will do."""
    if not text:
        return
    arn = parse_arn(text)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise BadRequestException("Invalid ARN specified in the request")
    if ctx.config.iam != "enforce":
        return
    service = ctx.acting(principal=Principal.service(SERVICE, ctx.scope.account))
    try:
        await service.dispatch("sts", "AssumeRole", {"RoleArn": text, "RoleSessionName": "apigateway"})
    except AwsError:
        raise BadRequestException(
            "The role ARN does not have required permissions configured. Please grant trust permission for"
            " API Gateway and add the required role policy."
        ) from None

"""The account's settings: the role that writes logs, the throttle of all its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import find_item, put_new
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.patches import ACCOUNT
from sundog.store import Transaction

ID: Final = "account"
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
    async with ctx.store.transaction() as tx:
        body = ACCOUNT.apply(await load_account(ctx, tx), request.get("patchOperations"))
        _check_role(body.get("cloudwatchRoleArn"))
        if "UsagePlans" not in body.get("features", ()):
            raise BadRequestException("Usage Plans cannot be disabled once enabled")
        await put_new(ctx, tx, "account", ID, body)
    return body


async def load_account(ctx: Context, tx: Transaction) -> Body:
    account = await find_item(tx, ctx.scope, "account", ID)
    return dict(account.body if account is not None else _DEFAULT)


def _check_role(text: str | None) -> None:
    arn = parse_arn(text) if text else None
    if text and (arn is None or arn.service != "iam" or not arn.resource.startswith("role/")):
        raise BadRequestException("Invalid ARN specified in the request")

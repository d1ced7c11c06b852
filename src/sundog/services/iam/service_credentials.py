"""User names and passwords that only one service takes."""

from __future__ import annotations

import base64

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import LimitExceededException, NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.limits import CREDENTIALS_PER_SERVICE_MAX
from sundog.services.iam.users import named_or_calling_user
from sundog.store import Transaction

SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")


def _check_service(name: str) -> None:
    if name not in SERVICES:
        raise NoSuchEntityException(f"No such service {name} is supported for Service Specific Credentials")


async def _load(tx: Transaction, ctx: Context, request: Request) -> tuple[Item, Item]:
    user, wanted = await named_or_calling_user(tx, ctx, request), request["ServiceSpecificCredentialId"]
    item = await items.find(tx, ctx, "credential", wanted, user.name)
    if item is None:
        raise NoSuchEntityException(f"No such credential {wanted} exists")
    return user, item


def _write(user: Item, item: Item) -> Result:
    return {
        "CreateDate": item.created_ms,
        "ServiceName": item.body["service"],
        "ServiceUserName": item.body["login"],
        "ServiceSpecificCredentialId": item.name,
        "UserName": user.name,
        "Status": item.body["status"],
    }


def _password(ctx: Context) -> str:
    return base64.b64encode(ctx.ids.bytes(33)).decode()


@operation("iam", "CreateServiceSpecificCredential")
async def create_service_specific_credential(ctx: Context, request: Request) -> Result:
    service, password = request["ServiceName"], _password(ctx)
    async with ctx.store.transaction() as tx:
        user = await named_or_calling_user(tx, ctx, request)
        _check_service(service)
        held = await items.owned(tx, ctx, "credential", user.name)
        count = sum(i.body["service"] == service for i in held)
        if count >= CREDENTIALS_PER_SERVICE_MAX:
            raise LimitExceededException(
                quota="ServiceSpecificCredentialsPerUser", limit=CREDENTIALS_PER_SERVICE_MAX
            )
        login = (
            f"{user.name}-at-{ctx.scope.account}"
            if count == 0
            else f"{user.name}+{count}-at-{ctx.scope.account}"
        )
        body = {"service": service, "login": login, "status": "Active", "password": password}
        name = "ACCA" + ctx.ids.upper(17)
        item = await items.insert(tx, ctx, "credential", name, body, owner=user.name)
    return {"ServiceSpecificCredential": _write(user, item) | {"ServicePassword": password}}


@operation("iam", "ListServiceSpecificCredentials")
async def list_service_specific_credentials(ctx: Context, request: Request) -> Result:
    service = request.get("ServiceName")
    async with ctx.store.transaction() as tx:
        user = await named_or_calling_user(tx, ctx, request)
        if service is not None:
            _check_service(service)
        held = await items.owned(tx, ctx, "credential", user.name)
    chosen = [_write(user, i) for i in held if service in (None, i.body["service"])]
    return {"ServiceSpecificCredentials": chosen}


@operation("iam", "UpdateServiceSpecificCredential")
async def update_service_specific_credential(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        _, item = await _load(tx, ctx, request)
        await items.update(tx, item, {**item.body, "status": request["Status"]})
    return {}


@operation("iam", "ResetServiceSpecificCredential")
async def reset_service_specific_credential(ctx: Context, request: Request) -> Result:
    password = _password(ctx)
    async with ctx.store.transaction() as tx:
        user, item = await _load(tx, ctx, request)
        await items.update(tx, item, {**item.body, "password": password})
    return {"ServiceSpecificCredential": _write(user, item) | {"ServicePassword": password}}


@operation("iam", "DeleteServiceSpecificCredential")
async def delete_service_specific_credential(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        _, item = await _load(tx, ctx, request)
        await items.delete(tx, item)
    return {}

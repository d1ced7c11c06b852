"""Access keys of users, and who a key stands for."""

from __future__ import annotations

import base64
from dataclasses import replace

from sundog.context import Context, KnownKey, Principal, Request, Result, operation
from sundog.lang.access_key import write_key_id
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.iam import items
from sundog.services.iam.errors import LimitExceededException, NoSuchEntityException
from sundog.services.iam.items import Item
from sundog.services.iam.limits import ACCESS_KEYS_MAX
from sundog.services.iam.nouns import arn_of
from sundog.services.iam.users import named_or_calling_user
from sundog.store import Transaction


class AccessKeys(Part):
    """Part: finds keys of users for the gateway; asks the store each time, so changes count at once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def identify(self, access_key_id: str) -> KnownKey | None:
        """The active key of this id in any account, or None."""
        if not access_key_id.startswith("AKIA"):
            return None
        async with self._ctx.store.transaction() as tx:
            key = await items.find_access_key(tx, access_key_id)
            if key is None or key.name != access_key_id or key.body["status"] != "Active":
                return None
            scope = Scope(key.account, self._ctx.scope.region)
            ctx = replace(self._ctx, scope=scope)
            user = await items.find(tx, ctx, "user", key.owner)
        if user is None:
            return None
        arn = arn_of(ctx, "user", user.path, user.name)
        principal = Principal("user", key.account, arn, user.unique_id, key.name)
        return KnownKey(principal, key.body["secret"])


async def _key(tx: Transaction, ctx: Context, user: Item, request: Request) -> Item:
    key = await items.find(tx, ctx, "access_key", request["AccessKeyId"], user.name)
    if key is None:
        raise NoSuchEntityException(f"The Access Key with id {request['AccessKeyId']} cannot be found.")
    return key


@operation("iam", "CreateAccessKey")
async def create_access_key(ctx: Context, request: Request) -> Result:
    key_id = write_key_id("AKIA", ctx.scope.account, ctx.ids.bytes(5))
    secret = base64.b64encode(ctx.ids.bytes(30)).decode()
    async with ctx.store.transaction() as tx:
        user = await named_or_calling_user(tx, ctx, request)
        if len(await items.owned(tx, ctx, "access_key", user.name)) >= ACCESS_KEYS_MAX:
            raise LimitExceededException(quota="AccessKeysPerUser", limit=ACCESS_KEYS_MAX)
        body = {"secret": secret, "status": "Active"}
        key = await items.insert(tx, ctx, "access_key", key_id, body, owner=user.name)
    return {"AccessKey": _write(user, key) | {"SecretAccessKey": secret}}


def _write(user: Item, key: Item) -> Result:
    return {
        "UserName": user.name,
        "AccessKeyId": key.name,
        "Status": key.body["status"],
        "CreateDate": key.created_ms,
    }


@operation("iam", "ListAccessKeys")
async def list_access_keys(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        user = await named_or_calling_user(tx, ctx, request)
        keys = await items.owned(tx, ctx, "access_key", user.name)
    return items.page(request, "AccessKeyMetadata", [_write(user, k) for k in keys])


@operation("iam", "UpdateAccessKey")
async def update_access_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        key = await _key(tx, ctx, await named_or_calling_user(tx, ctx, request), request)
        await items.update(tx, key, {**key.body, "status": request["Status"]})
    return {}


@operation("iam", "DeleteAccessKey")
async def delete_access_key(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        await items.delete(tx, await _key(tx, ctx, await named_or_calling_user(tx, ctx, request), request))
    return {}

"""The access key of the account's root: the way into a server that enforces IAM before it has any user."""

from __future__ import annotations

import base64

import orjson

from sundog.context import Context, KnownKey, Principal
from sundog.lang.access_key import write_key_id
from sundog.service import Part

META = "root_key"


class RootKey(Part):
    """Part: made at the first start with ``--iam enforce``, and kept in the store, also through a reset.

    ``sundog up`` shows it. Where IAM is not enforced everybody is root without it.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._key: KnownKey | None = None

    async def start(self) -> None:
        if self._ctx.config.iam != "enforce":
            return
        # Nodes that start on one database at the same time must show the same key: the first one's stays.
        key_id, secret = orjson.loads(await self._ctx.store.keep_meta(META, self._write_new()))
        account = self._ctx.scope.account
        root = Principal.root(account)
        self._key = KnownKey(Principal("root", account, root.arn, root.user_id, key_id), secret)

    def root_key(self) -> KnownKey | None:
        """None where IAM is not enforced."""
        return self._key

    async def identify(self, access_key_id: str) -> KnownKey | None:
        key = self._key
        return key if key is not None and key.principal.access_key_id == access_key_id else None

    def _write_new(self) -> str:
        ids, account = self._ctx.ids, self._ctx.scope.account
        key_id = write_key_id("AKIA", account, ids.bytes(5))
        return orjson.dumps([key_id, base64.b64encode(ids.bytes(30)).decode()]).decode()

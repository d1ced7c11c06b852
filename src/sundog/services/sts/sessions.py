"""Temporary credentials: made once, never changed, gone when they expire."""

from __future__ import annotations

import base64
from pathlib import Path

import orjson

from sundog.context import Context, KnownKey, Principal, Request, Result
from sundog.lang.access_key import write_key_id
from sundog.service import Part
from sundog.store import load_queries

SQL = load_queries(Path(__file__).with_name("queries.sql"))
REMEMBERED_MAX = 10_000
EXPIRED_KEPT_MS = 7 * 86_400_000
"""An expired key is still told that it is expired, for a week; after that nobody knows it."""
DROPPED_MAX = 100


class Sessions(Part):
    """Part: finds temporary keys for the gateway. A session never changes, so it is remembered as it is."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[str, KnownKey] = {}

    async def forget(self) -> None:
        self._known.clear()

    async def identify(self, access_key_id: str) -> KnownKey | None:
        if not access_key_id.startswith("ASIA"):
            return None
        if access_key_id in self._known:
            return self._known[access_key_id]
        async with self._ctx.store.transaction() as tx:
            row = await tx.one(SQL["session"], access_key_id=access_key_id)
        if row is None:
            return None
        principal = Principal(row["kind"], row["account"], row["arn"], row["user_id"], access_key_id)
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        known = KnownKey(principal, row["secret"], row["token"], row["expires_ms"])
        self._known[access_key_id] = known
        return known


async def inherited_tags(ctx: Context) -> dict[str, str]:
    """The transitive tags of the calling session: they go on to every session that is made from it."""
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["session"], access_key_id=ctx.principal.access_key_id)
    kept = orjson.loads(row["policies"]) if row else {}
    passed_on = {key.lower() for key in kept.get("TransitiveTagKeys", ())}
    return {tag["Key"]: tag["Value"] for tag in kept.get("Tags", ()) if tag["Key"].lower() in passed_on}


async def start_session(
    ctx: Context, principal: Principal, duration_seconds: int, request: Request
) -> Result:
    """Credentials as every operation of STS answers them; the session's policies are kept with them."""
    key_id = write_key_id("ASIA", principal.account, ctx.ids.bytes(5))
    secret = base64.b64encode(ctx.ids.bytes(30)).decode()
    token = base64.b64encode(ctx.ids.bytes(180)).decode()
    expires_ms = ctx.clock.now_ms() // 1000 * 1000 + duration_seconds * 1000
    kept = {k: request[k] for k in ("Policy", "PolicyArns", "Tags", "TransitiveTagKeys") if k in request}
    async with ctx.store.transaction() as tx:
        before_ms = ctx.clock.now_ms() - EXPIRED_KEPT_MS
        await tx.run(SQL["drop_sessions"], before_ms=before_ms, count=DROPPED_MAX)
        await tx.run(
            SQL["insert_session"],
            access_key_id=key_id,
            account=principal.account,
            kind=principal.kind,
            arn=principal.arn,
            user_id=principal.user_id,
            secret=secret,
            token=token,
            expires_ms=expires_ms,
            policies=orjson.dumps(kept).decode(),
        )
    return {
        "AccessKeyId": key_id,
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": expires_ms,
    }

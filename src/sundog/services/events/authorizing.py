"""Calling endpoints through a connection: the one place that handles its credentials."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson

from sundog import work
from sundog.bus import ConnectionFailure, HttpAnswer, HttpCall, HttpClient, HttpFailure
from sundog.context import Context
from sundog.service import Part
from sundog.services.events.connection_rules import AUTHORIZED, DEAUTHORIZED, OAUTH
from sundog.services.events.invocation import authorize, token_call
from sundog.services.events.outer_limits import TOKEN_MARGIN_MS, TOKEN_MS_DEFAULT, TOKEN_REQUEST_MS_MAX
from sundog.services.events.outer_rows import OUTER
from sundog.services.events.rows import scope_key
from sundog.store import Row
from sundog.work import WorkItem

AUTHORIZE: Final = "events.authorize"
AUTHORIZE_MS = 5_000
_ATTEMPTS_MAX = 3
"""How often a first token is asked for at an endpoint that cannot be reached."""

_REFRESHED_BY = (401, 407)
"""OAuth tokens are refreshed when one of these is returned."""


class TokenLocks(Part):
    """A part: one caller at a time asks for a connection's token, the others take what came."""

    def __init__(self, _ctx: Context) -> None:
        self._locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    def of(self, connection: Row) -> asyncio.Lock:
        key = connection["account"], connection["region"], connection["name"]
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock


async def invoke_http(ctx: Context, connection: Row, call: HttpCall, timeout_ms: int) -> HttpAnswer:
    """Make the call with what the connection adds. Raises `ConnectionFailure` or `HttpFailure`."""
    if connection["state"] == DEAUTHORIZED:
        raise ConnectionFailure(connection["state_reason"] or "The connection is deauthorized.")
    token = await _token(ctx, connection) if connection["type"] == OAUTH else ""
    parameters = orjson.loads(connection["parameters"])
    answer = await _send(ctx, authorize(call, connection["type"], parameters, token), timeout_ms)
    if connection["type"] == OAUTH and answer.status in _REFRESHED_BY:
        async with ctx.store.transaction() as tx:
            await tx.run(OUTER["forget_token"], **_key(connection), token=token)
    return answer


async def authorize_connection(ctx: Context, item: WorkItem) -> None:
    """Work: ask for a connection's first token, so that its state says whether that is possible."""
    _, name, uid = item.payload["arn"].split(":", 5)[5].split("/")
    async with ctx.store.transaction() as tx:
        row = await tx.one(OUTER["connection"], **scope_key(item.scope), name=name)
    if row is None or row["uid"] != uid or row["type"] != OAUTH or row["state"] == DEAUTHORIZED:
        return
    try:
        await _token(ctx, row)
    except ConnectionFailure as failure:
        if not failure.is_final:
            await _try_again(ctx, item, row, failure)


async def _try_again(ctx: Context, item: WorkItem, row: Row, failure: ConnectionFailure) -> None:
    if item.attempt >= _ATTEMPTS_MAX:
        await _remember(ctx, row, DEAUTHORIZED, str(failure), "", 0)
        return
    async with ctx.store.transaction() as tx:
        await work.postpone(tx, item, ctx.clock.now_ms() + AUTHORIZE_MS)


async def _token(ctx: Context, connection: Row) -> str:
    """The Authorization header of a token that is still good, or of a new one."""
    if header := _good_token(ctx, connection):
        return header
    async with ctx.part(TokenLocks).of(connection):
        async with ctx.store.transaction() as tx:
            row = await tx.one(OUTER["connection"], **_key(connection))
        if row is None or row["type"] != OAUTH or row["state"] == DEAUTHORIZED:
            raise ConnectionFailure("The connection was changed meanwhile.", is_final=False)
        return _good_token(ctx, row) or await _new_token(ctx, row)


def _good_token(ctx: Context, connection: Row) -> str:
    is_good = connection["token_expires_ms"] > ctx.clock.now_ms()
    return str(connection["token"]) if is_good else ""


async def _new_token(ctx: Context, connection: Row) -> str:
    now_ms = ctx.clock.now_ms()
    try:
        header, life_ms = await _ask(ctx, orjson.loads(connection["parameters"])["OAuthParameters"])
    except ConnectionFailure as failure:
        if failure.is_final:
            await _remember(ctx, connection, DEAUTHORIZED, str(failure), "", 0)
        raise
    expires_ms = now_ms + max(0, life_ms - min(TOKEN_MARGIN_MS, life_ms // 2))
    await _remember(ctx, connection, AUTHORIZED, None, header, expires_ms)
    return header


async def _ask(ctx: Context, oauth: Any) -> tuple[str, int]:
    """A new token as a header, and how long it lives."""
    try:
        answer = await _send(ctx, token_call(oauth), TOKEN_REQUEST_MS_MAX)
    except HttpFailure as failure:
        text = f"The authorization endpoint cannot be reached: {failure}"
        raise ConnectionFailure(text, is_final=False) from failure
    if not 200 <= answer.status < 300:
        is_final = answer.status < 500 and answer.status != 429
        text = f"The authorization endpoint returned status code {answer.status}."
        raise ConnectionFailure(text, is_final=is_final)
    return read_token_answer(answer.body)


def read_token_answer(body: bytes) -> tuple[str, int]:
    """RFC 6749, section 5.1. Raises `ConnectionFailure` for what is no token."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token:
        raise ConnectionFailure("The authorization endpoint returned no access token.")
    life = found.get("expires_in")
    life_text = str(life) if isinstance(life, int | str) else ""
    life_ms = int(life_text) * 1_000 if life_text.isdecimal() and len(life_text) < 12 else TOKEN_MS_DEFAULT
    kind = found.get("token_type")
    is_bearer = not isinstance(kind, str) or kind.lower() == "bearer"
    return f"{'Bearer' if is_bearer else kind} {token}", life_ms


async def _remember(
    ctx: Context, connection: Row, state: str, reason: str | None, token: str, expires_ms: int
) -> None:
    """Unless the connection was changed meanwhile: then this token is not for it."""
    now_ms = ctx.clock.now_ms()
    async with ctx.store.transaction() as tx:
        await tx.run(
            OUTER["set_token"],
            **_key(connection),
            state=state,
            reason=reason,
            token=token,
            expires_ms=expires_ms,
            authorized_ms=now_ms if state == AUTHORIZED else connection["authorized_ms"],
            modified_ms=connection["modified_ms"],
        )


async def _send(ctx: Context, call: HttpCall, timeout_ms: int) -> HttpAnswer:
    try:
        url = call.whole_url
    except ValueError as error:
        raise HttpFailure("url", f"{call.url} is not a URL") from error
    return await ctx.part(HttpClient).send(
        call.method, url, headers=call.headers, body=call.body, timeout_ms=timeout_ms
    )


def _key(row: Row) -> dict[str, str]:
    return {name: row[name] for name in ("account", "region", "name")}

"""When access keys were last used, and for what: gathered, and written once a minute.

A crash forgets the uses of the last minute; AWS too tells them some time later.
"""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import NoSuchEntityException
from sundog.store import Transaction
from sundog.work.worker import Worker

MINUTE_MS = 60_000
NOT_USED = {"ServiceName": "N/A", "Region": "N/A"}


class KeyUses:
    """Part: the gateway notes here every call that a user's key signs."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._uses: dict[str, dict[str, object]] = {}
        self._worker = Worker(
            "iam key uses",
            ctx.clock,
            ctx.store,
            self._step,
            channel="iam.key_uses",
            may_be_late=lambda: not self._uses,
        )

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()
        await self._write()

    async def forget(self) -> None:
        self._uses.clear()

    def key_used(self, key_id: str, service: str, region: str) -> None:
        used = {"LastUsedDate": self._ctx.clock.now_ms(), "ServiceName": service, "Region": region}
        self._uses[key_id] = used

    def recent(self, key_id: str) -> dict[str, object] | None:
        """The last use, if it is not written yet."""
        return self._uses.get(key_id)

    async def _step(self) -> int:
        await self._write()
        return self._ctx.clock.now_ms() + MINUTE_MS

    async def _write(self) -> None:
        uses = dict(self._uses)
        if not uses:
            return
        async with self._ctx.store.transaction() as tx:
            for key_id in sorted(uses):
                await _keep(tx, key_id, uses[key_id])
        self._uses = {key_id: use for key_id, use in self._uses.items() if use is not uses.get(key_id)}


async def _keep(tx: Transaction, key_id: str, use: dict[str, object]) -> None:
    key = await items.find_access_key(tx, key_id)
    if key is not None:
        await items.update(tx, key, {**key.body, "last_used": use})


@operation("iam", "GetAccessKeyLastUsed")
async def get_access_key_last_used(ctx: Context, request: Request) -> Result:
    key_id = request["AccessKeyId"]
    async with ctx.store.transaction() as tx:
        key = await items.find_access_key(tx, key_id)
        user = await items.find(tx, ctx, "user", key.owner) if key is not None else None
    if key is None or user is None or key.account != ctx.scope.account:
        raise NoSuchEntityException(f"The Access Key with id {key_id} cannot be found.")
    used = ctx.part(KeyUses).recent(key_id) or key.body.get("last_used") or NOT_USED
    return {"UserName": user.name, "AccessKeyLastUsed": dict(used)}

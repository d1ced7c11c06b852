"""The part that calls endpoints for this and other services (`sundog.bus.connections`), and paces them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sundog.bus import ConnectionFailure, HttpAnswer, HttpCall, NotNow
from sundog.bus.connections import INVOCATION_MS_MAX
from sundog.context import Context
from sundog.services.events.api_destinations import find_api_destination
from sundog.services.events.authorizing import invoke_http
from sundog.services.events.connections import find_connection
from sundog.services.events.invocation import destination_call

PACED_MAX = 10_000


class Caller:
    """Holds nothing but when each API destination may be invoked next: a restart begins anew."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._free_ms: OrderedDict[str, float] = OrderedDict()

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None

    async def forget(self) -> None:
        self._free_ms.clear()

    async def invoke_connection(
        self, ctx: Context, connection_arn: str, call: HttpCall, timeout_ms: int
    ) -> HttpAnswer:
        async with ctx.store.transaction() as tx:
            connection = await find_connection(ctx, tx, connection_arn)
        if connection is None:
            raise ConnectionFailure(f"Connection {connection_arn} does not exist.")
        return await invoke_http(ctx, connection, call, timeout_ms)

    async def invoke_destination(
        self, ctx: Context, destination_arn: str, body: str, parameters: Mapping[str, Any]
    ) -> HttpAnswer:
        async with ctx.store.transaction() as tx:
            row = await find_api_destination(tx, destination_arn)
        if row is None:
            raise ConnectionFailure(f"API destination {destination_arn} does not exist.")
        call = destination_call(row["method"], row["endpoint"], body, parameters)
        return await self.invoke_connection(ctx, row["connection_arn"], call, INVOCATION_MS_MAX)

    async def wait_turn(self, ctx: Context, destination_arn: str) -> None:
        """Raises `NotNow` with the time that is kept for this invocation, when it is not now."""
        async with ctx.store.transaction() as tx:
            row = await find_api_destination(tx, destination_arn)
        if row is None:
            return
        turn_ms = self.take_turn(destination_arn, row["rate"])
        if turn_ms > self._clock.now_ms():
            raise NotNow(turn_ms)

    def take_turn(self, destination_arn: str, rate: int) -> int:
        """When the next invocation may be made; it is then taken."""
        turn_ms = max(float(self._clock.now_ms()), self._free_ms.pop(destination_arn, 0.0))
        self._free_ms[destination_arn] = turn_ms + 1_000 / rate
        while len(self._free_ms) > PACED_MAX:
            self._free_ms.popitem(last=False)
        return int(turn_ms)

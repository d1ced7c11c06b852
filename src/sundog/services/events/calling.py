"""The part that calls endpoints for this and other services (`sundog.bus.connections`), and paces them."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

from sundog.bus import ConnectionFailure, HttpAnswer, HttpCall, NotNow
from sundog.bus.connections import INVOCATION_MS_MAX
from sundog.context import Context
from sundog.service import Part
from sundog.services.events.api_destinations import find_api_destination
from sundog.services.events.authorizing import invoke_http
from sundog.services.events.connections import find_connection
from sundog.services.events.invocation import destination_call

PACED_MAX = 10_000
RATE_MAX = 10_000
SECOND_MS = 1_000


class Caller(Part):
    """Holds nothing but the latest invocations of each API destination: after a restart rates begin anew."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._turns: OrderedDict[str, deque[int]] = OrderedDict()

    async def forget(self) -> None:
        self._turns.clear()

    async def invoke_connection(
        self, ctx: Context, connection_arn: str, call: HttpCall, timeout_ms: int
    ) -> HttpAnswer:
        async with ctx.store.transaction() as tx:
            connection = await find_connection(tx, connection_arn)
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
        """When the next invocation may be made, which is then taken: no second has more than ``rate``."""
        now_ms, rate = self._clock.now_ms(), min(rate, RATE_MAX)
        turns = self._turns.pop(destination_arn, None)
        if turns is None or turns.maxlen != rate:
            turns = deque(turns or (), maxlen=rate)
        turn_ms = max(now_ms, turns[0] + SECOND_MS) if len(turns) == rate else now_ms
        turns.append(turn_ms)
        self._turns[destination_arn] = turns
        while len(self._turns) > PACED_MAX:
            self._turns.popitem(last=False)
        return turn_ms

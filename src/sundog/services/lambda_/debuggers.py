"""Part: the debuggers that functions have, for everybody who makes specs of them."""

from __future__ import annotations

from sundog.compute.contract import Debugger
from sundog.context import Context
from sundog.service import Part


class Debuggers(Part):
    def __init__(self, _ctx: Context) -> None:
        self.by_arn: dict[str, Debugger] = {}

    async def forget(self) -> None:
        self.by_arn.clear()

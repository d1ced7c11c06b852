"""Credentials for functions that ask for them when they need them: SnapStart's, as containers have them.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
"""

from __future__ import annotations

import asyncio

from sundog.clock import Clock
from sundog.compute.contract import CredentialsSource, FunctionSpec
from sundog.compute.http1 import Exchange
from sundog.compute.log_lines import iso_time
from sundog.compute.outcomes import write_payload

PATH = "/2021-04-23/credentials"
_VALID_MS = 15 * 60_000


class CredentialsApi:
    """``token`` is what an asker must know; the environment's own variables say it."""

    def __init__(self, spec: FunctionSpec, source: CredentialsSource, clock: Clock, token: str) -> None:
        self._spec = spec
        self._source = source
        self._clock = clock
        self.token = token

    def handle(self, exchange: Exchange) -> None:
        if (
            self._spec.init_type != "snap-start"
            or exchange.request.headers.get("authorization") != self.token
        ):
            exchange.answer(403)
        else:
            asyncio.get_running_loop().create_task(self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> None:
        found = await self._source(self._spec)
        body = write_payload(
            AccessKeyId=found.access_key_id,
            SecretAccessKey=found.secret_access_key,
            Token=found.session_token,
            Expiration=iso_time(self._clock.wall_ms() + _VALID_MS),
        )
        exchange.answer(200, body)

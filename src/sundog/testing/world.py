"""A whole sundog in one process for tests: no port, a clock that only tests move, a client per service."""

from __future__ import annotations

from typing import Any

from sundog.app import App
from sundog.clock import TEST_START_MS, Clock
from sundog.config import Config
from sundog.ids import Ids
from sundog.protocol.models import Models
from sundog.service import Service
from sundog.testing.client import Client


class World:
    """``async with World() as world``: a running server, ephemeral unless the config says otherwise."""

    def __init__(
        self,
        config: Config | None = None,
        *,
        models: Models | None = None,
        ids: Ids | None = None,
        clock: Clock | None = None,
        more: tuple[Service, ...] = (),
    ) -> None:
        self.config = config or Config(ephemeral=True, port=0)
        self.clock = clock or Clock(frozen_at_ms=TEST_START_MS)
        self.app = App(self.config, clock=self.clock, ids=ids, models=models, more=more)

    async def __aenter__(self) -> World:
        await self.app.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.app.stop()

    def client(self, service: str, *, region: str = "", account: str = "", **options: Any) -> Client:
        """A client of ``service``, named as botocore names it; ``account`` calls as that account's root."""
        return Client(
            self.app.models.get(service),
            self.app.server.answer,
            region=region or self.config.region,
            access_key_id=options.pop("access_key_id", account or self.config.account),
            **options,
        )

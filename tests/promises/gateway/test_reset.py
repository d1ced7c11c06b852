"""A reset leaves nothing behind, neither in the store nor in what parts remember of it."""

import asyncio

from sundog.ids import SeededIds
from sundog.service import Service
from sundog.testing.world import World


class View:
    """A part that is asked, while the server forgets, for what is still in the store."""

    def __init__(self, ctx):
        self.ctx, self.seen, self.asking = ctx, [], None

    async def start(self):
        return None

    async def stop(self):
        await self.asking

    async def forget(self):
        self.seen.clear()
        if self.asking is None:
            self.asking = asyncio.create_task(self.look())

    async def look(self):
        found = await self.ctx.dispatch("sqs", "ListQueues", {})
        self.seen += found.get("QueueUrls", [])


async def test_what_a_part_is_asked_for_during_a_reset_is_forgotten_too(config, models):
    more = Service(name="s3", operations=(), parts=(View,))
    async with World(config, models=models, ids=SeededIds(1), more=(more,)) as world:
        await world.client("sqs").create_queue(QueueName="orders")
        await world.app.reset()
        view = world.app.parts.get(View)
        await view.asking
        assert view.seen == []

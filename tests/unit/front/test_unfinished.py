"""Calls nobody waits for any more go on; the end of the server ends them."""

import asyncio

import pytest

from sundog.front.unfinished import Unfinished


async def test_what_is_in_time_is_the_result():
    async def work():
        return 7

    assert await Unfinished(None).wait(work(), 1_000) == 7


async def test_what_fails_in_time_fails():
    async def work():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Unfinished(None).wait(work(), 1_000)


async def test_what_takes_longer_goes_on_until_the_end():
    go_on, ended, part = asyncio.Event(), asyncio.Event(), Unfinished(None)

    async def work():
        await go_on.wait()
        ended.set()

    with pytest.raises(TimeoutError):
        await part.wait(work(), 1)
    go_on.set()
    await ended.wait()


async def test_the_end_of_the_server_ends_what_still_runs():
    cancelled, part = asyncio.Event(), Unfinished(None)

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(TimeoutError):
        await part.wait(work(), 1)
    await part.stop()
    await cancelled.wait()

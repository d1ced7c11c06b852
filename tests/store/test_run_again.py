"""What dispatch makes of a store that fails: run again what had no effect, never what may have had one."""

import pytest
from botocore.exceptions import ClientError

from sundog.store import Conflict, OutcomeUnknown, StoreError


class FailingStore:
    """``store``, whose transactions end with ``failure`` the first ``times`` times."""

    def __init__(self, store, failure, times, *, after=False):
        self._store, self._failure, self._after = store, failure, after
        self.left, self.ended = times, 0

    def __getattr__(self, name):
        return getattr(self._store, name)

    def transaction(self, **options):
        return FailingBlock(self, self._store.transaction(**options))

    async def end(self, block, *error):
        self.ended += 1
        if error[0] is None and self.left:
            self.left -= 1
            if self._after:
                await block.__aexit__(None, None, None)
            else:
                await block.__aexit__(type(self._failure), self._failure, None)
            raise self._failure
        return await block.__aexit__(*error)


class FailingBlock:
    def __init__(self, store, block):
        self._store, self._block = store, block

    async def __aenter__(self):
        return await self._block.__aenter__()

    async def __aexit__(self, *error):
        return await self._store.end(self._block, *error)


@pytest.fixture
async def send(world, client):
    """Send on a store that fails; how many transactions it took, and what is then in the queue."""
    sqs = client("sqs")
    url = (await sqs.create_queue(QueueName="q"))["QueueUrl"]

    async def send(failure, times, **options):
        healthy = world.app.store
        world.app.store = failing = FailingStore(healthy, failure, times, **options)
        try:
            await sqs.send_message(QueueUrl=url, MessageBody="a")
            code = "sent"
        except ClientError as error:
            code = error.response["Error"]["Code"]
        world.app.store = healthy
        answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return code, failing.ended, len(answer.get("Messages", []))

    return send


async def test_a_conflict_is_run_again_until_it_is_done_once(send):
    assert await send(Conflict("no"), 19) == ("sent", 20, 1)


async def test_twenty_conflicts_are_enough(send):
    assert await send(Conflict("no"), 20) == ("ServiceUnavailable", 20, 0)


async def test_a_failing_database_is_tried_three_times(send):
    assert await send(StoreError("no"), 2) == ("sent", 3, 1)
    assert await send(StoreError("no"), 3) == ("ServiceUnavailable", 3, 0)


async def test_what_may_have_happened_is_not_run_again(send):
    assert await send(OutcomeUnknown("no"), 1, after=True) == ("ServiceUnavailable", 1, 1)

"""Promises to what keeps things of API Gateway in memory: it hears of every change, after the commit."""

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.loading import put_new


@pytest.fixture
def heard(world):
    """``kind id`` of what changed, in order. Where other nodes may write too, they are heard as anything."""
    found = []

    def note(item):
        if item is not None:
            found.append(f"{item.kind} {item.id}")

    world.app.parts.get(Changes).listen(note)
    return found


async def test_every_write_is_heard(heard, api, patch):
    await api.mock()
    deployment = await api.deploy(stageName="dev")
    heard.clear()
    await api.update_stage(stageName="dev", patchOperations=patch("replace", "/description", "x"))
    await api.flush_stage_cache(stageName="dev")
    await api.delete_stage(stageName="dev")
    await api.delete_deployment(deploymentId=deployment)
    assert heard == [
        "stage dev",
        "cache_flush dev/responses",
        "cache_flush dev/responses",
        "stage dev",
        f"deployment {deployment}",
        f"snapshot {deployment}",
    ]


async def test_what_was_not_committed_is_not_heard(heard, world):
    context = world.app.system_context(Scope(), Principal.root(Scope().account))
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with context.store.transaction() as tx:
            await put_new(context, tx, "api_key", "k", {"value": "v"})
            raise RuntimeError("changed my mind")
    assert heard == []


async def test_a_reset_may_have_changed_anything(world):
    told = []
    world.app.parts.get(Changes).listen(told.append)
    await world.app.reset()
    assert None in told

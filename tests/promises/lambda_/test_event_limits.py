"""How large an asynchronous event may be, by the quotas the server runs with."""

from dataclasses import replace

import pytest

KIB = 1024


@pytest.fixture(params=[("aws", 1024 * KIB), ("classic", 256 * KIB), ("relaxed", 6 * 1024 * KIB)])
def quota(request):
    return request.param


@pytest.fixture
def config(config, quota):
    return replace(config, limits=quota[0])


async def test_an_event_may_be_as_large_as_the_quotas_say(engine, create, functions, refusal, quota):
    await create("f")
    _, most = quota
    largest = b'"' + b"x" * (most - 2) + b'"'
    taken = await functions.invoke(FunctionName="f", InvocationType="Event", Payload=largest)
    assert taken["StatusCode"] == 202
    code, _ = await refusal(
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=b" " + largest)
    )
    assert code == "RequestEntityTooLargeException"

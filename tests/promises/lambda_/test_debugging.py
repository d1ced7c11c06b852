"""``sundog debug`` from the server's side: which functions run under a debugger, and until when."""

import json

import pytest

from sundog.compute.contract import Debugger
from sundog.protocol.http import HttpRequest

PATH = "/_sundog/lambda/debug"


@pytest.fixture
def debug(world):
    """``status, answer = await debug(function="f", port=5678)``"""

    async def ask(**wish):
        request = HttpRequest("POST", PATH, "", {"host": "127.0.0.1"}, json.dumps(wish).encode())
        answer = await world.app.server.answer(request, lambda: True)
        return answer.status, json.loads(answer.body)

    return ask


async def test_a_function_is_under_a_debugger_until_that_is_ended(engine, create, call, debug, clock):
    await create("f")
    status, answer = await debug(function="f", wait=True)
    assert status == 200
    assert answer["debugger"] == {"host": "127.0.0.1", "port": 5678}
    await call("f")
    assert engine.specs[-1].debugger == Debugger(5678, waits=True)
    await debug(function="f", stop=True)
    await call("f")
    assert engine.specs[-1].debugger is None
    assert engine.specs[-1].revision != engine.specs[-2].revision


async def test_an_environment_is_there_before_the_first_invocation(engine, create, debug, clock):
    await create("f")
    await debug(function="f", port=7777)
    await clock.settle()
    assert engine.kept == {("f", "$LATEST"): 1}


async def test_a_port_belongs_to_one_function(engine, create, debug):
    await create("f")
    await create("g")
    await debug(function="f", port=7777)
    status, answer = await debug(function="g", port=7777)
    assert status == 400
    assert "belongs to the debugger of arn:aws:lambda:us-east-1:000000000000:function:f" in answer["error"]
    assert (await debug(function="g"))[0] == 200


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({}, "say which function"),
        ({"function": 3}, "say which function"),
        ({"function": "none"}, "Function not found"),
        ({"function": "f", "port": "x"}, "port is a number"),
        ({"function": "custom"}, "only Python and Node.js functions"),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence(engine, create, debug, wish, text):
    await create("f")
    await create("custom", Runtime="provided.al2023")
    status, answer = await debug(**wish)
    assert status == 400
    assert text in answer["error"]

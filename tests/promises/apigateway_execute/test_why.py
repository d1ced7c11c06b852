"""`sundog why <x-amzn-RequestId>`: every error of the gateway's own can be asked about."""

import orjson
import pytest

from sundog.protocol.http import HttpRequest


@pytest.fixture
def why(world):
    """``await why(answer)``: the trace of a request; None where it left none."""

    async def ask(answer):
        path = f"/_sundog/trace/{answer.headers['x-amzn-requestid']}"
        response = await world.app.server.answer(HttpRequest("GET", path, "", {}, b""), lambda: True)
        return orjson.loads(response.body) if response.status == 200 else None

    return ask


async def test_a_path_without_method_names_what_each_method_wanted(add, deploy, ask, why):
    await add("GET /orders/{id}")
    await add("POST /orders/mine")
    await deploy()
    trace = await why(await ask("/orders/mine"))
    assert trace["kind"] == "http"
    assert {one["subject"]: one["reason"] for one in trace["considered"]} == {
        "GET /orders/{id}": "a path that is nearer goes before it",
        "POST /orders/mine": "it is for POST, not for GET",
    }
    (step,) = trace["steps"]
    assert (step["outcome"], step["detail"]) == ("refused", {"reason": "no method matches"})


async def test_a_function_that_failed_is_named_with_its_error(proxy, deploy, ask, why):
    def fail(event):
        raise ValueError("no such order")

    await proxy("GET /orders", fail)
    await deploy()
    trace = await why(await ask("/orders"))
    assert [one["matched"] for one in trace["considered"]] == [True]
    (step,) = trace["steps"]
    assert step["subject"] == "GET /orders"
    assert step["detail"]["reason"].endswith("customer function error: no such order")


async def test_a_stage_that_is_none_says_so(add, deploy, ask, why):
    await add("GET /orders")
    await deploy()
    trace = await why(await ask("/orders", stage="prod"))
    assert "no such API, stage" in trace["steps"][0]["detail"]["reason"]


async def test_what_an_integration_answered_leaves_no_trace(proxy, deploy, ask, why):
    await proxy("GET /orders", lambda event: {"statusCode": 500})
    await deploy()
    answer = await ask("/orders")
    assert (answer.status, await why(answer)) == (500, None)

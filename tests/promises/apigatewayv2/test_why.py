"""`sundog why <apigw-requestid>`: every error of the gateway's own can be asked about."""

from urllib.parse import quote

import orjson
import pytest

from sundog.front.explaining import explain_routes
from sundog.protocol.http import HttpRequest


@pytest.fixture
def why(world):
    """``await why(answer)``: the trace of a request; None where it left none."""

    async def ask(answer):
        path = f"/_sundog/trace/{quote(answer.headers['apigw-requestid'], safe='')}"
        response = await world.app.server.answer(HttpRequest("GET", path, "", {}, b""), lambda: True)
        return orjson.loads(response.body) if response.status == 200 else None

    return ask


async def test_a_path_without_route_names_what_each_route_wanted(api_id, serve, function, ask, why):
    arn = await function()
    await serve({"GET /orders/{id}": {"IntegrationUri": arn}, "POST /orders": {"IntegrationUri": arn}})
    trace = await why(await ask(api_id, "/orders"))
    assert trace["kind"] == "http"
    assert {one["subject"]: one["reason"] for one in trace["considered"]} == {
        "GET /orders/{id}": "the path ends before {id}",
        "POST /orders": "it is for POST, not for GET",
    }
    (step,) = trace["steps"]
    assert (step["outcome"], step["detail"]) == ("refused", {"reason": "no route matches"})


async def test_a_function_that_failed_is_named_with_its_error(api_id, serve, function, ask, why):
    def fail(event):
        raise ValueError("no such order")

    await serve({"$default": {"IntegrationUri": await function(fail)}})
    trace = await why(await ask(api_id, "/"))
    assert [one["matched"] for one in trace["considered"]] == [True]
    assert trace["steps"][0]["detail"] == {"reason": "no such order"}


async def test_an_address_that_is_none_says_so(ask, why):
    trace = await why(await ask("aaaaaaaaa1", "/"))
    assert "no such API" in trace["steps"][0]["detail"]["reason"]


async def test_what_an_integration_answered_leaves_no_trace(api_id, serve, function, ask, why):
    await serve({"$default": {"IntegrationUri": await function(lambda event: {"statusCode": 500})}})
    answer = await ask(api_id, "/")
    assert (answer.status, await why(answer)) == (500, None)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("GET /a/x", "b stands where it has x"),
        ("GET /a/b/c", "the path ends before c"),
        ("GET /a", "the path goes on"),
        ("GET /a/{id}", "GET /a/b goes before it"),
        ("ANY /{proxy+}", "GET /a/b goes before it"),
        ("GET /a/b/{proxy+}", "the path ends before {proxy+}"),
        ("$default", "GET /a/b goes before it"),
    ],
)
def test_what_kept_a_route_from_the_request(key, reason):
    chosen, other = explain_routes([key, "GET /a/b"], "GET", ["a", "b"], "GET /a/b")
    assert chosen.matched and (other.subject, other.matched, other.reason) == (key, False, reason)

"""Caches of stages."""

import pytest

COUNTED = {"type": "AWS_PROXY", "integrationHttpMethod": "POST"}


@pytest.fixture
def cached(add, function, deploy, patch_stage):
    """``await cached("GET /a", keys)``: a method that answers how often its function was called."""

    async def make(*routes, keys=(), **members):
        calls = []

        def count(event):
            calls.append(event)
            return {"statusCode": 200, "body": str(len(calls))}

        uri = await function(count)
        named = dict.fromkeys(keys, False)
        for route in routes or ("GET /a",):
            integration = {**COUNTED, "uri": uri, "cacheKeyParameters": list(keys), **members}
            await add(route, integration, method={"requestParameters": named}, answers={})
        await deploy()
        await patch_stage(
            ("/cacheClusterEnabled", "true"),
            ("/cacheClusterSize", "0.5"),
            ("/*/*/caching/enabled", "true"),
            ("/*/*/caching/ttlInSeconds", "60"),
        )

    return make


async def test_an_answer_is_kept_for_its_time(cached, ask, clock):
    await cached()
    assert [(await ask("/a")).body for _ in range(2)] == [b"1", b"1"]
    await clock.advance(60_000)
    assert (await ask("/a")).body == b"2"


async def test_only_the_parameters_of_the_key_make_a_difference(cached, ask):
    await cached(keys=["method.request.querystring.q", "method.request.header.X-A"])
    asked = [("q=1", "a"), ("q=2", "a"), ("q=1", "b"), ("q=1&other=1", "a")]
    bodies = [(await ask("/a", query=query, headers={"X-A": a})).body for query, a in asked]
    assert bodies == [b"1", b"2", b"3", b"1"]


async def test_only_get_is_cached_unless_a_method_says_so(cached, ask, patch_stage):
    await cached("GET /a", "POST /a")
    assert [(await ask("/a", "POST")).body for _ in range(2)] == [b"1", b"2"]
    await patch_stage(("/~1a/POST/caching/enabled", "true"))
    assert [(await ask("/a", "POST")).body for _ in range(2)] == [b"3", b"3"]


async def test_without_its_cluster_nothing_is_cached(cached, ask, patch_stage):
    await cached()
    await patch_stage(("/cacheClusterEnabled", "false"))
    assert [(await ask("/a")).body for _ in range(2)] == [b"1", b"2"]


async def test_a_stage_can_be_flushed(cached, ask, apis, api_id):
    await cached()
    assert (await ask("/a")).body == b"1"
    await apis.flush_stage_cache(restApiId=api_id, stageName="dev")
    assert (await ask("/a")).body == b"2"


ANEW = {"Cache-Control": "max-age=0"}


@pytest.mark.parametrize(
    ("strategy", "status", "body", "has_warning"),
    [
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, b"1", True),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, b"1", False),
        ("FAIL_WITH_403", 403, None, False),
    ],
)
async def test_emptying_an_entry_needs_permission(
    cached, ask, patch_stage, strategy, status, body, has_warning
):
    await cached()
    await patch_stage(("/*/*/caching/unauthorizedCacheControlHeaderStrategy", strategy))
    assert (await ask("/a")).body == b"1"
    got = await ask("/a", headers=ANEW)
    assert (got.status, "warning" in got.headers) == (status, has_warning)
    assert body is None or got.body == body


async def test_who_needs_no_permission_gets_it_anew(cached, ask, patch_stage):
    await cached()
    await patch_stage(("/*/*/caching/requireAuthorizationForCacheControl", "false"))
    assert (await ask("/a")).body == b"1"
    assert (await ask("/a", headers=ANEW)).body == b"2"
    assert (await ask("/a")).body == b"2"


async def test_refusals_are_not_cached_and_ids_are_new(cached, ask):
    await cached()
    first, second = await ask("/a"), await ask("/a")
    assert first.headers["x-amzn-requestid"] != second.headers["x-amzn-requestid"]
    assert (await ask("/none")).status == 403


async def test_a_large_answer_is_not_cached(cached, ask, engine):
    await cached()
    calls = []

    def large(event):
        calls.append(event)
        return {"statusCode": 200, "body": "x" * 1_100_000}

    engine.scripts["f"] = large
    for _ in range(2):
        await ask("/a")
    assert len(calls) == 2

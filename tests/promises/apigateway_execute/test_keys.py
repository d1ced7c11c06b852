"""API keys, usage plans, throttles."""

import pytest

FORBIDDEN = (403, "ForbiddenException", "Forbidden")
TOO_MANY = (429, "TooManyRequestsException", "Too Many Requests")
EXCEEDED = (429, "LimitExceededException", "Limit Exceeded")


@pytest.fixture
def keyed(apis, api_id, add, deploy):
    """``key, plan = await keyed(**plan members)``: GET /a needs a key; its value and the plan's id."""

    async def make(method_throttle=None, **members):
        await add("GET /a", method={"apiKeyRequired": True})
        await add("GET /free")
        await deploy()
        key = await apis.create_api_key(name="k", enabled=True)
        stage = {
            "apiId": api_id,
            "stage": "dev",
            **({"throttle": method_throttle} if method_throttle else {}),
        }
        plan = await apis.create_usage_plan(name="p", apiStages=[stage], **members)
        await apis.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        return key, plan["id"]

    return make


async def test_a_method_that_needs_a_key_takes_that_of_a_plan_with_its_stage(keyed, ask, apis):
    key, _ = await keyed()
    other = await apis.create_api_key(name="other", enabled=True)
    assert (await ask("/a")).refusal == FORBIDDEN
    assert (await ask("/a", headers={"x-api-key": "wrong"})).refusal == FORBIDDEN
    assert (await ask("/a", headers={"x-api-key": other["value"]})).refusal == FORBIDDEN
    assert (await ask("/a", headers={"X-API-Key": key["value"]})).status == 200
    assert (await ask("/free")).status == 200


async def test_a_key_that_is_turned_off_or_deleted_opens_nothing(keyed, ask, apis):
    key, _ = await keyed()
    headers = {"x-api-key": key["value"]}
    assert (await ask("/a", headers=headers)).status == 200
    patch = [{"op": "replace", "path": "/enabled", "value": "false"}]
    await apis.update_api_key(apiKey=key["id"], patchOperations=patch)
    assert (await ask("/a", headers=headers)).refusal == FORBIDDEN
    await apis.delete_api_key(apiKey=key["id"])
    assert (await ask("/a", headers=headers)).refusal == FORBIDDEN


async def test_a_plan_throttles_each_key(keyed, ask, clock):
    key, _ = await keyed(throttle={"rateLimit": 1, "burstLimit": 2})
    headers = {"x-api-key": key["value"]}
    assert [(await ask("/a", headers=headers)).status for _ in range(3)] == [200, 200, 429]
    assert (await ask("/a", headers=headers)).refusal == TOO_MANY
    await clock.advance(1_000)
    assert [(await ask("/a", headers=headers)).status for _ in range(2)] == [200, 429]


async def test_a_plan_may_throttle_one_method(keyed, ask):
    key, _ = await keyed(
        {"/a/GET": {"rateLimit": 1, "burstLimit": 1}}, throttle={"rateLimit": 9, "burstLimit": 9}
    )
    headers = {"x-api-key": key["value"]}
    assert [(await ask("/a", headers=headers)).status for _ in range(2)] == [200, 429]


async def test_a_quota_holds_for_its_period(keyed, ask, clock):
    key, _ = await keyed(quota={"limit": 2, "period": "DAY"})
    headers = {"x-api-key": key["value"]}
    assert [(await ask("/a", headers=headers)).status for _ in range(3)] == [200, 200, 429]
    assert (await ask("/a", headers=headers)).refusal == EXCEEDED
    await clock.advance(24 * 3_600_000)
    assert (await ask("/a", headers=headers)).status == 200


async def test_what_was_used_can_be_read_and_granted_anew(keyed, ask, apis):
    key, plan = await keyed(quota={"limit": 2, "period": "MONTH"})
    headers = {"x-api-key": key["value"]}
    for _ in range(3):
        await ask("/a", headers=headers)
    day = "2023-11-14"
    usage = await apis.get_usage(usagePlanId=plan, keyId=key["id"], startDate=day, endDate=day)
    assert usage["items"][key["id"]] == [[2, 0]]
    patch = [{"op": "replace", "path": "/remaining", "value": "1"}]
    await apis.update_usage(usagePlanId=plan, keyId=key["id"], patchOperations=patch)
    assert [(await ask("/a", headers=headers)).status for _ in range(2)] == [200, 429]


async def test_use_without_a_quota_is_counted_too(keyed, ask, apis, clock):
    key, plan = await keyed()
    for _ in range(3):
        await ask("/a", headers={"x-api-key": key["value"]})
    await clock.settle()
    usage = await apis.get_usage(
        usagePlanId=plan, keyId=key["id"], startDate="2023-11-14", endDate="2023-11-14"
    )
    assert usage["items"][key["id"]][0][0] == 3


async def test_the_event_names_the_key(proxy, apis, api_id, ask, deploy, engine, keyed):
    key, _ = await keyed()
    resource_id = await proxy("GET /f", lambda event: {"statusCode": 200})
    patch = [{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    await apis.update_method(
        restApiId=api_id, resourceId=resource_id, httpMethod="GET", patchOperations=patch
    )
    await deploy()
    await ask("/f", headers={"x-api-key": key["value"]})
    identity = engine.events("f")[0]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"], len(identity)) == (key["value"], key["id"], 14)


async def test_an_authorizer_may_bring_the_key(keyed, apis, api_id, function, ask, deploy, add):
    key, _ = await keyed()
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    said = {
        "principalId": "me",
        "policyDocument": {"Statement": [statement]},
        "usageIdentifierKey": key["value"],
    }
    uri = await function(lambda event: said, "guard")
    guard = await apis.create_authorizer(
        restApiId=api_id,
        name="guard",
        type="TOKEN",
        authorizerUri=uri,
        identitySource="method.request.header.Authorization",
    )
    method = {"apiKeyRequired": True, "authorizationType": "CUSTOM", "authorizerId": guard["id"]}
    await add("GET /b", method=method)
    patch = [{"op": "replace", "path": "/apiKeySource", "value": "AUTHORIZER"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    assert (await ask("/b", headers={"Authorization": "x"})).status == 200
    assert (await ask("/a", headers={"x-api-key": key["value"]})).refusal == FORBIDDEN


async def test_a_stage_throttles_its_methods(add, deploy, patch_stage, ask, clock):
    await add("GET /a")
    await add("GET /b")
    await deploy()
    await patch_stage(("/*/*/throttling/rateLimit", "1"), ("/*/*/throttling/burstLimit", "2"))
    assert [(await ask("/a")).status for _ in range(3)] == [200, 200, 429]
    assert (await ask("/b")).status == 200  # each method has its own
    assert (await ask("/a")).refusal == TOO_MANY
    await patch_stage(("/~1a/GET/throttling/burstLimit", "0"), ("/~1a/GET/throttling/rateLimit", "0"))
    await clock.advance(60_000)
    assert ((await ask("/a")).status, (await ask("/b")).status) == (429, 200)

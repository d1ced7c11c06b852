"""Promises about API keys, usage plans and usage."""

from datetime import date

import pytest

from sundog.scope import Scope
from sundog.services.apigateway.usage import add_usage


@pytest.fixture
async def stage(api):
    """``{"apiId", "stage"}`` of a deployed stage."""
    await api.mock()
    await api.deploy(stageName="dev")
    return {"apiId": api.id, "stage": "dev"}


@pytest.fixture
def used(world):
    """``await used(plan, key, "2023-11-14", 3)``: as if the data plane had counted so many requests."""

    async def count(plan, key, day, requests):
        async with world.app.store.transaction() as tx:
            await add_usage(tx, Scope(), plan, key, date.fromisoformat(day), used=requests)

    return count


async def test_a_key_shows_its_value_only_to_who_asks(gateway):
    key = await gateway.create_api_key(name="k", enabled=True)
    assert len(key["value"]) == 40
    assert "value" not in await gateway.get_api_key(apiKey=key["id"])
    shown = await gateway.get_api_key(apiKey=key["id"], includeValue=True)
    assert shown["value"] == key["value"]
    listed = (await gateway.get_api_keys(includeValues=True))["items"]
    assert [one["value"] for one in listed] == [key["value"]]


async def test_a_value_is_taken_once(gateway, refused):
    await gateway.create_api_key(value="v" * 20)
    with refused("ConflictException", "API Key already exists"):
        await gateway.create_api_key(value="v" * 20)


async def test_a_key_without_an_id_of_its_own_is_known_by_its_value(gateway):
    plain = await gateway.create_api_key(value="a" * 20)
    same = await gateway.create_api_key(value="b" * 20, generateDistinctId=False)
    assert plain["id"] != plain["value"]
    assert same["id"] == same["value"]


async def test_a_key_is_patched(gateway, patch):
    id = (await gateway.create_api_key(name="k"))["id"]
    changed = await gateway.update_api_key(
        apiKey=id,
        patchOperations=patch("replace", "/enabled", "true") + patch("replace", "/name", "n"),
    )
    assert (changed["enabled"], changed["name"]) == (True, "n")


async def test_a_plan_is_of_stages_that_are_there(gateway, api, stage, patch, refused):
    missing = f"Invalid API Stage {{api: {api.id}, stage: no}} specified for usageplan gold"
    with refused("BadRequestException", missing):
        await gateway.create_usage_plan(name="gold", apiStages=[{"apiId": api.id, "stage": "no"}])
    plan = await gateway.create_usage_plan(name="gold", apiStages=[stage])
    with refused("NotFoundException", f"API Stage not found: {api.id}:no"):
        await gateway.update_usage_plan(
            usagePlanId=plan["id"], patchOperations=patch("add", "/apiStages", f"{api.id}:no")
        )


async def test_a_plan_with_stages_is_not_deleted(gateway, api, stage, patch, refused):
    plan = await gateway.create_usage_plan(name="gold", apiStages=[stage])
    message = (
        f"Cannot delete Usage Plan {plan['id']} because there are API Stages associated with it, including"
        f" {api.id}:dev"
    )
    with refused("BadRequestException", message):
        await gateway.delete_usage_plan(usagePlanId=plan["id"])
    remove = patch("remove", "/apiStages", f"{api.id}:dev")
    left = await gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=remove)
    assert left["apiStages"] == []
    await gateway.delete_usage_plan(usagePlanId=plan["id"])


async def test_a_deleted_stage_leaves_its_plans(gateway, api, stage):
    plan = (await gateway.create_usage_plan(name="gold", apiStages=[stage]))["id"]
    await api.delete_stage(stageName="dev")
    assert (await gateway.get_usage_plan(usagePlanId=plan))["apiStages"] == []


async def test_the_stages_of_a_deleted_api_leave_their_plans(gateway, api, stage):
    plan = (await gateway.create_usage_plan(name="gold", apiStages=[stage]))["id"]
    await api.delete_rest_api()
    assert (await gateway.get_usage_plan(usagePlanId=plan))["apiStages"] == []


async def test_what_a_plan_lets_be_removed_is_said(gateway, patch, refused):
    plan = await gateway.create_usage_plan(name="gold")
    message = (
        "Invalid patch path  '/apiStages/a:dev' specified for op 'remove'. Must be one of: [/apiStages,"
        " /quota, /throttle, /productCode,"
        " /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>,"
        " /apiStages/<apidId:stageName>/throttle]"
    )
    with refused("BadRequestException", message):
        await gateway.update_usage_plan(
            usagePlanId=plan["id"], patchOperations=patch("remove", "/apiStages/a:dev")
        )


async def test_a_method_of_a_stage_has_a_throttle_of_its_own(gateway, api, stage, patch):
    plan = await gateway.create_usage_plan(name="gold", apiStages=[stage])
    path = f"/apiStages/{api.id}:dev/throttle/~1pets/GET"
    changed = await gateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=patch("replace", f"{path}/rateLimit", "5")
        + patch("replace", f"{path}/burstLimit", "9"),
    )
    assert changed["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 5.0, "burstLimit": 9}}
    left = await gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=patch("remove", path))
    assert "throttle" not in left["apiStages"][0]


@pytest.mark.parametrize(
    ("quota", "message"),
    [
        ({"limit": 1, "period": "DAY", "offset": 1}, "quota offset must be zero in the DAY period"),
        (
            {"limit": 1, "period": "WEEK", "offset": 7},
            "quota offset must be between 0 and 6 in the WEEK period",
        ),
        ({"limit": 0, "period": "DAY"}, "quota limit must be at least 1"),
    ],
)
async def test_a_quota_that_cannot_be_is_refused(gateway, refused, quota, message):
    with refused("BadRequestException", f"Usage Plan {message}"):
        await gateway.create_usage_plan(name="gold", quota=quota)


async def test_keys_join_and_leave_a_plan(gateway, refused):
    plan = (await gateway.create_usage_plan(name="gold"))["id"]
    key = await gateway.create_api_key(name="k")
    joined = await gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    joined.pop("ResponseMetadata")
    assert joined == {"id": key["id"], "type": "API_KEY", "value": key["value"], "name": "k"}
    plans = (await gateway.get_usage_plans(keyId=key["id"]))["items"]
    assert [one["id"] for one in plans] == [plan]
    await gateway.delete_api_key(apiKey=key["id"])
    assert (await gateway.get_usage_plan_keys(usagePlanId=plan))["items"] == []
    with refused("NotFoundException", "Invalid Key identifier specified"):
        await gateway.get_usage_plan_key(usagePlanId=plan, keyId=key["id"])


async def test_a_key_is_in_one_plan_of_a_stage(gateway, api, stage, refused):
    key = (await gateway.create_api_key(name="k"))["id"]
    gold = (await gateway.create_usage_plan(name="gold", apiStages=[stage]))["id"]
    silver = (await gateway.create_usage_plan(name="silver", apiStages=[stage]))["id"]
    await gateway.create_usage_plan_key(usagePlanId=gold, keyId=key, keyType="API_KEY")
    message = f"API Key {key} is already associated with a usage plan of API stage {api.id}:dev"
    with refused("ConflictException", message):
        await gateway.create_usage_plan_key(usagePlanId=silver, keyId=key, keyType="API_KEY")


async def test_usage_is_what_was_used_and_what_is_left_each_day(gateway, used):
    plan = (await gateway.create_usage_plan(name="gold", quota={"limit": 10, "period": "WEEK"}))["id"]
    key = (await gateway.create_api_key(name="k"))["id"]
    await gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    await used(plan, key, "2023-11-11", 7)  # a Saturday
    await used(plan, key, "2023-11-12", 2)
    await used(plan, key, "2023-11-14", 3)
    usage = await gateway.get_usage(usagePlanId=plan, startDate="2023-11-11", endDate="2023-11-14")
    assert usage["items"] == {key: [[7, 3], [2, 8], [0, 8], [3, 5]]}


async def test_what_is_left_can_be_set_until_the_period_ends(gateway, patch, used, clock):
    plan = (await gateway.create_usage_plan(name="gold", quota={"limit": 10, "period": "DAY"}))["id"]
    key = (await gateway.create_api_key(name="k"))["id"]
    await gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    await used(plan, key, "2023-11-14", 10)
    more = patch("replace", "/remaining", "50")
    usage = await gateway.update_usage(usagePlanId=plan, keyId=key, patchOperations=more)
    assert usage["items"] == {key: [[10, 50]]}
    await clock.advance(86_400_000)
    usage = await gateway.get_usage(usagePlanId=plan, startDate="2023-11-15", endDate="2023-11-15")
    assert usage["items"] == {key: [[0, 10]]}


@pytest.mark.parametrize("day", ["2023-13-01", "yesterday", "20231114"])
async def test_a_day_that_is_none_is_refused(gateway, refused, day):
    plan = (await gateway.create_usage_plan(name="gold"))["id"]
    message = f"Invalid date specified: {day}. Dates must be in yyyy-MM-dd format"
    with refused("BadRequestException", message):
        await gateway.get_usage(usagePlanId=plan, startDate=day, endDate="2023-11-14")

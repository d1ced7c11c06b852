"""Promises about deployments, stages, their settings and canaries."""

import pytest

from sundog.scope import Scope
from sundog.services.apigateway.snapshots import find_snapshot


@pytest.fixture
def snapshot(world, api):
    """``await snapshot(id)``: the document that a deployment froze."""

    async def load(id):
        async with world.app.store.transaction() as tx:
            return await find_snapshot(tx, Scope(), api.id, id)

    return load


async def test_an_api_without_methods_is_not_deployed(api, refused):
    with refused("BadRequestException", "The REST API doesn't contain any methods"):
        await api.deploy()


async def test_a_deployment_is_the_api_as_it_was(api, patch, snapshot):
    pets = await api.path("pets")
    await api.mock(pets)
    frozen = await snapshot(await api.deploy())
    await api.update_resource(resourceId=pets, patchOperations=patch("replace", "/pathPart", "dogs"))
    changed = await snapshot(await api.deploy())
    assert [item["path"] for item in frozen["resources"]] == ["/", "/pets"]
    assert [item["path"] for item in changed["resources"]] == ["/", "/dogs"]


async def test_the_document_has_all_that_answers_a_request(api, snapshot):
    await api.mock()
    await api.put_gateway_response(responseType="DEFAULT_4XX", statusCode="418")
    validator = await api.create_request_validator(name="v", validateRequestBody=True)
    document = await snapshot(await api.deploy())
    assert document["restApi"]["id"] == api.id
    assert document["resources"][0]["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"
    assert [model["name"] for model in document["models"]] == ["Empty", "Error"]
    assert [one["id"] for one in document["requestValidators"]] == [validator["id"]]
    assert document["authorizers"] == []
    statuses = {one["responseType"]: one.get("statusCode") for one in document["gatewayResponses"]}
    assert len(statuses) == 21
    assert (statuses["UNAUTHORIZED"], statuses["INTEGRATION_TIMEOUT"]) == ("418", "504")


async def test_a_deployment_sums_up_what_protects_the_api(api):
    await api.mock(apiKeyRequired=True)
    id = await api.deploy()
    shown = await api.get_deployment(deploymentId=id, embed=["apisummary"])
    assert shown["apiSummary"] == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": True}}}
    assert "apiSummary" not in await api.get_deployment(deploymentId=id)


async def test_a_deployment_that_a_canary_shows_is_not_deleted(api, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    canary = await api.deploy(stageName="dev", canarySettings={"percentTraffic": 10})
    with refused("BadRequestException", "Active stages pointing to this deployment must be moved or deleted"):
        await api.delete_deployment(deploymentId=canary)


async def test_deploying_to_a_stage_keeps_its_settings(api, patch):
    await api.mock()
    first = await api.deploy(stageName="dev", stageDescription="mine", variables={"a": "1"})
    await api.update_stage(stageName="dev", patchOperations=patch("replace", "/*/*/metrics/enabled", "true"))
    second = await api.deploy(stageName="dev")
    stage = await api.get_stage(stageName="dev")
    assert stage["deploymentId"] == second != first
    assert (stage["description"], stage["variables"]) == ("mine", {"a": "1"})
    assert stage["methodSettings"]["*/*"]["metricsEnabled"] is True


async def test_stages_are_listed_by_deployment(api):
    await api.mock()
    first = await api.deploy(stageName="one")
    await api.deploy(stageName="two")
    stages = (await api.get_stages(deploymentId=first))["item"]
    assert [stage["stageName"] for stage in stages] == ["one"]


async def test_a_stage_is_created_once(api, refused):
    await api.mock()
    id = await api.deploy(stageName="dev")
    with refused("ConflictException", "Stage already exists"):
        await api.create_stage(stageName="dev", deploymentId=id)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"stageName": "a b"}, "Stage name only allows a-zA-Z0-9_-"),
        ({"deploymentId": "no"}, "Deployment id does not exist"),
        (
            {"variables": {"a": "<>"}},
            "Invalid stage variable value: <>.  Please use values with alphanumeric characters and the"
            " symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.",
        ),
        (
            {"variables": {"a:b": "1"}},
            "Invalid stage variable name: a:b.  Please use names with only word characters.",
        ),
        ({"canarySettings": {"percentTraffic": 101}}, "Percent traffic must be between 0.0 and 100.0"),
    ],
)
async def test_a_stage_that_cannot_be_is_refused(api, refused, asked, message):
    await api.mock()
    asked = {"stageName": "dev", "deploymentId": await api.deploy(), **asked}
    with refused("BadRequestException", message):
        await api.create_stage(**asked)


async def test_an_api_has_ten_stages_at_most(api, refused):
    await api.mock()
    for number in range(10):
        await api.deploy(stageName=f"s{number}")
    message = "Maximum number of stages for this API has been reached"
    with refused("LimitExceededException", message):
        await api.deploy(stageName="more")
    await api.deploy(stageName="s0")


async def test_a_stage_with_a_cache_says_so(api, patch):
    await api.mock()
    await api.deploy(stageName="dev")
    on = await api.update_stage(
        stageName="dev", patchOperations=patch("replace", "/cacheClusterEnabled", "true")
    )
    assert (on["cacheClusterStatus"], on["cacheClusterSize"]) == ("AVAILABLE", "0.5")
    off = await api.update_stage(
        stageName="dev", patchOperations=patch("replace", "/cacheClusterEnabled", "false")
    )
    assert off["cacheClusterStatus"] == "NOT_AVAILABLE"


async def test_logging_needs_the_role_of_the_account(gateway, api, patch, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    verbose = patch("replace", "/*/*/logging/loglevel", "INFO")
    message = "CloudWatch Logs role ARN must be set in account settings to enable logging"
    with refused("BadRequestException", message):
        await api.update_stage(stageName="dev", patchOperations=verbose)
    role = patch("replace", "/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/logs")
    await gateway.update_account(patchOperations=role)
    stage = await api.update_stage(stageName="dev", patchOperations=verbose)
    assert stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"


async def test_access_logs_are_set_and_removed(gateway, api, patch):
    await api.mock()
    await api.deploy(stageName="dev")
    role = patch("replace", "/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/logs")
    await gateway.update_account(patchOperations=role)
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:access"
    on = await api.update_stage(
        stageName="dev",
        patchOperations=patch("replace", "/accessLogSettings/destinationArn", arn)
        + patch("replace", "/accessLogSettings/format", "$context.requestId"),
    )
    assert on["accessLogSettings"] == {"destinationArn": arn, "format": "$context.requestId"}
    off = await api.update_stage(stageName="dev", patchOperations=patch("remove", "/accessLogSettings"))
    assert "accessLogSettings" not in off


async def test_flushing_a_cache_asks_for_the_stage(api, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    await api.flush_stage_cache(stageName="dev")
    await api.flush_stage_authorizers_cache(stageName="dev")
    with refused("NotFoundException", "Invalid stage identifier specified"):
        await api.flush_stage_cache(stageName="no")


async def test_an_update_says_when(api, patch, clock):
    await api.mock()
    await api.deploy(stageName="dev")
    await clock.advance(60_000)
    stage = await api.update_stage(stageName="dev", patchOperations=patch("replace", "/description", "x"))
    assert (stage["lastUpdatedDate"] - stage["createdDate"]).total_seconds() == 60

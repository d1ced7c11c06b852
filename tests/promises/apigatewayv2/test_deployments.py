"""What is live: deployments by order and by themselves, stages, and what the data planes see of them."""

import asyncio

import pytest

from sundog.services.apigatewayv2.snapshots import Snapshots

from .conftest import FUNCTION


@pytest.fixture
def snapshots(world):
    return world.app.parts.get(Snapshots)


@pytest.fixture
async def route(apis, api_id):
    integration = await apis.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )
    target = f"integrations/{integration['IntegrationId']}"
    return await apis.create_route(ApiId=api_id, RouteKey="GET /orders", Target=target)


async def test_a_change_is_live_only_after_a_deployment(apis, api_id, route, snapshots):
    await apis.create_stage(ApiId=api_id, StageName="dev")
    assert await snapshots.find(api_id, "dev") is None
    deployment = await apis.create_deployment(ApiId=api_id, StageName="dev")
    await apis.create_route(ApiId=api_id, RouteKey="GET /more", Target=route["Target"])
    found = await snapshots.find(api_id, "dev")
    assert found.deployment_id == deployment["DeploymentId"]
    assert [one["RouteKey"] for one in found.routes] == ["GET /orders"]


async def test_a_stage_with_auto_deploy_is_deployed_by_every_change(apis, api_id, route, snapshots):
    stage = await apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    first = stage["DeploymentId"]
    assert stage["LastDeploymentStatusMessage"] == f"Successfully deployed stage with deployment ID '{first}'"
    await apis.create_route(ApiId=api_id, RouteKey="GET /more", Target=route["Target"])
    found = await snapshots.find(api_id, "$default")
    assert sorted(one["RouteKey"] for one in found.routes) == ["GET /more", "GET /orders"]
    assert found.deployment_id != first


async def test_settings_of_a_stage_are_live_at_once(apis, api_id, route, snapshots):
    await apis.create_stage(ApiId=api_id, StageName="dev")
    await apis.create_deployment(ApiId=api_id, StageName="dev")
    assert (await snapshots.find(api_id, "dev")).variables == {}
    await apis.update_stage(ApiId=api_id, StageName="dev", StageVariables={"table": "orders"})
    assert (await snapshots.find(api_id, "dev")).variables == {"table": "orders"}


async def test_what_has_not_changed_is_the_same_object(apis, api_id, route, snapshots):
    await apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert await snapshots.find(api_id, "$default") is await snapshots.find(api_id, "$default")


async def test_an_api_without_routes_cannot_be_deployed(apis, api_id, refused):
    assert await refused(apis.create_deployment(ApiId=api_id)) == (
        "BadRequestException",
        400,
        "Unable to deploy API because no routes exist in this API",
    )


async def test_a_deployment_in_use_cannot_be_deleted(apis, api_id, route, refused):
    await apis.create_stage(ApiId=api_id, StageName="dev")
    id = (await apis.create_deployment(ApiId=api_id, StageName="dev"))["DeploymentId"]
    code, _, text = await refused(apis.delete_deployment(ApiId=api_id, DeploymentId=id))
    assert code == "BadRequestException"
    assert text == "Active stages pointing to this deployment must be moved or deleted"


async def test_a_deleted_api_answers_nothing_any_more(apis, api_id, route, snapshots):
    await apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    assert await snapshots.find(api_id, "$default") is not None
    await apis.delete_api(ApiId=api_id)
    assert await snapshots.find(api_id, "$default") is None


async def test_quick_create_makes_a_deployed_api_with_one_call(apis, snapshots):
    api = await apis.create_api(Name="quick", ProtocolType="HTTP", Target=FUNCTION)
    found = await snapshots.find(api["ApiId"], "$default")
    (route,) = found.routes
    integration = found.integrations[route["Target"].removeprefix("integrations/")]
    assert route["RouteKey"] == "$default"
    assert integration["IntegrationUri"] == FUNCTION
    assert integration["PayloadFormatVersion"] == "2.0"
    assert route["ApiGatewayManaged"] and integration["ApiGatewayManaged"]


async def test_a_stage_says_why_it_could_not_be_deployed(apis, api_id):
    stage = await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    said = "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    assert stage["LastDeploymentStatusMessage"] == said and "DeploymentId" not in stage


async def test_old_automatic_deployments_are_forgotten(apis, api_id):
    await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    kept = (await apis.create_deployment(ApiId=api_id))["DeploymentId"]
    for number in range(15):
        await apis.create_route(ApiId=api_id, RouteKey=f"GET /{number}")
    found = (await apis.get_deployments(ApiId=api_id))["Items"]
    assert len(found) == 12 and kept in {one["DeploymentId"] for one in found}
    stage = await apis.get_stage(ApiId=api_id, StageName="dev")
    assert stage["DeploymentId"] in {one["DeploymentId"] for one in found}


async def test_routes_made_at_the_same_time_are_all_deployed(apis, api_id, snapshots):
    await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    calls = (apis.create_route(ApiId=api_id, RouteKey=f"GET /{number}") for number in range(12))
    await asyncio.gather(*calls)
    assert len((await snapshots.find(api_id, "dev")).routes) == 12

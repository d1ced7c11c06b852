"""Promises about REST APIs themselves."""

import orjson
import pytest


async def test_an_api_begins_with_its_root_and_two_models(gateway, api):
    assert (await api.get_resources())["items"] == [{"id": api.root, "path": "/"}]
    assert [model["name"] for model in (await api.get_models())["items"]] == ["Empty", "Error"]


async def test_its_id_says_that_it_is_a_rest_api(gateway):
    ids = [(await gateway.create_rest_api(name=f"a{number}"))["id"] for number in range(20)]
    assert all(len(id) == 10 and id[-1].isalpha() for id in ids)


async def test_apis_are_listed_page_by_page_as_they_were_created(gateway):
    made = [(await gateway.create_rest_api(name=f"a{number}"))["id"] for number in range(5)]
    seen, position = [], {}
    while True:
        page = await gateway.get_rest_apis(limit=2, **position)
        seen += [item["id"] for item in page["items"]]
        if "position" not in page:
            break
        position = {"position": page["position"]}
    assert seen == made


async def test_a_position_that_nobody_gave_is_refused(gateway, refused):
    with refused("BadRequestException", "Invalid position parameter"):
        await gateway.get_rest_apis(position="nonsense")


async def test_a_policy_is_shown_as_it_stands_in_quotes(gateway):
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny"}]}'
    created = await gateway.create_rest_api(name="a", policy=policy)
    assert orjson.loads(f'"{created["policy"]}"') == policy


@pytest.mark.parametrize("statement", ['"x"', "[1]", "[]", '{"Effect": "Allow", "Condition": "x"}'])
async def test_a_policy_that_is_none_is_refused(gateway, refused, statement):
    text = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
    with refused("BadRequestException", text):
        await gateway.create_rest_api(name="a", policy=f'{{"Statement": {statement}}}')


async def test_the_resources_of_a_policy_may_be_written_short(gateway, patch):
    policy = '{"Statement": [{"Effect": "Allow", "Resource": "execute-api:/dev/*"}]}'
    api = await gateway.create_rest_api(name="a")
    changed = await gateway.update_rest_api(
        restApiId=api["id"], patchOperations=patch("replace", "/policy", policy)
    )
    statement = orjson.loads(orjson.loads(f'"{changed["policy"]}"'))["Statement"][0]
    assert statement["Resource"] == f"arn:aws:execute-api:us-east-1:000000000000:{api['id']}/dev/*"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("replace", "/name", ""), "API name cannot be blank"),
        (
            ("replace", "/minimumCompressionSize", "10485761"),
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
        (
            ("replace", "/minimumCompressionSize", "-1"),
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
        (("add", "/name", "x"), "Invalid patch operation specified. Must be one of: [replace]"),
        (("add", "/binaryMediaTypes/image/png"), "Invalid patch path /binaryMediaTypes/image/png"),
        (("replace", "/endpointConfiguration/types/EDGE", "LOCAL"), "Invalid EndpointTypes provided"),
    ],
)
async def test_what_cannot_be_patched_is_refused(api, patch, refused, change, message):
    with refused("BadRequestException", message):
        await api.update_rest_api(patchOperations=patch(*change))


async def test_compression_is_switched_off_by_no_value(api, patch):
    on = await api.update_rest_api(patchOperations=patch("replace", "/minimumCompressionSize", "100"))
    off = await api.update_rest_api(patchOperations=patch("replace", "/minimumCompressionSize"))
    assert on["minimumCompressionSize"] == 100
    assert "minimumCompressionSize" not in off


async def test_an_api_changes_its_endpoint_type(api, patch):
    moved = await api.update_rest_api(
        patchOperations=patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")
    )
    assert moved["endpointConfiguration"]["types"] == ["REGIONAL"]


async def test_a_clone_has_everything_but_deployments(gateway, api):
    pets = await api.path("pets")
    await api.mock(pets)
    await api.mock(method="POST")
    await api.create_model(
        name="Pet",
        contentType="application/json",
        schema=f'{{"$ref": "https://apigateway.amazonaws.com/restapis/{api.id}/models/Empty"}}',
    )
    await api.deploy(stageName="dev")
    clone = await gateway.create_rest_api(name="clone", cloneFrom=api.id)
    resources = (await gateway.get_resources(restApiId=clone["id"], embed=["methods"]))["items"]
    by_path = {item["path"]: item for item in resources}
    assert by_path["/"]["id"] == clone["rootResourceId"] != api.root
    assert by_path["/pets"]["parentId"] == clone["rootResourceId"]
    assert set(by_path["/"]["resourceMethods"]) == {"POST"}
    assert by_path["/pets"]["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"
    model = await gateway.get_model(restApiId=clone["id"], modelName="Pet")
    assert clone["id"] in model["schema"]
    assert (await gateway.get_stages(restApiId=clone["id"]))["item"] == []


async def test_a_deleted_api_takes_everything_with_it(gateway, api, refused, world):
    await api.mock()
    deployment = await api.deploy(stageName="dev")
    await api.delete_rest_api()
    with refused("NotFoundException", f"Invalid API identifier specified 000000000000:{api.id}"):
        await api.get_rest_api()
    with refused("NotFoundException", "Invalid Deployment identifier specified"):
        await api.get_deployment(deploymentId=deployment)


async def test_an_api_that_a_domain_shows_is_not_deleted(gateway, api, domain, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    await domain()
    await gateway.create_base_path_mapping(domainName="api.example.com", restApiId=api.id, stage="dev")
    message = "Please remove all base path mappings related to the API in your domains: api.example.com"
    with refused("BadRequestException", message):
        await api.delete_rest_api()


async def test_accounts_do_not_see_each_others_apis(client, api):
    other = client("apigateway", account="111111111111")
    assert (await other.get_rest_apis())["items"] == []

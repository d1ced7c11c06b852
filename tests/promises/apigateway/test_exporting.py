"""Promises about APIs that go into OpenAPI documents."""

import json

import pytest
import yaml


async def export(api, kind="oas30", **more):
    answer = await api.get_export(stageName="dev", exportType=kind, **more)
    return answer, str(answer["body"])


async def test_an_export_shows_what_the_stage_shows(api):
    await api.mock(await api.path("a"))
    await api.deploy(stageName="dev")
    await api.mock(await api.path("later"))
    answer, text = await export(api)
    assert list(json.loads(text)["paths"]) == ["/a"]
    assert answer["contentType"] == "application/octet-stream"


async def test_an_export_is_an_attachment_named_after_its_version(api, patch):
    await api.mock()
    await api.update_rest_api(patchOperations=patch("replace", "/version", "1.2"))
    await api.deploy(stageName="dev")
    answer, _ = await export(api, "swagger")
    assert answer["contentDisposition"] == 'attachment; filename="swagger_1.2.json"'


async def test_an_export_can_be_yaml(api):
    await api.mock()
    await api.deploy(stageName="dev")
    answer, text = await export(api, accepts="application/yaml")
    assert yaml.safe_load(text)["info"]["title"] == "shop"
    assert answer["contentDisposition"].endswith('.yaml"')


@pytest.mark.parametrize("kind", ["swagger", "oas30"])
async def test_an_export_can_be_imported_again(api, gateway, kind):
    await api.create_model(name="Pet", contentType="application/json", schema='{"type": "object"}')
    at = await api.mock(await api.path("{id}"), requestParameters={"method.request.path.id": True})
    await api.put_method_response(**at, statusCode="200", responseModels={"application/json": "Pet"})
    await api.put_integration_response(**at, statusCode="200", selectionPattern="")
    await api.deploy(stageName="dev")
    _, text = await export(api, kind, parameters={"extensions": "apigateway"})
    again = await gateway.import_rest_api(body=text, failOnWarnings=True)
    resources = (await gateway.get_resources(restApiId=again["id"], embed=["methods"]))["items"]
    (method,) = [item["resourceMethods"]["GET"] for item in resources if "resourceMethods" in item]
    assert method["requestParameters"] == {"method.request.path.id": True}
    assert method["methodResponses"]["200"]["responseModels"] == {"application/json": "Pet"}
    assert method["methodIntegration"]["requestTemplates"] == {"application/json": '{"statusCode": 200}'}


async def test_the_documentation_of_the_stage_is_in_the_export(api, patch):
    await api.mock()
    await api.create_documentation_part(
        location={"type": "METHOD", "path": "/", "method": "GET"}, properties='{"summary": "Says hello"}'
    )
    await api.deploy(stageName="dev")
    await api.create_documentation_version(documentationVersion="v1", stageName="dev")
    _, text = await export(api, parameters={"extensions": "documentation"})
    document = json.loads(text)
    assert document["paths"]["/"]["get"]["summary"] == "Says hello"
    assert document["x-amazon-apigateway-documentation"]["version"] == "v1"


async def test_an_export_of_what_is_not_there_is_refused(api, refused):
    with refused("NotFoundException", "Invalid stage identifier specified"):
        await api.get_export(stageName="dev", exportType="oas30")


async def test_unknown_kinds_and_extensions_are_refused(api, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    with refused(
        "BadRequestException", "Invalid export type specified. Must be one of: ['swagger', 'oas30']"
    ):
        await export(api, "raml")
    with refused("BadRequestException", "Invalid extensions specified: nope"):
        await export(api, parameters={"extensions": "integrations,nope"})
    with refused(
        "UnsupportedOperation",
        "sundog does not support Exports with Postman's extensions."
        " Postman imports an oas30 export as it is.",
    ):
        await export(api, parameters={"extensions": "postman"})

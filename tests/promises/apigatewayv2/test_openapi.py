"""HTTP APIs out of OpenAPI 3 documents and back."""

import json

import pytest

from .conftest import FUNCTION, invocation_uri

YAML = f"""
openapi: 3.0.1
info: {{title: shop, version: 2024-01-01}}
servers:
  - url: https://example.com/{{basePath}}
    variables: {{basePath: {{default: shop/v1}}}}
paths:
  /orders/{{id}}:
    get:
      operationId: getOrder
      security: [{{jwt: [read]}}]
      x-amazon-apigateway-integration: {{$ref: '#/components/x-amazon-apigateway-integrations/shop'}}
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration: {{$ref: '#/components/x-amazon-apigateway-integrations/shop'}}
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: any
        uri: https://example.com
        payloadFormatVersion: 1.0
        requestParameters: {{'append:header.a': b}}
components:
  securitySchemes:
    jwt:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {{issuer: 'https://example.com', audience: [shop]}}
  x-amazon-apigateway-integrations:
    shop:
      type: aws_proxy
      httpMethod: POST
      payloadFormatVersion: '2.0'
      uri: {invocation_uri(FUNCTION)}
x-amazon-apigateway-cors: {{allowOrigins: ['*'], maxAge: 60}}
tags: [{{name: team, x-amazon-apigateway-tag-value: a}}, {{name: other}}]
"""


async def content(apis, api_id):
    """What an API consists of, without ids: equal for APIs that do the same."""
    integrations = {one["IntegrationId"]: one for one in (await apis.get_integrations(ApiId=api_id))["Items"]}
    authorizers = {one["AuthorizerId"]: one for one in (await apis.get_authorizers(ApiId=api_id))["Items"]}
    routes = {}
    for route in (await apis.get_routes(ApiId=api_id))["Items"]:
        integration = dict(integrations.get(route.pop("Target", "").removeprefix("integrations/"), {}))
        authorizer = dict(authorizers.get(route.pop("AuthorizerId", ""), {}))
        integration.pop("IntegrationId", None)
        authorizer.pop("AuthorizerId", None)
        del route["RouteId"]
        routes[route["RouteKey"]] = route, integration, authorizer
    api = await apis.get_api(ApiId=api_id)
    return routes, {name: api.get(name) for name in ("Name", "Version", "CorsConfiguration", "Tags")}


async def test_a_document_becomes_an_api(apis):
    api = await apis.import_api(Body=YAML)
    assert (api["Name"], api["Version"], api["Tags"]) == ("shop", "2024-01-01", {"team": "a"})
    assert api["CorsConfiguration"] == {"AllowOrigins": ["*"], "MaxAge": 60}
    routes, _ = await content(apis, api["ApiId"])
    assert sorted(routes) == ["$default", "ANY /orders/{id}", "GET /orders/{id}"]
    route, integration, authorizer = routes["GET /orders/{id}"]
    assert (route["OperationName"], route["AuthorizationScopes"]) == ("getOrder", ["read"])
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert authorizer["JwtConfiguration"] == {"Issuer": "https://example.com", "Audience": ["shop"]}
    assert len((await apis.get_integrations(ApiId=api["ApiId"]))["Items"]) == 2
    assert routes["$default"][1]["RequestParameters"] == {"append:header.a": "b"}


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("ignore", "GET /orders/{id}"),
        ("prepend", "GET /shop/v1/orders/{id}"),
        ("split", "GET /v1/orders/{id}"),
    ],
)
async def test_a_base_path_is_ignored_prepended_or_split(mode, key, apis):
    api = await apis.import_api(Body=YAML, Basepath=mode)
    assert key in {route["RouteKey"] for route in (await apis.get_routes(ApiId=api["ApiId"]))["Items"]}


@pytest.mark.parametrize("kind", ["JSON", "YAML"])
async def test_what_was_exported_is_the_same_api_again(kind, apis):
    first = (await apis.import_api(Body=YAML))["ApiId"]
    exported = await apis.export_api(ApiId=first, Specification="OAS30", OutputType=kind)
    second = (await apis.import_api(Body=exported["body"]))["ApiId"]
    assert await content(apis, second) == await content(apis, first)


async def test_an_export_looks_as_aws_writes_it(apis):
    api_id = (await apis.import_api(Body=YAML))["ApiId"]
    await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    exported = await apis.export_api(ApiId=api_id, Specification="OAS30", OutputType="JSON", StageName="dev")
    document = json.loads(exported["body"])
    assert (document["openapi"], document["x-amazon-apigateway-importexport-version"]) == ("3.0.1", "1.0")
    assert document["servers"][0]["variables"] == {"basePath": {"default": "dev"}}
    get = document["paths"]["/orders/{id}"]["get"]
    assert get["responses"] == {"default": {"description": "Default response for GET /orders/{id}"}}
    assert get["parameters"][0]["name"] == "id" and get["security"] == [{"jwt": ["read"]}]
    plain = await apis.export_api(
        ApiId=api_id, Specification="OAS30", OutputType="JSON", IncludeExtensions=False
    )
    assert "x-amazon" not in plain["body"]


async def test_a_stage_is_exported_as_it_was_deployed(apis, refused):
    api_id = (await apis.import_api(Body=YAML))["ApiId"]
    await apis.create_stage(ApiId=api_id, StageName="dev")
    asked = {"ApiId": api_id, "Specification": "OAS30", "OutputType": "JSON", "StageName": "dev"}
    assert (await refused(apis.export_api(**asked)))[0] == "BadRequestException"
    await apis.create_deployment(ApiId=api_id, StageName="dev")
    await apis.create_route(ApiId=api_id, RouteKey="GET /later")
    assert "/later" not in json.loads((await apis.export_api(**asked))["body"])["paths"]


async def test_a_document_takes_the_place_of_an_api(apis, api_id, serve, function):
    await serve({"GET /old": {"IntegrationUri": await function()}})
    await apis.reimport_api(ApiId=api_id, Body=YAML)
    routes, api = await content(apis, api_id)
    assert sorted(routes) == ["$default", "ANY /orders/{id}", "GET /orders/{id}"]
    assert api["Name"] == "shop"
    assert [one["StageName"] for one in (await apis.get_stages(ApiId=api_id))["Items"]] == ["$default"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        "swagger: '2.0'",
        json.dumps({"openapi": "3.0.1", "paths": {"/a": {"get": {"x-amazon-apigateway-integration": {}}}}}),
        json.dumps({"openapi": "3.0.1", "paths": {"/{a}/{a}": {"get": {}}}}),
    ],
)
async def test_what_describes_no_http_api_is_refused_and_makes_none(body, apis, refused):
    assert (await refused(apis.import_api(Body=body)))[:2] == ("BadRequestException", 400)
    assert (await apis.get_apis())["Items"] == []

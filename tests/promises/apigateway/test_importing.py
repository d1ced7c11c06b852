"""Promises about APIs that come from OpenAPI documents."""

import json

import pytest

LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f"
MOCK = {
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    },
    "responses": {"200": {"description": "ok"}},
}
NOT_READABLE = "Unable to build importer with provided input."


def document(title="shop", **more):
    return json.dumps({"openapi": "3.0.1", "info": {"title": title}, **more})


def paths(*names, **operation):
    return {name: {"get": {**MOCK, **operation}} for name in names}


@pytest.fixture
def import_api(gateway):
    async def run(text, **more):
        return await gateway.import_rest_api(body=text, **more)

    return run


async def tree(gateway, api_id):
    items = (await gateway.get_resources(restApiId=api_id))["items"]
    return {item["path"]: sorted(item.get("resourceMethods", {})) for item in items}


async def test_an_imported_api_can_be_deployed_and_called(gateway, import_api, world):
    api = await import_api(document(paths=paths("/", "/a/{b}")))
    assert await tree(gateway, api["id"]) == {"/": ["GET"], "/a": [], "/a/{b}": ["GET"]}
    await gateway.create_deployment(restApiId=api["id"], stageName="dev")
    assert (await gateway.get_stage(restApiId=api["id"], stageName="dev"))["stageName"] == "dev"


async def test_an_imported_api_has_no_models_but_its_own(gateway, import_api):
    api = await import_api(document(components={"schemas": {"Pet": {"type": "object"}}}))
    models = (await gateway.get_models(restApiId=api["id"]))["items"]
    assert [(model["name"], json.loads(model["schema"])) for model in models] == [("Pet", {"type": "object"})]


async def test_models_that_refer_to_each_other_are_imported(gateway, import_api):
    def refers(to):
        return {"type": "object", "properties": {"x": {"$ref": f"#/components/schemas/{to}"}}}

    api = await import_api(document(components={"schemas": {"A": refers("B"), "B": refers("A")}}))
    model = await gateway.get_model(restApiId=api["id"], modelName="A")
    reference = json.loads(model["schema"])["properties"]["x"]["$ref"]
    assert reference == f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/B"


async def test_a_schema_in_place_becomes_a_model_of_the_response(gateway, import_api):
    content = {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}
    api = await import_api(document(paths=paths("/", responses={"200": {"content": content}})))
    (model,) = (await gateway.get_models(restApiId=api["id"]))["items"]
    response = await gateway.get_method_response(
        restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET", statusCode="200"
    )
    assert response["responseModels"] == {"application/json": model["name"]}


async def test_authorizers_and_validators_are_known_by_the_methods(gateway, import_api):
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": f"{LAMBDA}/invocations"},
    }
    api = await import_api(
        document(
            components={"securitySchemes": {"mine": scheme}},
            paths=paths("/", security=[{"mine": []}]),
            **{
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
            },
        )
    )
    (authorizer,) = (await gateway.get_authorizers(restApiId=api["id"]))["items"]
    (validator,) = (await gateway.get_request_validators(restApiId=api["id"]))["items"]
    method = await gateway.get_method(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET")
    assert (method["authorizerId"], method["requestValidatorId"]) == (authorizer["id"], validator["id"])
    assert authorizer["identitySource"] == "method.request.header.Authorization"


async def test_gateway_responses_and_documentation_are_imported(gateway, import_api):
    extensions = {
        "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": 418}},
        "x-amazon-apigateway-documentation": {
            "documentationParts": [{"location": {"type": "API"}, "properties": {"description": "x"}}]
        },
    }
    api = await import_api(document(**extensions))
    response = await gateway.get_gateway_response(restApiId=api["id"], responseType="THROTTLED")
    assert (response["statusCode"], response["defaultResponse"]) == ("418", False)
    (part,) = (await gateway.get_documentation_parts(restApiId=api["id"]))["items"]
    assert json.loads(part["properties"]) == {"description": "x"}
    without = await import_api(document(**extensions), parameters={"ignore": "documentation"})
    assert (await gateway.get_documentation_parts(restApiId=without["id"]))["items"] == []


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("ignore", ["/", "/x"]), ("prepend", ["/", "/a", "/a/b", "/a/b/x"]), ("split", ["/", "/b", "/b/x"])],
)
async def test_the_base_path_is_taken_as_asked(gateway, import_api, mode, expected):
    text = json.dumps({"swagger": "2.0", "info": {"title": "s"}, "basePath": "/a/b", "paths": paths("/x")})
    api = await import_api(text, parameters={"basepath": mode})
    assert sorted(await tree(gateway, api["id"])) == expected


async def test_the_kind_of_endpoint_is_a_parameter(import_api):
    api = await import_api(document(), parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert api["endpointConfiguration"] == {"types": ["REGIONAL"], "ipAddressType": "ipv4"}


async def test_yaml_is_read_as_well(import_api):
    api = await import_api("openapi: 3.0.0\ninfo:\n  title: yaml\n  version: 1.0\n")
    assert (api["name"], api["version"]) == ("yaml", "1.0")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"swagger": "1.2"}', "a: 'b"])
async def test_what_is_no_openapi_document_is_refused(import_api, refused, text):
    with refused("BadRequestException", NOT_READABLE):
        await import_api(text)


async def test_an_authorizer_without_a_name_is_refused(import_api, refused):
    schemes = {"": {"name": "A", "x-amazon-apigateway-authorizer": {"type": "token"}}}
    message = "Errors found during import:\n\tUnable to create authorizer '': Authorizer name cannot be blank"
    with refused("BadRequestException", message):
        await import_api(document(components={"securitySchemes": schemes}))


async def test_all_errors_are_told_and_nothing_is_imported(gateway, import_api, refused):
    broken = {"x-amazon-apigateway-integration": {"type": "http", "httpMethod": "GET", "uri": "nowhere"}}
    text = document(
        paths={
            "/a": {"get": broken},
            "/b/{c+}/d": {"get": MOCK},
            "/e": {"post": {**MOCK, "responses": {}, "security": [{"lost": []}]}},
        },
        components={
            "schemas": {"my_model": {"type": "object"}},
            "securitySchemes": {"lost": {"name": "A", "x-amazon-apigateway-authorizer": {"type": "token"}}},
        },
    )
    message = (
        "Errors found during import:"
        "\n\tUnable to create model for 'my_model': Model name must be alphanumeric: my_model"
        "\n\tUnable to create authorizer 'lost': Invalid Authorizer URI: . Authorizer URI should be a valid"
        " API Gateway ARN that represents a Lambda function invocation."
        "\n\tUnable to create resource at path '/b/{c+}/d': Cannot create a child of a resource with a greedy"
        " path variable: {c+}"
        "\n\tUnable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified"
        " for URI"
        "\n\tUnable to put method 'POST' on resource at path '/e': Invalid authorizer ID specified. Setting"
        " the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
    )
    with refused("BadRequestException", message):
        await import_api(text)
    assert (await gateway.get_rest_apis())["items"] == []


async def test_warnings_are_told_or_refuse_the_import(gateway, import_api, refused):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Gone"}}}
    text = document(paths=paths("/", responses={"200": {"content": content}}))
    warning = "Reference to model 'Gone' not found. Ignoring."
    with refused("BadRequestException", f"Warnings found during import:\n\t{warning}"):
        await import_api(text, failOnWarnings=True)
    assert (await gateway.get_rest_apis())["items"] == []
    assert (await import_api(text))["warnings"] == [warning]


# PutRestApi


async def test_merging_keeps_what_the_document_does_not_have(gateway, import_api):
    extensions = {
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
    }
    api = await import_api(document(paths=paths("/a", "/b"), **extensions))
    await gateway.put_rest_api(
        restApiId=api["id"],
        mode="merge",
        body=document(
            "new name",
            paths={"/b": {"post": MOCK}},
            **{"x-amazon-apigateway-binary-media-types": ["image/gif"]},
        ),
    )
    assert await tree(gateway, api["id"]) == {"/": [], "/a": ["GET"], "/b": ["GET", "POST"]}
    after = await gateway.get_rest_api(restApiId=api["id"])
    assert (after["name"], after["binaryMediaTypes"]) == ("new name", ["image/png", "image/gif"])
    assert after["disableExecuteApiEndpoint"] is True


async def test_overwriting_leaves_the_id_the_root_and_the_stages(gateway, import_api):
    api = await import_api(
        document(
            paths=paths("/a"),
            components={"schemas": {"Old": {"type": "object"}}},
            **{"x-amazon-apigateway-binary-media-types": ["image/png"]},
        )
    )
    await gateway.create_deployment(restApiId=api["id"], stageName="dev")
    after = await gateway.put_rest_api(
        restApiId=api["id"], mode="overwrite", body=document(paths=paths("/b"))
    )
    assert (after["id"], after["rootResourceId"]) == (api["id"], api["rootResourceId"])
    assert (after["tags"], "binaryMediaTypes" in after) == ({}, False)
    assert await tree(gateway, api["id"]) == {"/": [], "/b": ["GET"]}
    assert (await gateway.get_models(restApiId=api["id"]))["items"] == []
    assert (await gateway.get_stages(restApiId=api["id"]))["item"][0]["stageName"] == "dev"


async def test_an_authorizer_of_the_same_name_keeps_its_id(gateway, import_api):
    def text(ttl):
        said = {
            "type": "token",
            "authorizerUri": f"{LAMBDA}/invocations",
            "authorizerResultTtlInSeconds": ttl,
        }
        scheme = {"name": "Auth", "in": "header", "x-amazon-apigateway-authorizer": said}
        return document(components={"securitySchemes": {"mine": scheme}})

    api = await import_api(text(60))
    (before,) = (await gateway.get_authorizers(restApiId=api["id"]))["items"]
    await gateway.put_rest_api(restApiId=api["id"], body=text(0))
    (after,) = (await gateway.get_authorizers(restApiId=api["id"]))["items"]
    assert (after["id"], after["authorizerResultTtlInSeconds"]) == (before["id"], 0)


async def test_a_failed_import_leaves_the_api_as_it_was(gateway, import_api, refused):
    api = await import_api(document(paths=paths("/a")))
    bad = document(components={"schemas": {"a-b": {"type": "object"}}})
    message = (
        "Errors found during import:"
        "\n\tUnable to create model for 'a-b': Model name must be alphanumeric: a-b"
    )
    with refused("BadRequestException", message):
        await gateway.put_rest_api(restApiId=api["id"], mode="overwrite", body=bad)
    assert await tree(gateway, api["id"]) == {"/": [], "/a": ["GET"]}


async def test_only_an_api_that_is_there_can_be_put(gateway, refused):
    with refused("NotFoundException", "Invalid API identifier specified 000000000000:nope"):
        await gateway.put_rest_api(restApiId="nope", body=document())


# ImportDocumentationParts


def parts(*pairs):
    said = [{"location": location, "properties": properties} for location, properties in pairs]
    return document(**{"x-amazon-apigateway-documentation": {"documentationParts": said}})


async def documented(api):
    items = (await api.get_documentation_parts())["items"]
    return [(item["location"]["type"], json.loads(item["properties"])) for item in items]


async def test_documentation_is_merged_property_by_property(api):
    first = await api.import_documentation_parts(body=parts(({"type": "API"}, {"a": 1, "b": 1})))
    second = await api.import_documentation_parts(
        body=parts(({"type": "API"}, {"b": 2}), ({"type": "METHOD", "method": "GET"}, {"c": 3}))
    )
    assert second["ids"][0] == first["ids"][0]
    assert await documented(api) == [("API", {"a": 1, "b": 2}), ("METHOD", {"c": 3})]


async def test_documentation_is_replaced_when_overwritten(api):
    await api.import_documentation_parts(body=parts(({"type": "API"}, {"a": 1})))
    await api.import_documentation_parts(
        mode="overwrite", body=parts(({"type": "RESOURCE", "path": "/x"}, {"b": 1}))
    )
    assert await documented(api) == [("RESOURCE", {"b": 1})]


async def test_documentation_of_nothing_that_is_known_is_refused(api, refused):
    with refused("BadRequestException", "Invalid documentation part location type specified: SHOE"):
        await api.import_documentation_parts(body=parts(({"type": "SHOE"}, {})))


async def test_documentation_that_cannot_be_read_is_refused(api, refused):
    with refused("BadRequestException", NOT_READABLE):
        await api.import_documentation_parts(body="{'key:value}")

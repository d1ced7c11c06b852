"""Promises about models, validators, authorizers, gateway responses and documentation."""

import orjson
import pytest

LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{LAMBDA}/invocations"


async def test_a_model_keeps_its_name_and_changes_its_schema(api, patch, refused):
    await api.create_model(name="Pet", contentType="application/json", schema='{"type": "object"}')
    changed = await api.update_model(
        modelName="Pet", patchOperations=patch("replace", "/schema", '{"type": "string"}')
    )
    assert changed["schema"] == '{"type": "string"}'
    with refused(
        "BadRequestException",
        "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
    ):
        await api.update_model(modelName="Pet", patchOperations=patch("replace", "/name", "Dog"))


@pytest.mark.parametrize(
    ("name", "schema", "message"),
    [
        ("my-pet", "{}", "Model name must be alphanumeric: my-pet"),
        ("Pet", "no json", "[Invalid model schema specified]"),
        (
            "Pet",
            '{"$ref": "Dog"}',
            "[Invalid model schema specified, Model reference must be in canonical form]",
        ),
        (
            "Pet",
            '{"$ref": "https://apigateway.amazonaws.com/restapis/a/models/Dog"}',
            "[Invalid model reference specified: Dog]",
        ),
    ],
)
async def test_a_model_that_cannot_be_is_refused(api, refused, name, schema, message):
    if message.startswith("["):
        message = f"Invalid model specified: Validation Result: warnings : [], errors : {message}"
    with refused("BadRequestException", message):
        await api.create_model(name=name, contentType="application/json", schema=schema)


async def test_a_flat_model_has_those_it_refers_to_inside(api):
    ref = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Empty"
    schema = f'{{"type": "array", "items": {{"$ref": "{ref}"}}}}'
    await api.create_model(name="Pets", contentType="application/json", schema=schema)
    assert (await api.get_model(modelName="Pets"))["schema"] == schema
    flat = orjson.loads((await api.get_model(modelName="Pets", flatten=True))["schema"])
    assert flat["items"] == {"$ref": "#/definitions/Empty"}
    assert flat["definitions"]["Empty"]["title"] == "Empty Schema"


async def test_a_model_that_another_refers_to_is_not_deleted(api, refused):
    ref = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Empty"
    await api.create_model(name="Pet", contentType="application/json", schema=f'{{"$ref": "{ref}"}}')
    with refused("ConflictException", "Cannot delete model 'Empty', is referenced in model: Pet"):
        await api.delete_model(modelName="Empty")


async def test_the_template_of_a_model_is_a_sample(api):
    assert (await api.get_model_template(modelName="Error"))["value"] == (
        '#set($inputRoot = $input.path(\'$\'))\n{\n  "message" : "foo"\n}'
    )


async def test_a_validator_is_patched_listed_and_kept_while_it_is_used(api, patch, refused):
    id = (await api.create_request_validator(name="v"))["id"]
    changed = await api.update_request_validator(
        requestValidatorId=id, patchOperations=patch("replace", "/validateRequestBody", "true")
    )
    assert changed["validateRequestBody"] is True
    assert (await api.get_request_validators())["items"] == [
        {"id": id, "name": "v", "validateRequestBody": True, "validateRequestParameters": False}
    ]
    at = await api.mock(requestValidatorId=id)
    message = f"Cannot delete request validator '{id}', is referenced in method: //GET"
    with refused("ConflictException", message):
        await api.delete_request_validator(requestValidatorId=id)
    await api.delete_method(**at)
    await api.delete_request_validator(requestValidatorId=id)


# Authorizers


async def test_authorizers_have_their_defaults(api):
    header = "method.request.header.Authorization"
    token = await api.create_authorizer(name="t", type="TOKEN", authorizerUri=URI, identitySource=header)
    assert (token["authType"], token["authorizerResultTtlInSeconds"]) == ("custom", 300)
    pool = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"
    users = await api.create_authorizer(
        name="u", type="COGNITO_USER_POOLS", providerARNs=[pool], identitySource=header
    )
    assert users["authType"] == "cognito_user_pools"
    assert "authorizerResultTtlInSeconds" not in users
    assert [one["name"] for one in (await api.get_authorizers())["items"]] == ["t", "u"]


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (
            {"name": "taken"},
            "ConflictException",
            "Authorizer name must be unique. Authorizer taken already exists in this RestApi.",
        ),
        (
            {"authorizerUri": LAMBDA},
            "BadRequestException",
            f"Invalid Authorizer URI: {LAMBDA}. Authorizer URI should be a valid API Gateway ARN that"
            " represents a Lambda function invocation.",
        ),
        (
            {"authorizerResultTtlInSeconds": 3_601},
            "BadRequestException",
            "Authorizer result TTL must be between 0 and 3600 seconds",
        ),
        (
            {"identitySource": "header.x"},
            "BadRequestException",
            "Invalid mapping expression specified: header.x",
        ),
        (
            {"type": "REQUEST", "identitySource": ""},
            "BadRequestException",
            "Identity source is required when authorization caching is enabled",
        ),
    ],
)
async def test_an_authorizer_that_cannot_be_is_refused(api, refused, asked, code, message):
    right = {"type": "TOKEN", "authorizerUri": URI, "identitySource": "method.request.header.Auth"}
    await api.create_authorizer(name="taken", **right)
    with refused(code, message):
        await api.create_authorizer(**{"name": "new", **right, **asked})


async def test_an_authorizer_is_patched_and_kept_while_it_is_used(api, patch, refused):
    right = {"type": "REQUEST", "authorizerUri": URI, "identitySource": "method.request.header.A"}
    id = (await api.create_authorizer(name="a", **right))["id"]
    changed = await api.update_authorizer(
        authorizerId=id,
        patchOperations=patch("replace", "/authorizerResultTtlInSeconds", "0")
        + patch("remove", "/identitySource"),
    )
    assert changed["authorizerResultTtlInSeconds"] == 0
    assert "identitySource" not in changed
    await api.put_method(resourceId=api.root, httpMethod="GET", authorizationType="CUSTOM", authorizerId=id)
    with refused("ConflictException", "Cannot delete authorizer 'a', is referenced in method: //GET"):
        await api.delete_authorizer(authorizerId=id)


async def test_jwt_authorizers_are_refused_by_name(api, refused):
    message = (
        "sundog does not support JWT authorizers of REST APIs. Use a REQUEST authorizer, or an HTTP API."
    )
    with refused("UnsupportedOperation", message):
        await api.create_authorizer(name="j", type="JWT")


# Gateway responses


async def test_a_deleted_gateway_response_is_the_default_again(api):
    await api.put_gateway_response(responseType="THROTTLED", statusCode="503")
    await api.delete_gateway_response(responseType="THROTTLED")
    shown = await api.get_gateway_response(responseType="THROTTLED")
    assert (shown["statusCode"], shown["defaultResponse"]) == ("429", True)


async def test_gateway_responses_come_in_pages(api):
    seen, position = [], {}
    while True:
        page = await api.get_gateway_responses(limit=8, **position)
        seen += [item["responseType"] for item in page["items"]]
        if "position" not in page:
            break
        position = {"position": page["position"]}
    assert len(seen) == len(set(seen)) == 21


async def test_headers_of_a_gateway_response_come_from_somewhere(api, refused):
    prefix = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
    with refused("BadRequestException", f"{prefix}[Invalid mapping expression specified: test-value]"):
        await api.put_gateway_response(
            responseType="UNAUTHORIZED", responseParameters={"gatewayresponse.header.a": "test-value"}
        )


# Documentation


async def test_parts_are_found_by_what_they_are_about(api):
    for location in (
        {"type": "API"},
        {"type": "RESOURCE", "path": "/pets"},
        {"type": "MODEL", "name": "Pet"},
    ):
        await api.create_documentation_part(location=location, properties='{"description": "x"}')

    async def types(**asked):
        parts = (await api.get_documentation_parts(**asked))["items"]
        return [part["location"]["type"] for part in parts]

    assert await types() == ["API", "RESOURCE", "MODEL"]
    assert await types(type="MODEL") == ["MODEL"]
    assert await types(path="/pets") == ["RESOURCE"]
    assert await types(nameQuery="Pe") == ["MODEL"]
    assert await types(locationStatus="UNDOCUMENTED") == []


async def test_one_thing_has_one_part(api, refused):
    location = {"type": "RESOURCE", "path": "/pets"}
    await api.create_documentation_part(location=location, properties="{}")
    with refused("ConflictException", "Documentation part already exists"):
        await api.create_documentation_part(location=location, properties="{}")


async def test_a_version_goes_to_a_stage_at_once(api, refused):
    await api.mock()
    await api.deploy(stageName="dev")
    await api.create_documentation_version(documentationVersion="v1", stageName="dev", description="d")
    assert (await api.get_stage(stageName="dev"))["documentationVersion"] == "v1"
    with refused("ConflictException", "Documentation version already exists"):
        await api.create_documentation_version(documentationVersion="v1")
    versions = (await api.get_documentation_versions())["items"]
    assert [(one["version"], one["description"]) for one in versions] == [("v1", "d")]

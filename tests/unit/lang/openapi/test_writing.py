"""Deployed APIs as documents, and back."""

from __future__ import annotations

import json

import pytest

from sundog.lang.openapi import Extensions, read_api, write_api
from sundog.lang.openapi.documentation import write_documentation

URL = "https://apigateway.amazonaws.com/restapis/abc/models/"
MODELS = {
    "Pet": {"type": "object", "properties": {"owner": {"$ref": URL + "Owner"}}},
    "Owner": {"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": URL + "Pet"}}}},
    "Unused": {"type": "object"},
}
GET = {
    "httpMethod": "GET",
    "operationName": "GetPet",
    "authorizationType": "COGNITO_USER_POOLS",
    "authorizerId": "a2",
    "authorizationScopes": ["email"],
    "apiKeyRequired": True,
    "requestValidatorId": "v1",
    "requestParameters": {"method.request.path.id": True, "method.request.querystring.q": False},
    "methodResponses": {
        "200": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-A": False},
            "responseModels": {"application/json": "Pet"},
        }
    },
    "methodIntegration": {
        "type": "HTTP",
        "httpMethod": "GET",
        "uri": "https://example.com/{id}",
        "connectionType": "VPC_LINK",
        "connectionId": "link",
        "passthroughBehavior": "NEVER",
        "timeoutInMillis": 1000,
        "cacheNamespace": "mine",
        "cacheKeyParameters": ["method.request.path.id"],
        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
        "requestTemplates": {"application/json": None},
        "integrationResponses": {
            "200": {"statusCode": "200", "responseParameters": {"method.response.header.X-A": "'a'"}},
            "500": {"statusCode": "500", "selectionPattern": "5\\d{2}", "contentHandling": "CONVERT_TO_TEXT"},
        },
    },
}
POST = {
    "httpMethod": "POST",
    "authorizationType": "CUSTOM",
    "authorizerId": "a1",
    "apiKeyRequired": False,
    "requestModels": {"application/json": "Pet"},
    "methodIntegration": {
        "type": "MOCK",
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": "r2",
        "cacheKeyParameters": [],
    },
}
ANY = {"httpMethod": "ANY", "authorizationType": "AWS_IAM", "apiKeyRequired": False}
SNAPSHOT = {
    "restApi": {
        "id": "abc",
        "name": "shop",
        "description": "sells",
        "version": "7",
        "apiKeySource": "AUTHORIZER",
        "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 10,
        "policy": '{"Statement":[]}',
        "disableExecuteApiEndpoint": True,
        "endpointConfiguration": {"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]},
    },
    "resources": [
        {"id": "r1", "path": "/"},
        {"id": "r2", "path": "/{id}", "resourceMethods": {"GET": GET, "POST": POST}},
        {"id": "r3", "path": "/x", "resourceMethods": {"ANY": ANY}},
    ],
    "models": [{"name": name, "schema": json.dumps(schema)} for name, schema in MODELS.items()],
    "requestValidators": [
        {"id": "v1", "name": "all", "validateRequestBody": True, "validateRequestParameters": True}
    ],
    "authorizers": [
        {
            "id": "a1",
            "name": "custom",
            "type": "REQUEST",
            "authType": "custom",
            "authorizerUri": "arn:f",
            "authorizerResultTtlInSeconds": 60,
            "identitySource": "method.request.header.A,method.request.querystring.b",
        },
        {
            "id": "a2",
            "name": "pool",
            "type": "COGNITO_USER_POOLS",
            "authType": "cognito_user_pools",
            "providerARNs": ["arn:p"],
            "identitySource": "method.request.header.Auth",
        },
    ],
    "gatewayResponses": [
        {
            "responseType": "THROTTLED",
            "statusCode": "418",
            "responseParameters": {},
            "responseTemplates": {"application/json": "{}"},
            "defaultResponse": False,
        },
        {"responseType": "UNAUTHORIZED", "defaultResponse": True},
    ],
}
NONE = Extensions()
ALL = Extensions(everything=True)


def write(kind, extensions=NONE, parts=(), snapshot=SNAPSHOT):
    return write_api(
        snapshot,
        is_swagger=kind == "swagger",
        extensions=extensions,
        host="abc.execute-api.eu-west-1.amazonaws.com",
        stage="dev",
        created="2026-01-01T00:00:00Z",
        parts=parts,
    )


@pytest.mark.parametrize("kind", ["swagger", "oas30"])
def test_a_document_with_all_extensions_reads_as_the_api_that_it_is_of(kind):
    api = read_api(write(kind, ALL), "ignore", lambda: "unused")
    assert api.warnings == ()
    assert api.rest_api == {
        "name": "shop",
        "description": "sells",
        "version": "7",
        "apiKeySource": "AUTHORIZER",
        "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 10,
        "policy": '{"Statement":[]}',
        "vpcEndpointIds": ["vpce-1"],
        "disableExecuteApiEndpoint": True,
    }
    assert {(m.path, m.http_method, m.authorizer, m.validator) for m in api.methods} == {
        ("/{id}", "GET", "pool", "all"),
        ("/{id}", "POST", "custom", ""),
        ("/x", "ANY", "", ""),
    }
    read = {method.http_method: method for method in api.methods}
    for written in (GET, POST, ANY):
        values = read[written["httpMethod"]].values
        assert values == {name: written[name] for name in values}
    assert read["GET"].responses == GET["methodResponses"]
    integration = dict(GET["methodIntegration"])
    responses = integration.pop("integrationResponses")
    assert read["GET"].integration == {
        **{name: value for name, value in integration.items() if name != "httpMethod"},
        "integrationHttpMethod": "GET",
        "requestTemplates": {"application/json": ""},
    }
    assert read["GET"].integration_responses == tuple(responses.values())
    assert [model.name for model in api.models] == ["Pet", "Owner"]
    assert [one["name"] for one in api.validators] == ["all"]
    expected = [{k: v for k, v in one.items() if k != "id"} for one in SNAPSHOT["authorizers"]]
    assert sorted(api.authorizers, key=lambda one: one["name"]) == expected
    assert [one["responseType"] for one in api.gateway_responses] == ["THROTTLED"]


def test_without_extensions_a_document_is_plain_openapi():
    for kind in ("swagger", "oas30"):
        assert "x-amazon" not in json.dumps(write(kind)).replace("x-amazon-apigateway-any-method", "")


def test_extensions_can_be_had_one_by_one():
    text = json.dumps(write("oas30", Extensions(integrations=True)))
    assert "x-amazon-apigateway-integration" in text and "x-amazon-apigateway-authorizer" not in text
    text = json.dumps(write("oas30", Extensions(authorizers=True)))
    assert "x-amazon-apigateway-integration" not in text and "x-amazon-apigateway-authorizer" in text


def test_an_openapi_3_document_says_where_the_api_is():
    document = write("oas30")
    assert document["servers"] == [
        {
            "url": "https://abc.execute-api.eu-west-1.amazonaws.com/{basePath}",
            "variables": {"basePath": {"default": "dev"}},
        }
    ]
    assert document["paths"]["/{id}"]["get"] == {
        "operationId": "GetPet",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "q", "in": "query", "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {
                "description": "200 response",
                "headers": {"X-A": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            }
        },
        "security": [{"pool": ["email"]}, {"api_key": []}],
    }
    assert document["components"]["securitySchemes"] == {
        "pool": {"type": "apiKey", "name": "Auth", "in": "header"},
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "custom": {"type": "apiKey", "name": "Unused", "in": "header"},
        "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header"},
    }


def test_a_swagger_document_says_where_the_api_is():
    document = write("swagger")
    assert (document["host"], document["basePath"], document["schemes"]) == (
        "abc.execute-api.eu-west-1.amazonaws.com",
        "/dev",
        ["https"],
    )
    assert document["paths"]["/{id}"]["post"] == {
        "consumes": ["application/json"],
        "parameters": [
            {"in": "body", "name": "Pet", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
        ],
        "responses": {},
        "security": [{"custom": []}],
    }
    assert list(document["definitions"]) == ["Pet", "Owner"]


def test_an_api_without_a_version_has_the_time_of_its_creation():
    api = {name: value for name, value in SNAPSHOT["restApi"].items() if name != "version"}
    document = write("oas30", snapshot={**SNAPSHOT, "restApi": api})
    assert document["info"]["version"] == "2026-01-01T00:00:00Z"


def part(kind, properties, **location):
    return {"location": {"type": kind, **location}, "properties": json.dumps(properties)}


def test_documentation_describes_what_its_location_fits():
    parts = [
        part("API", {"info": {"description": "new", "version": "9"}, "x-a": 1, "description": "no"}),
        part("METHOD", {"summary": "exact", "tags": ["a"], "foo": 1}, path="/{id}", method="GET"),
        part("METHOD", {"summary": "any", "description": "all"}, path="/", method="*"),
        part("RESOURCE", {"description": "no", "x-b": 2}, path="/{id}"),
        part("RESOURCE", {"x-c": 3}),
        part("AUTHORIZER", {"description": "a pool"}, name="pool"),
        part("PATH_PARAMETER", {"description": "the id"}, path="/{id}", name="id"),
        part("RESPONSE", {"description": "fine"}, path="/", statusCode="200"),
        part("RESPONSE_HEADER", {"description": "a header"}, statusCode="*", name="X-A"),
        part("REQUEST_BODY", {"description": "a pet"}, path="/{id}", method="POST"),
        part("MODEL", {"title": "A pet"}, name="Pet"),
        part("METHOD", {"summary": "elsewhere"}, path="/y"),
    ]
    document = write("oas30", parts=parts)
    item = document["paths"]["/{id}"]
    assert document["info"] == {"title": "shop", "description": "new", "version": "7"}
    assert (document["x-a"], "description" in document) == (1, False)
    get = {name: item["get"].get(name) for name in ("summary", "description", "tags", "foo")}
    assert get == {"summary": "exact", "description": None, "tags": ["a"], "foo": None}
    assert (item["post"]["summary"], item["post"]["description"]) == ("any", "all")
    assert {name for name in item if name not in ("get", "post")} == {"x-b"}
    assert document["components"]["securitySchemes"]["pool"]["description"] == "a pool"
    assert item["get"]["parameters"][0]["description"] == "the id"
    assert item["get"]["responses"]["200"]["description"] == "fine"
    assert item["get"]["responses"]["200"]["headers"]["X-A"]["description"] == "a header"
    assert item["post"]["requestBody"]["description"] == "a pet"
    assert document["components"]["schemas"]["Pet"]["title"] == "A pet"


def test_a_version_of_the_documentation_is_an_extension():
    written = write_documentation(
        [part("API", {"description": "x"})], {"version": "v1", "description": "first"}, "2026"
    )
    assert written == {
        "version": "v1",
        "createdDate": "2026",
        "description": "first",
        "documentationParts": [{"location": {"type": "API"}, "properties": {"description": "x"}}],
    }

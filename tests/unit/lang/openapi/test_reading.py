"""Documents as APIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.openapi import InvalidDocument, read_api

HTTP = {"type": "http", "httpMethod": "get", "uri": "https://example.com"}


def swagger(**more):
    return {"swagger": "2.0", "info": {"title": "shop"}, **more}


def openapi(**more):
    return {"openapi": "3.0.1", "info": {"title": "shop"}, **more}


def read(document, mode="ignore"):
    names = iter(f"Inline{number}" for number in range(100))
    return read_api(document, mode, lambda: next(names))


def one(document):
    """The only method of a document."""
    (method,) = read(document).methods
    return method


@pytest.mark.parametrize(
    "document", [{}, {"swagger": "1.2"}, {"openapi": "3.1.0"}, {"openapi": None}, {"info": {"title": "x"}}]
)
def test_only_swagger_2_and_openapi_3_0_are_read(document):
    with pytest.raises(InvalidDocument):
        read(document)


def test_the_document_says_what_the_api_is():
    api = read(
        openapi(
            info={"title": "shop", "description": "sells", "version": 2.5},
            servers=[
                {"url": "/", "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": ["vpce-1"]}}
            ],
            **{
                "x-amazon-apigateway-api-key-source": "authorizer",
                "x-amazon-apigateway-binary-media-types": ["image/png"],
                "x-amazon-apigateway-minimum-compression-size": 0,
                "x-amazon-apigateway-policy": {"Statement": []},
            },
        )
    )
    assert api.rest_api == {
        "name": "shop",
        "description": "sells",
        "version": "2.5",
        "apiKeySource": "AUTHORIZER",
        "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 0,
        "policy": '{"Statement":[]}',
        "vpcEndpointIds": ["vpce-1"],
    }


def test_paths_have_their_base_path_before_them():
    api = read(swagger(basePath="/v1", paths={"/": {}, "/a/": {}, "/b/{c}": {}}), "prepend")
    assert api.paths == ("/v1", "/v1/a", "/v1/b/{c}")
    assert read(swagger(paths={"/": {}, "a": {}, "x-any": {}})).paths == ("/", "/a")


def test_parameters_of_the_path_and_of_the_operation_are_those_of_the_method():
    document = openapi(
        components={"parameters": {"Page": {"name": "page", "in": "query", "required": True}}},
        paths={
            "/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True},
                    {"name": "page", "in": "query"},
                ],
                "get": {
                    "operationId": "list",
                    "parameters": [
                        {"$ref": "#/components/parameters/Page"},
                        {"name": "X-H", "in": "header"},
                        {"name": "c", "in": "cookie"},
                    ],
                },
            }
        },
    )
    assert one(document).values == {
        "operationName": "list",
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        "requestParameters": {
            "method.request.path.id": True,
            "method.request.querystring.page": True,
            "method.request.header.X-H": False,
        },
    }
    assert read(document).warnings == ("Parameter 'c' in 'cookie' is not supported. Ignoring.",)


def test_any_method_is_an_extension():
    assert one(swagger(paths={"/": {"x-amazon-apigateway-any-method": {}}})).http_method == "ANY"


def test_bodies_and_responses_of_swagger_have_models_by_media_type():
    document = swagger(
        consumes=["text/plain"],
        definitions={"Pet": {"type": "object"}},
        responses={"Bad": {"description": "bad", "schema": {"$ref": "#/definitions/Pet"}}},
        paths={
            "/": {
                "post": {
                    "produces": ["application/json", "application/xml"],
                    "parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Pet"}}],
                    "responses": {
                        "200": {
                            "schema": {"$ref": "#/definitions/Pet"},
                            "headers": {"X-A": {"type": "string"}},
                        },
                        "400": {"$ref": "#/responses/Bad"},
                        "404": {"description": "none"},
                    },
                }
            }
        },
    )
    method = one(document)
    assert method.values["requestModels"] == {"text/plain": "Pet"}
    both = {"application/json": "Pet", "application/xml": "Pet"}
    assert method.responses == {
        "200": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-A": False},
            "responseModels": both,
        },
        "400": {"statusCode": "400", "responseModels": both},
        "404": {"statusCode": "404"},
    }


def test_only_responses_with_a_status_are_those_of_a_method():
    api = read(openapi(paths={"/": {"get": {"responses": {"200": {}, "default": {}, "4XX": {}, "x-a": {}}}}}))
    assert api.methods[0].responses == {"200": {"statusCode": "200"}}
    assert api.warnings == ("Response '4XX' of method 'GET /' has no status code. Ignoring.",)


def test_what_is_described_in_place_becomes_a_model_of_its_own():
    document = openapi(
        components={"schemas": {"Pet": {"type": "object"}}},
        paths={
            "/": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}},
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
                                },
                                "text/plain": {},
                            }
                        }
                    },
                }
            }
        },
    )
    api = read(document)
    assert api.methods[0].values["requestModels"] == {"application/json": "Inline0"}
    assert api.methods[0].responses["200"]["responseModels"] == {"application/json": "Inline1"}
    assert {model.name: model.schema for model in api.models} == {
        "Pet": {"type": "object"},
        "Inline0": {"type": "string"},
        "Inline1": {"type": "array", "items": {"$ref": "model:Pet"}},
    }


def test_models_may_refer_to_each_other_in_circles():
    api = read(
        openapi(
            components={
                "schemas": {
                    "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
                    "B": {
                        "properties": {"a": {"$ref": "#/components/schemas/A"}, "$ref": {"type": "string"}}
                    },
                }
            }
        )
    )
    assert [model.schema["properties"] for model in api.models] == [
        {"b": {"$ref": "model:B"}},
        {"a": {"$ref": "model:A"}, "$ref": {"type": "string"}},
    ]


def test_words_that_are_not_json_schema_are_dropped_but_names_are_not():
    schema = {
        "type": "object",
        "example": {"a": 1},
        "discriminator": "kind",
        "x-tag": 1,
        "properties": {"example": {"type": "string", "readOnly": True, "enum": [{"example": 1}]}},
    }
    (model,) = read(swagger(definitions={"A": schema})).models
    assert model.schema == {
        "type": "object",
        "properties": {"example": {"type": "string", "enum": [{"example": 1}]}},
    }


def test_a_model_that_is_not_there_is_a_warning():
    paths = {"/": {"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/Gone"}}}}}}
    api = read(swagger(paths=paths, definitions={"A": {"items": {"$ref": "#/definitions/Lost"}}}))
    assert api.methods[0].responses == {"200": {"statusCode": "200"}}
    assert api.warnings == (
        "Reference to model 'Lost' not found. Ignoring.",
        "Reference to model 'Gone' not found. Ignoring.",
    )


def test_references_that_multiply_are_refused():
    twice = {"properties": {f"p{n}": {"$ref": "#/x-deep/schema"} for n in range(50)}}
    with pytest.raises(InvalidDocument):
        read(swagger(definitions={"A": twice}, **{"x-deep": {"schema": twice}}))


SCHEMES = {
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "iam": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "basic": {"type": "basic"},
    "token": {
        "type": "apiKey",
        "name": "Auth",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": "arn:f",
            "authorizerResultTtlInSeconds": 0,
            "identitySource": "",
        },
    },
    "pool": {
        "type": "apiKey",
        "name": "Auth",
        "in": "query",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:p"]},
    },
}


def test_schemes_with_an_authorizer_are_authorizers():
    assert read(swagger(securityDefinitions=SCHEMES)).authorizers == (
        {
            "name": "token",
            "type": "TOKEN",
            "authType": "custom",
            "identitySource": "method.request.header.Auth",
            "authorizerUri": "arn:f",
            "authorizerResultTtlInSeconds": 0,
        },
        {
            "name": "pool",
            "type": "COGNITO_USER_POOLS",
            "identitySource": "method.request.querystring.Auth",
            "providerARNs": ["arn:p"],
        },
    )


@pytest.mark.parametrize(
    ("operation", "kind", "authorizer", "scopes", "needs_key"),
    [
        ({}, "CUSTOM", "token", None, False),
        ({"security": []}, "NONE", "", None, False),
        ({"security": [{"key": []}]}, "NONE", "", None, True),
        ({"security": [{"token": ["ignored"]}, {"key": []}]}, "CUSTOM", "token", None, True),
        ({"security": [{"pool": ["a", "b"], "key": []}]}, "COGNITO_USER_POOLS", "pool", ["a", "b"], True),
        ({"security": [{"iam": []}]}, "AWS_IAM", "", None, False),
        ({"security": [{"iam": []}, {"token": []}, {"key": []}]}, "AWS_IAM", "", None, True),
        ({"security": [], "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, "AWS_IAM", "", None, False),
        ({"security": [{"basic": []}, {"gone": []}]}, "NONE", "", None, False),
    ],
)
def test_an_operation_requires_what_it_says_or_what_the_document_says(
    operation, kind, authorizer, scopes, needs_key
):
    method = one(
        openapi(
            components={"securitySchemes": SCHEMES}, security=[{"token": []}], paths={"/": {"get": operation}}
        )
    )
    values = method.values
    assert (values["authorizationType"], method.authorizer) == (kind, authorizer)
    assert (values.get("authorizationScopes"), values["apiKeyRequired"]) == (scopes, needs_key)


def test_the_integration_is_an_extension():
    extension = {
        **HTTP,
        "passthroughBehavior": "when_no_templates",
        "contentHandling": "convert_to_text",
        "timeoutInMillis": 50,
        "requestParameters": {"integration.request.path.a": "method.request.path.b"},
        "requestTemplates": {"application/json": ""},
        "cacheKeyParameters": ["method.request.path.b"],
        "tlsConfig": {"insecureSkipVerification": True},
        "responses": {
            "default": {"statusCode": 200, "responseTemplates": {"application/json": "{}"}},
            "4\\d{2}": {"statusCode": "400", "responseParameters": {"method.response.header.A": "'b'"}},
        },
    }
    method = one(swagger(paths={"/": {"get": {"x-amazon-apigateway-integration": extension}}}))
    assert method.integration == {
        "type": "HTTP",
        "integrationHttpMethod": "GET",
        "uri": "https://example.com",
        "passthroughBehavior": "WHEN_NO_TEMPLATES",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 50,
        "requestParameters": {"integration.request.path.a": "method.request.path.b"},
        "requestTemplates": {"application/json": ""},
        "cacheKeyParameters": ["method.request.path.b"],
        "tlsConfig": {"insecureSkipVerification": True},
    }
    assert method.integration_responses == (
        {"statusCode": "200", "responseTemplates": {"application/json": "{}"}},
        {
            "statusCode": "400",
            "selectionPattern": "4\\d{2}",
            "responseParameters": {"method.response.header.A": "'b'"},
        },
    )


def test_validators_gateway_responses_and_documentation_are_extensions():
    api = read(
        openapi(
            paths={"/": {"get": {}, "post": {"x-amazon-apigateway-request-validator": "none"}}},
            **{
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
                "x-amazon-apigateway-gateway-responses": {"UNAUTHORIZED": {"statusCode": 401}},
                "x-amazon-apigateway-documentation": {
                    "documentationParts": [
                        {"location": {"type": "METHOD", "method": "GET"}, "properties": {"description": "é"}},
                        {"location": {"type": "API"}, "properties": {}},
                    ]
                },
            },
        )
    )
    assert [method.validator for method in api.methods] == ["all", "none"]
    assert api.validators == (
        {"name": "all", "validateRequestBody": True, "validateRequestParameters": False},
    )
    assert api.gateway_responses == (
        {
            "responseType": "UNAUTHORIZED",
            "statusCode": "401",
            "responseParameters": {},
            "responseTemplates": {},
        },
    )
    assert api.documentation == (
        {"location": {"type": "METHOD", "path": "/", "method": "GET"}, "properties": '{"description": "é"}'},
        {"location": {"type": "API"}, "properties": "{}"},
    )


KEYS = """
paths / /a get post parameters in name body path query schema $ref responses 200 default headers content
servers application/json requestBody security key components schemas securitySchemes definitions info title
url variables basePath securityDefinitions x-amazon-apigateway-integration x-amazon-apigateway-authorizer
location x-amazon-apigateway-gateway-responses x-amazon-apigateway-documentation documentationParts properties
items type x-amazon-apigateway-request-validators x-amazon-apigateway-policy
x-amazon-apigateway-endpoint-configuration
""".split()  # noqa: SIM905 (words are easier to read than quotes)
VALUES = [*KEYS, "#/definitions/key", "#/paths", "#/x", "http", "", None, True, 1, 2.5]
garbage = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=30,
)


@given(
    st.dictionaries(st.sampled_from(KEYS), garbage),
    st.sampled_from([{"swagger": "2.0"}, {"openapi": "3.0.0"}]),
)
def test_whatever_stands_in_a_document_it_is_read(document, head):
    api = read({**document, **head}, "prepend")
    assert all(path.startswith("/") or path == "" for path in api.paths)

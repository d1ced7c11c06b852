"""Documents in which anything stands anywhere are imported or refused, never a 500; imports can be called."""

import copy
import functools
import json
import operator
from contextlib import suppress

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.protocol.http import HttpRequest

MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "servers": [{"url": "https://a/{base}", "variables": {"base": {"default": "v1"}}}],
    "paths": {
        "/pets": {
            "get": {
                "parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "integer"}}],
                "security": [{"auth": []}, {"key": []}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
                },
                "responses": {"200": {"description": "", "headers": {"A": {"schema": {"type": "string"}}}}},
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-integration": {
                    **MOCK,
                    "requestParameters": {"integration.request.header.q": "method.request.querystring.q"},
                    "responses": {
                        "default": {
                            "statusCode": "200",
                            "responseParameters": {"method.response.header.A": "'a'"},
                            "responseTemplates": {"application/json": "$input.body"},
                        }
                    },
                },
            },
            "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": MOCK},
        }
    },
    "components": {
        "schemas": {"Pet": PET},
        "securitySchemes": {
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "auth": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI},
            },
        },
    },
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
    "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "400"}},
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]},
}


def places(value, before=()):
    """Where anything stands in ``value``: the keys and indexes that lead there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*before, key)
        yield from places(value[key], (*before, key))


ANYTHING = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "é✓", "\0", "(", "#set(", [], {}, [None], {"": {}}, {"$ref": "#/"}]
)
CHANGES = st.lists(st.tuples(st.sampled_from(list(places(DOCUMENT))), ANYTHING), min_size=1, max_size=2)


def changed(changes):
    """The document with other values at some places, as far as an earlier change has left them there."""
    document = copy.deepcopy(DOCUMENT)
    for (*way, last), value in changes:
        with suppress(KeyError, IndexError, TypeError):
            functools.reduce(operator.getitem, way, document)[last] = value
    return document


@given(changes=CHANGES)
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
async def test_any_change_of_a_document_is_imported_or_refused(world, client, changes):
    apis = client("apigateway")
    try:
        api = (await apis.import_rest_api(body=json.dumps(changed(changes))))["id"]
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("BadRequestException", "UnsupportedOperation"), error
        return
    try:
        await apis.create_deployment(restApiId=api, stageName="a")
        await apis.get_export(restApiId=api, stageName="a", exportType="oas30")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "BadRequestException", error
    host = f"{api}.execute-api.us-east-1.localhost"
    http = HttpRequest("GET", "/a/pets", "q=1", {"host": host}, b"", raw_headers=((b"Host", host.encode()),))
    assert (await world.app.server.answer(http, lambda: True)).status
    await apis.delete_rest_api(restApiId=api)

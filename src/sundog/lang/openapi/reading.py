"""A document as an API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.lang.openapi.api import Api, Method, Values
from sundog.lang.openapi.base_path import prefix
from sundog.lang.openapi.document import InvalidDocument, mapping, objects, string_map, text, texts
from sundog.lang.openapi.documentation import read_documentation
from sundog.lang.openapi.operations import Operations
from sundog.lang.openapi.pointers import resolved
from sundog.lang.openapi.schemas import Schemas
from sundog.lang.openapi.security import read_authorizers

ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"


def read_api(document: Mapping[str, Any], base_path_mode: str, new_model_name: Callable[[], str]) -> Api:
    """``base_path_mode``: ignore, prepend or split. ``new_model_name`` names what is described in place.

    Raises `InvalidDocument` for what is neither Swagger 2.0 nor OpenAPI 3.0.
    """
    check_version(document)
    warnings: list[str] = []

    def warn(message: str) -> None:
        if message not in warnings:
            warnings.append(message)

    schemas = Schemas(document, warn, new_model_name)
    operations = Operations(document, schemas, warn)
    paths, methods = _read_paths(document, operations, prefix(document, base_path_mode))
    return Api(
        rest_api=_rest_api(document),
        paths=tuple(paths),
        methods=tuple(methods),
        models=tuple(schemas.models.values()),
        validators=_validators(document),
        authorizers=read_authorizers(document),
        gateway_responses=_gateway_responses(document),
        documentation=read_documentation(document),
        warnings=tuple(warnings),
    )


def check_version(document: Mapping[str, Any]) -> None:
    is_swagger = text(document.get("swagger")).startswith("2")
    if not is_swagger and not text(document.get("openapi")).startswith("3.0"):
        raise InvalidDocument("neither Swagger 2.0 nor OpenAPI 3.0")


def _read_paths(
    document: Mapping[str, Any], operations: Operations, before: str
) -> tuple[list[str], list[Method]]:
    paths: list[str] = []
    methods: list[Method] = []
    for written, said in mapping(document.get("paths")).items():
        if written.startswith("x-"):
            continue
        path = _joined(before, written)
        paths.append(path)
        methods += operations.read(path, resolved(document, said))
    return paths, methods


def _joined(before: str, path: str) -> str:
    return before + ("/" + path.strip("/") if path.strip("/") or not before else "")


def _rest_api(document: Mapping[str, Any]) -> Values:
    """The members of CreateRestApi."""
    info = mapping(document.get("info"))
    endpoint = _endpoint(document)
    policy = document.get("x-amazon-apigateway-policy")
    members = {
        "name": text(info.get("title")),
        "description": text(info.get("description")),
        "version": text(info.get("version")),
        "apiKeySource": text(document.get("x-amazon-apigateway-api-key-source")).upper(),
        "binaryMediaTypes": texts(document.get("x-amazon-apigateway-binary-media-types")),
        "minimumCompressionSize": _integer(document.get("x-amazon-apigateway-minimum-compression-size")),
        "policy": json.dumps(policy, separators=(",", ":")) if isinstance(policy, dict) else None,
        "securityPolicy": text(document.get("x-amazon-apigateway-security-policy")),
        "endpointAccessMode": text(document.get("x-amazon-apigateway-endpoint-access-mode")),
        "vpcEndpointIds": texts(endpoint.get("vpcEndpointIds")),
        "ipAddressType": text(endpoint.get("ipAddressType")),
        "disableExecuteApiEndpoint": _flag(endpoint.get("disableExecuteApiEndpoint")),
    }
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def _endpoint(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """On the document, or in OpenAPI 3 on a server."""
    holders = [document, *objects(document.get("servers"))]
    return next((mapping(holder[ENDPOINT]) for holder in holders if ENDPOINT in holder), {})


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _validators(document: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of CreateRequestValidator."""
    return tuple(
        {
            "name": name,
            "validateRequestBody": mapping(said).get("validateRequestBody") is True,
            "validateRequestParameters": mapping(said).get("validateRequestParameters") is True,
        }
        for name, said in mapping(document.get("x-amazon-apigateway-request-validators")).items()
    )


def _gateway_responses(document: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of PutGatewayResponse."""
    return tuple(
        {
            "responseType": kind,
            "statusCode": text(mapping(said).get("statusCode")),
            "responseParameters": string_map(mapping(said).get("responseParameters")),
            "responseTemplates": string_map(mapping(said).get("responseTemplates")),
        }
        for kind, said in mapping(document.get("x-amazon-apigateway-gateway-responses")).items()
    )

"""An HTTP API as an OpenAPI 3 document: the reverse of `openapi_reading`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sundog.services.apigatewayv2.openapi_reading import (
    ANY_METHOD,
    AUTHORIZER,
    CORS,
    CORS_MEMBERS,
    ENDPOINT,
    INTEGRATION,
    INTEGRATION_MEMBERS,
    TAG_VALUE,
)
from sundog.services.apigatewayv2.route_rules import target_of

_SHARED: Final = "x-amazon-apigateway-integrations"
_VERSION: Final = "x-amazon-apigateway-importexport-version"


def write_http_api(frozen: Mapping[str, Any], url: str, stage: str, *, extensions: bool) -> dict[str, Any]:
    """``frozen`` is what a deployment keeps; ``url`` where the API answers, ``stage`` below it or empty."""
    return _Writing(frozen, extensions=extensions).document(url, stage)


class _Writing:
    def __init__(self, frozen: Mapping[str, Any], *, extensions: bool) -> None:
        self._frozen, self._extensions = frozen, extensions
        self._authorizers = {one["AuthorizerId"]: one for one in frozen["authorizers"]}
        self._integrations = {one["IntegrationId"]: one for one in frozen["integrations"]}
        uses = Counter(target_of(route) for route in frozen["routes"])
        shared = [id for id in self._integrations if uses[id] > 1]
        self._shared = {id: f"integration{number}" for number, id in enumerate(shared)}

    def document(self, url: str, stage: str) -> dict[str, Any]:
        api = self._frozen["api"]
        created = datetime.fromtimestamp(api["CreatedDate"] // 1000, UTC)
        info = {"title": api["Name"], "version": api.get("Version") or f"{created:%Y-%m-%d %H:%M:%SUTC}"}
        if api.get("Description"):
            info["description"] = api["Description"]
        document: dict[str, Any] = {"openapi": "3.0.1", "info": info, "servers": [_server(url, stage)]}
        if api.get("Tags"):
            document["tags"] = [self._tag(name, value) for name, value in sorted(api["Tags"].items())]
        document["paths"] = self._paths()
        if components := self._components():
            document["components"] = components
        if self._extensions:
            document |= self._own(api)
        return document

    def _own(self, api: Mapping[str, Any]) -> dict[str, Any]:
        """What API Gateway adds to a document as a whole."""
        added: dict[str, Any] = {}
        if cors := api.get("CorsConfiguration"):
            added[CORS] = {
                name: cors[member] for name, member in CORS_MEMBERS.items() if cors.get(member) is not None
            }
        if api.get("DisableExecuteApiEndpoint"):
            added[ENDPOINT] = {"disableExecuteApiEndpoint": True}
        return {**added, _VERSION: "1.0"}

    def _tag(self, name: str, value: str) -> dict[str, str]:
        return {"name": name, TAG_VALUE: value} if self._extensions else {"name": name}

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for route in sorted(self._frozen["routes"], key=lambda route: str(route["RouteKey"])):
            method, _, path = route["RouteKey"].partition(" ")
            is_default = route["RouteKey"] == "$default"
            name = ANY_METHOD if is_default or method == "ANY" else method.lower()
            if name == ANY_METHOD and not self._extensions:
                continue
            operation = self._operation(route, path)
            if is_default:
                operation["isDefaultRoute"] = True
            paths.setdefault("/$default" if is_default else path, {})[name] = operation
        return paths

    def _operation(self, route: Mapping[str, Any], path: str) -> dict[str, Any]:
        operation: dict[str, Any] = {
            "responses": {"default": {"description": f"Default response for {route['RouteKey']}"}}
        }
        if route.get("OperationName"):
            operation["operationId"] = route["OperationName"]
        if names := [part.strip("{+}") for part in path.split("/") if part.startswith("{")]:
            operation["parameters"] = [_parameter(name) for name in names]
        if (authorizer := self._authorizers.get(route.get("AuthorizerId", ""))) is not None:
            operation["security"] = [{authorizer["Name"]: route.get("AuthorizationScopes") or []}]
        if self._extensions:
            if route["AuthorizationType"] == "AWS_IAM":
                operation["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}
            if integration := self._integration(target_of(route)):
                operation[INTEGRATION] = integration
        return operation

    def _integration(self, id: str) -> dict[str, Any] | None:
        if id in self._shared:
            return {"$ref": f"#/components/{_SHARED}/{self._shared[id]}"}
        found = self._integrations.get(id)
        return _integration(found) if found is not None else None

    def _components(self) -> dict[str, Any]:
        components: dict[str, Any] = {}
        if self._authorizers:
            components["securitySchemes"] = {
                one["Name"]: self._scheme(one) for one in self._authorizers.values()
            }
        if self._shared and self._extensions:
            components[_SHARED] = {
                name: _integration(self._integrations[id]) for id, name in self._shared.items()
            }
        return components

    def _scheme(self, authorizer: Mapping[str, Any]) -> dict[str, Any]:
        is_jwt = authorizer["AuthorizerType"] == "JWT"
        scheme: dict[str, Any] = {"type": "oauth2", "flows": {}}
        if not is_jwt:
            scheme = {"type": "apiKey", "name": "Unused", "in": "header"}
        if self._extensions:
            scheme[AUTHORIZER] = _authorizer(authorizer)
        return scheme


def _server(url: str, stage: str) -> dict[str, Any]:
    if not stage:
        return {"url": url}
    return {"url": f"{url}/{{basePath}}", "variables": {"basePath": {"default": stage}}}


def _parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "description": f"Generated path parameter for {name}",
        "required": True,
        "schema": {"type": "string"},
    }


def _integration(integration: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: integration[member] for name, member in INTEGRATION_MEMBERS.items() if integration.get(member)
    }
    said["type"] = integration["IntegrationType"].lower()
    said["timeoutInMillis"] = integration["TimeoutInMillis"]
    for name, member in (
        ("requestParameters", "RequestParameters"),
        ("responseParameters", "ResponseParameters"),
    ):
        if integration.get(member):
            said[name] = integration[member]
    if tls := integration.get("TlsConfig"):
        said["tlsConfig"] = {"serverNameToVerify": tls["ServerNameToVerify"]}
    return said


def _authorizer(authorizer: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": authorizer["AuthorizerType"].lower(),
        "identitySource": ",".join(authorizer.get("IdentitySource") or ()),
    }
    if configuration := authorizer.get("JwtConfiguration"):
        said["jwtConfiguration"] = {
            "issuer": configuration["Issuer"],
            "audience": configuration["Audience"],
        }
    for name, member in (
        ("authorizerUri", "AuthorizerUri"),
        ("authorizerCredentials", "AuthorizerCredentialsArn"),
        ("authorizerPayloadFormatVersion", "AuthorizerPayloadFormatVersion"),
        ("authorizerResultTtlInSeconds", "AuthorizerResultTtlInSeconds"),
        ("enableSimpleResponses", "EnableSimpleResponses"),
        ("identityValidationExpression", "IdentityValidationExpression"),
    ):
        if authorizer.get(member) is not None:
            said[name] = authorizer[member]
    return said

"""What HTTP API an OpenAPI 3 document describes: routes, integrations, authorizers, CORS, as members.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
Integrations and authorizers are named here by the place they have in the document; ids come with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.openapi.base_path import prefix
from sundog.lang.openapi.document import mapping, objects, string_map, text, texts
from sundog.lang.openapi.pointers import resolved

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
ANY_METHOD: Final = "x-amazon-apigateway-any-method"
INTEGRATION: Final = "x-amazon-apigateway-integration"
AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
TAG_VALUE: Final = "x-amazon-apigateway-tag-value"
CORS: Final = "x-amazon-apigateway-cors"
ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"
BASE_PATHS: Final = ("ignore", "prepend", "split")

INTEGRATION_MEMBERS: Final = {
    "connectionId": "ConnectionId",
    "connectionType": "ConnectionType",
    "credentials": "CredentialsArn",
    "description": "Description",
    "httpMethod": "IntegrationMethod",
    "integrationSubtype": "IntegrationSubtype",
    "payloadFormatVersion": "PayloadFormatVersion",
    "uri": "IntegrationUri",
}
CORS_LISTS: Final = {
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
}
CORS_MEMBERS: Final = {"allowCredentials": "AllowCredentials", **CORS_LISTS, "maxAge": "MaxAge"}


class NotOpenApi(ValueError):
    """The document is no OpenAPI 3."""


@dataclass(frozen=True, slots=True)
class Route:
    """``integration`` and ``authorizer`` are names of theirs in the document, empty where there is none."""

    members: Mapping[str, Any]
    integration: str = ""
    authorizer: str = ""


@dataclass(frozen=True, slots=True)
class HttpApi:
    members: Mapping[str, Any]
    tags: Mapping[str, str]
    routes: tuple[Route, ...]
    integrations: Mapping[str, Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]


def read_http_api(document: Mapping[str, Any], base_path: str) -> HttpApi:
    """Raises `NotOpenApi`. ``base_path`` is one of `BASE_PATHS`."""
    if not text(document.get("openapi")).startswith("3."):
        raise NotOpenApi("not OpenAPI 3")
    return _Reading(document).api(prefix(document, base_path))


class _Reading:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._integrations: dict[str, Mapping[str, Any]] = {}
        schemes = mapping(mapping(document.get("components")).get("securitySchemes"))
        self._schemes = {name: resolved(document, scheme) for name, scheme in schemes.items()}

    def api(self, before: str) -> HttpApi:
        routes = tuple(self._routes(before))
        authorizers = {
            name: _authorizer(name, mapping(scheme[AUTHORIZER]))
            for name, scheme in self._schemes.items()
            if text(mapping(scheme.get(AUTHORIZER)).get("type"))
        }
        return HttpApi(self._members(), self._tags(), routes, self._integrations, authorizers)

    def _members(self) -> dict[str, Any]:
        info = mapping(self._document.get("info"))
        members: dict[str, Any] = {"Name": text(info.get("title")) or "Imported API"}
        for name, member in (("version", "Version"), ("description", "Description")):
            if found := text(info.get(name)):
                members[member] = found
        cors = mapping(self._document.get(CORS))
        if cors:
            members["CorsConfiguration"] = _cors(cors)
        endpoint = mapping(self._document.get(ENDPOINT))
        members["DisableExecuteApiEndpoint"] = endpoint.get("disableExecuteApiEndpoint") is True
        return members

    def _tags(self) -> dict[str, str]:
        tags = objects(self._document.get("tags"))
        return {text(tag.get("name")): text(tag[TAG_VALUE]) for tag in tags if TAG_VALUE in tag}

    def _routes(self, before: str) -> Iterator[Route]:
        for path, item in mapping(self._document.get("paths")).items():
            operations = resolved(self._document, item)
            for name in (*_METHODS, ANY_METHOD):
                if isinstance(operations.get(name), dict):
                    yield self._route(f"{before}{path}", path, name, operations[name])

    def _route(self, full_path: str, path: str, name: str, operation: Mapping[str, Any]) -> Route:
        is_default = path == "/$default" or operation.get("isDefaultRoute") is True
        method = "ANY" if name == ANY_METHOD else name.upper()
        members: dict[str, Any] = {"RouteKey": "$default" if is_default else f"{method} {full_path}"}
        if operation_name := text(operation.get("operationId")):
            members["OperationName"] = operation_name[:64]
        authorizer = self._access(operation, members)
        return Route(members, self._integration(members["RouteKey"], operation), authorizer)

    def _access(self, operation: Mapping[str, Any], members: dict[str, Any]) -> str:
        """The authorizer that the operation (or else the document) requires; IAM goes by the type alone."""
        auth = mapping(operation.get("x-amazon-apigateway-auth")).get("type")
        if text(auth).upper() == "AWS_IAM":
            members["AuthorizationType"] = "AWS_IAM"
            return ""
        for requirement in objects(operation.get("security", self._document.get("security"))):
            for name, scopes in requirement.items():
                scheme = self._schemes.get(name, {})
                if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
                    members["AuthorizationType"] = "AWS_IAM"
                    return ""
                if kind := text(mapping(scheme.get(AUTHORIZER)).get("type")):
                    members["AuthorizationType"] = "JWT" if kind.lower() == "jwt" else "CUSTOM"
                    if texts(scopes) and kind.lower() == "jwt":
                        members["AuthorizationScopes"] = texts(scopes)
                    return str(name)
        return ""

    def _integration(self, route_key: str, operation: Mapping[str, Any]) -> str:
        """Its name: the reference where it is shared, else that of the route."""
        found = operation.get(INTEGRATION)
        if not isinstance(found, dict):
            return ""
        name = text(found.get("$ref")) or route_key
        if name not in self._integrations:
            self._integrations[name] = _integration(resolved(self._document, found))
        return name


def _cors(said: Mapping[str, Any]) -> dict[str, Any]:
    lists = {member: texts(said.get(name)) for name, member in CORS_LISTS.items()}
    cors: dict[str, Any] = {member: found for member, found in lists.items() if found}
    if said.get("allowCredentials") is True:
        cors["AllowCredentials"] = True
    if isinstance(said.get("maxAge"), int):
        cors["MaxAge"] = said["maxAge"]
    return cors


def _integration(said: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {"IntegrationType": text(said.get("type")).upper()}
    for name, member in INTEGRATION_MEMBERS.items():
        if found := text(said.get(name)):
            members[member] = found
    for name, member in (("httpMethod", "IntegrationMethod"), ("connectionType", "ConnectionType")):
        if name in said and member in members:
            members[member] = members[member].upper()
    if isinstance(said.get("timeoutInMillis"), int):
        members["TimeoutInMillis"] = said["timeoutInMillis"]
    if parameters := string_map(said.get("requestParameters")):
        members["RequestParameters"] = parameters
    responses = mapping(said.get("responseParameters"))
    if responses:
        members["ResponseParameters"] = {status: string_map(one) for status, one in responses.items()}
    if server_name := text(mapping(said.get("tlsConfig")).get("serverNameToVerify")):
        members["TlsConfig"] = {"ServerNameToVerify": server_name}
    return members


def _authorizer(name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {"Name": name, "AuthorizerType": text(said.get("type")).upper()}
    source = said.get("identitySource")
    sources = texts(source) if isinstance(source, list) else text(source).split(",")
    members["IdentitySource"] = [one.strip() for one in sources if one.strip()]
    configuration = mapping(said.get("jwtConfiguration"))
    if configuration:
        audience = texts(configuration.get("audience"))
        members["JwtConfiguration"] = {"Issuer": text(configuration.get("issuer")), "Audience": audience}
    for wire, member in (
        ("authorizerUri", "AuthorizerUri"),
        ("authorizerCredentials", "AuthorizerCredentialsArn"),
        ("authorizerPayloadFormatVersion", "AuthorizerPayloadFormatVersion"),
        ("identityValidationExpression", "IdentityValidationExpression"),
    ):
        if found := text(said.get(wire)):
            members[member] = found
    if isinstance(said.get("authorizerResultTtlInSeconds"), int):
        members["AuthorizerResultTtlInSeconds"] = said["authorizerResultTtlInSeconds"]
    if isinstance(said.get("enableSimpleResponses"), bool):
        members["EnableSimpleResponses"] = said["enableSimpleResponses"]
    return members

"""Security schemes and requirements: authorizers, API keys, signatures.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.openapi.api import Values
from sundog.lang.openapi.document import mapping, objects, text, texts

AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTHTYPE = "x-amazon-apigateway-authtype"
AUTH = "x-amazon-apigateway-auth"
POOLS = "COGNITO_USER_POOLS"
SIGNED = ("awssigv4", "aws_iam")
KEY_HEADER = "x-api-key"
PLACES: Final[Mapping[str, str]] = {"header": "header", "query": "querystring"}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a method: ``kind`` is its authorizationType."""

    kind: str = "NONE"
    authorizer: str = ""
    scopes: tuple[str, ...] = ()
    needs_key: bool = False


def schemes(document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found = mapping(document.get("securityDefinitions")) or mapping(
        mapping(document.get("components")).get("securitySchemes")
    )
    return {name: mapping(scheme) for name, scheme in found.items()}


def read_authorizers(document: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of CreateAuthorizer of every scheme that has an authorizer."""
    return tuple(
        _authorizer(name, scheme, mapping(scheme[AUTHORIZER]))
        for name, scheme in schemes(document).items()
        if AUTHORIZER in scheme
    )


def _authorizer(name: str, scheme: Mapping[str, Any], said: Mapping[str, Any]) -> Values:
    """The scheme says where the token is, unless the authorizer does so itself."""
    place = PLACES.get(text(scheme.get("in")), "header")
    source = text(said.get("identitySource")) or f"method.request.{place}.{text(scheme.get('name'))}"
    members: dict[str, Any] = {
        "type": text(said.get("type")).upper(),
        "authType": text(scheme.get(AUTHTYPE)),
        "identitySource": source,
        "authorizerUri": text(said.get("authorizerUri")),
        "authorizerCredentials": text(said.get("authorizerCredentials")),
        "identityValidationExpression": text(said.get("identityValidationExpression")),
        "providerARNs": texts(said.get("providerARNs")),
    }
    ttl = text(said.get("authorizerResultTtlInSeconds"))
    if ttl.isdigit():
        members["authorizerResultTtlInSeconds"] = int(ttl)
    return {"name": name, **{member: value for member, value in members.items() if value not in ("", [])}}


def read_access(
    document: Mapping[str, Any], operation: Mapping[str, Any], warn: Callable[[str], None]
) -> Access:
    """What the operation requires, or else the document as a whole."""
    required = operation["security"] if "security" in operation else document.get("security")
    known = schemes(document)
    access = Access()
    for requirement in objects(required):
        for name, scopes in requirement.items():
            if name not in known:
                warn(f"Security definition '{name}' not found. Ignoring.")
                continue
            access = _required(access, name, known[name], tuple(texts(scopes)), warn)
    kind = text(mapping(operation.get(AUTH)).get("type")).upper()
    return Access(kind, access.authorizer, access.scopes, access.needs_key) if kind else access


def _required(
    access: Access,
    name: str,
    scheme: Mapping[str, Any],
    scopes: tuple[str, ...],
    warn: Callable[[str], None],
) -> Access:
    if access.kind != "NONE" and (AUTHORIZER in scheme or AUTHTYPE in scheme):
        return access  # a method has one way to authorize: the first
    if AUTHORIZER in scheme:
        is_pool = text(mapping(scheme[AUTHORIZER]).get("type")).upper() == POOLS
        return Access(POOLS if is_pool else "CUSTOM", name, scopes if is_pool else (), access.needs_key)
    if text(scheme.get(AUTHTYPE)).lower() in SIGNED:
        return Access("AWS_IAM", "", (), access.needs_key)
    if text(scheme.get("name")).lower() == KEY_HEADER and scheme.get("in") == "header":
        return Access(access.kind, access.authorizer, access.scopes, needs_key=True)
    if scheme.get("type") != "apiKey":
        warn(f"Unsupported security definition type '{text(scheme.get('type'))}' for '{name}'. Ignoring.")
    return access

"""What an authorizer may be, and what it is where a request does not say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.model import Item

MEMBERS: Final = {
    "AuthorizerCredentialsArn": "set",
    "AuthorizerPayloadFormatVersion": "set",
    "AuthorizerResultTtlInSeconds": "keep",
    "AuthorizerType": "keep",
    "AuthorizerUri": "set",
    "EnableSimpleResponses": "keep",
    "IdentitySource": "keep",
    "IdentityValidationExpression": "set",
    "JwtConfiguration": "set",
    "Name": "keep",
}
_HTTP_SOURCE: Final = re.compile(
    r"\$request\.(?:header|querystring)\.\S+|\$context\.[\w.]+|\$stageVariables\.\w+"
)
_SOCKET_SOURCE: Final = re.compile(
    r"route\.request\.(?:header|querystring)\.\S+|context\.[\w.]+|stageVariables\.\w+"
)
_TOKEN_SOURCE: Final = re.compile(r"\$request\.(?:header|querystring)\.\S+")
_ISSUER: Final = re.compile(r"https?://[^\s?#]+")


def new_authorizer(api: Item, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an authorizer: ``asked``, checked, and the defaults of its kind."""
    body = dict(asked)
    if body["AuthorizerType"] not in ("JWT", "REQUEST"):
        raise BadRequestException(
            f"Invalid authorizer type {body['AuthorizerType']}. Valid values: JWT, REQUEST"
        )
    if not 0 <= body.get("AuthorizerResultTtlInSeconds", 0) <= limits.AUTHORIZER_TTL_S_MAX:
        raise BadRequestException("AuthorizerResultTtlInSeconds must be between 0 and 3600")
    is_http = api.body["ProtocolType"] == "HTTP"
    if body["AuthorizerType"] == "JWT":
        _check_jwt(body, is_http=is_http)
    elif is_http:
        _check_request(body)
    else:
        _check_socket(body)
    return body


def _check_jwt(body: Mapping[str, Any], *, is_http: bool) -> None:
    if not is_http:
        raise BadRequestException("JWT authorizers are not supported for protocol type WEBSOCKET")
    sources = list(body.get("IdentitySource") or ())
    if len(sources) != 1 or not _TOKEN_SOURCE.fullmatch(sources[0]):
        raise BadRequestException(
            "A JWT authorizer needs one identity source, a header or a query string value"
        )
    configuration = body.get("JwtConfiguration") or {}
    if not configuration.get("Issuer") or not configuration.get("Audience"):
        raise BadRequestException("Issuer and audience are required for JWT authorizers")
    if not _ISSUER.fullmatch(configuration["Issuer"]):
        raise BadRequestException("Invalid issuer: " + configuration["Issuer"])
    if len(configuration["Audience"]) > limits.AUDIENCES_MAX:
        raise BadRequestException(f"An authorizer can have at most {limits.AUDIENCES_MAX} audiences")
    for member in ("AuthorizerUri", "AuthorizerPayloadFormatVersion", "EnableSimpleResponses"):
        if body.get(member):
            raise BadRequestException(f"{member} is not supported for JWT authorizers")


def _check_request(body: dict[str, Any]) -> None:
    version = body.get("AuthorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise BadRequestException(
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"
        )
    if version == "1.0" and body.get("EnableSimpleResponses"):
        raise BadRequestException("Simple responses are supported with payload format version 2.0 only")
    body.setdefault("EnableSimpleResponses", False)
    ttl_s = limits.AUTHORIZER_TTL_S_DEFAULT if body.get("IdentitySource") else 0
    body.setdefault("AuthorizerResultTtlInSeconds", ttl_s)
    _check_function(body, _HTTP_SOURCE)
    if body["AuthorizerResultTtlInSeconds"] and not body.get("IdentitySource"):
        raise BadRequestException("An identity source is required where results are cached")


def _check_socket(body: Mapping[str, Any]) -> None:
    for member in ("AuthorizerPayloadFormatVersion", "EnableSimpleResponses", "AuthorizerResultTtlInSeconds"):
        if body.get(member):
            raise BadRequestException(f"{member} is not supported for protocol type WEBSOCKET")
    _check_function(body, _SOCKET_SOURCE)


def _check_function(body: Mapping[str, Any], source: re.Pattern[str]) -> None:
    if body.get("JwtConfiguration"):
        raise BadRequestException("JwtConfiguration is not supported for REQUEST authorizers")
    arn = parse_arn(body.get("AuthorizerUri") or "")
    if arn is None or arn.service != "apigateway" or ":lambda:" not in f":{arn.account}:{arn.resource}":
        raise BadRequestException("Invalid Authorizer URI: " + (body.get("AuthorizerUri") or ""))
    for identity in body.get("IdentitySource") or ():
        if not source.fullmatch(identity):
            raise BadRequestException(f"Invalid mapping expression specified: {identity}")

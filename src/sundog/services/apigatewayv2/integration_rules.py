"""What an integration may be, and what it is where a request does not say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.mapping_rules import (
    check_request_parameters,
    check_response_parameters,
    check_subtype,
)
from sundog.services.apigatewayv2.model import Item

MEMBERS: Final = {
    "ConnectionId": "set",
    "ConnectionType": "set",
    "ContentHandlingStrategy": "set",
    "CredentialsArn": "set",
    "Description": "set",
    "IntegrationMethod": "set",
    "IntegrationSubtype": "set",
    "IntegrationType": "keep",
    "IntegrationUri": "set",
    "PassthroughBehavior": "set",
    "PayloadFormatVersion": "set",
    "RequestParameters": "map",
    "RequestTemplates": "map",
    "ResponseParameters": "map",
    "TemplateSelectionExpression": "set",
    "TimeoutInMillis": "keep",
    "TlsConfig": "set",
}
_SOCKET_ONLY: Final = (
    "ContentHandlingStrategy",
    "PassthroughBehavior",
    "RequestTemplates",
    "TemplateSelectionExpression",
)
_HTTP_ONLY: Final = ("IntegrationSubtype", "ResponseParameters", "TlsConfig")
_METHODS: Final = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"))
_URL: Final = re.compile(r"https?://[^\s]+")
_LAMBDA: Final = re.compile(r"arn:[\w-]+:(?:lambda:.*|apigateway:[\w-]+:(?:\w+\.)?lambda:path/.*)")


def new_integration(api: Item, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an integration: ``asked``, checked, and the defaults of its kind."""
    if api.body["ProtocolType"] == "HTTP":
        return _http(asked)
    return _websocket(asked)


def _http(asked: Mapping[str, Any]) -> dict[str, Any]:
    kind, subtype = asked["IntegrationType"], asked.get("IntegrationSubtype")
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise BadRequestException(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations"
            " (AWS_PROXY, HTTP_PROXY)"
        )
    _refuse(asked, _SOCKET_ONLY, "HTTP")
    body = {
        "ConnectionType": "INTERNET",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": limits.HTTP_TIMEOUT_MS,
        **asked,
    }
    _check_common(body, limits.HTTP_TIMEOUT_MS)
    if subtype:
        _check_service(body)
    elif kind == "AWS_PROXY":
        body.setdefault("IntegrationMethod", "POST")
        _check_function(body)
    else:
        _check_proxy(body)
    if not subtype:
        check_request_parameters(body.get("RequestParameters") or {})
    check_response_parameters(body.get("ResponseParameters") or {})
    return body


def _check_service(body: Mapping[str, Any]) -> None:
    """An integration with an AWS service (a subtype)."""
    if body["IntegrationType"] != "AWS_PROXY":
        raise BadRequestException("IntegrationSubtype is only supported for AWS_PROXY integrations")
    check_subtype(body["IntegrationSubtype"], body.get("RequestParameters") or {})
    if not body.get("CredentialsArn"):
        raise BadRequestException("Credentials are required for AWS service integrations")
    if body["PayloadFormatVersion"] != "1.0":
        raise BadRequestException("PayloadFormatVersion must be 1.0 for AWS service integrations")


def _check_function(body: Mapping[str, Any]) -> None:
    if not _LAMBDA.fullmatch(body.get("IntegrationUri") or ""):
        raise BadRequestException(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function"
            " and Firehose stream invocations."
        )
    if body["PayloadFormatVersion"] not in ("1.0", "2.0"):
        raise BadRequestException("PayloadFormatVersion must be one of [1.0, 2.0] for Lambda integrations")


def _check_proxy(body: Mapping[str, Any]) -> None:
    uri = body.get("IntegrationUri") or ""
    if not body.get("IntegrationMethod"):
        raise BadRequestException("HttpMethod must be provided for HTTP_PROXY integrations")
    is_link = body["ConnectionType"] == "VPC_LINK"
    if not _URL.fullmatch(uri) and not (is_link and parse_arn(uri) is not None):
        raise BadRequestException("Invalid HTTP endpoint specified for URI")
    if body["PayloadFormatVersion"] != "1.0":
        raise BadRequestException("PayloadFormatVersion must be 1.0 for HTTP_PROXY integrations")


def _websocket(asked: Mapping[str, Any]) -> dict[str, Any]:
    _refuse(asked, _HTTP_ONLY, "WEBSOCKET")
    kind = asked["IntegrationType"]
    body = {
        "ConnectionType": "INTERNET",
        "PassthroughBehavior": "WHEN_NO_MATCH",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": limits.WEBSOCKET_TIMEOUT_MS,
        **asked,
    }
    if not kind.endswith("_PROXY"):
        body["IntegrationResponseSelectionExpression"] = "${integration.response.statuscode}"
    _check_common(body, limits.WEBSOCKET_TIMEOUT_MS)
    if body["PayloadFormatVersion"] != "1.0":
        raise BadRequestException("PayloadFormatVersion must be 1.0 for WEBSOCKET APIs")
    if kind != "MOCK":
        _check_endpoint(body)
    return body


def _check_endpoint(body: dict[str, Any]) -> None:
    uri = body.get("IntegrationUri") or ""
    if body["IntegrationType"].startswith("AWS"):
        body.setdefault("IntegrationMethod", "POST")
        if parse_arn(uri) is None:
            raise BadRequestException("Invalid ARN specified in the request")
        return
    if not body.get("IntegrationMethod"):
        raise BadRequestException("HttpMethod must be provided for HTTP integrations")
    if not _URL.fullmatch(uri):
        raise BadRequestException("Invalid HTTP endpoint specified for URI")


def _check_common(body: Mapping[str, Any], timeout_ms_max: int) -> None:
    if not 50 <= body["TimeoutInMillis"] <= timeout_ms_max:
        raise BadRequestException(f"Timeout should be between 50 ms and {timeout_ms_max} ms")
    if body.get("IntegrationMethod") and body["IntegrationMethod"] not in _METHODS:
        raise BadRequestException("Invalid HTTP method specified in IntegrationMethod")
    if body["ConnectionType"] == "VPC_LINK" and not body.get("ConnectionId"):
        raise BadRequestException("ConnectionId is required for connection type VPC_LINK")
    role = body.get("CredentialsArn")
    if role and parse_arn(role) is None:
        raise BadRequestException("Invalid ARN specified in the request")


def _refuse(asked: Mapping[str, Any], members: tuple[str, ...], protocol: str) -> None:
    for member in members:
        if asked.get(member):
            raise BadRequestException(f"{member} is not supported for protocol type {protocol}")

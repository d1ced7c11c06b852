"""``x-amazon-apigateway-integration``, both ways.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.lang.openapi.api import Values
from sundog.lang.openapi.document import mapping, string_map, text, texts

EXTENSION = "x-amazon-apigateway-integration"
DEFAULT_PATTERN = "default"
TIMEOUT_DEFAULT_MS = 29_000
_PLAIN: Final = ("uri", "credentials", "cacheNamespace", "connectionId", "integrationTarget")
_UPPER: Final = ("passthroughBehavior", "contentHandling", "connectionType", "responseTransferMode")
_MAPS: Final = ("requestParameters", "requestTemplates")
_RESPONSE_MAPS: Final = ("responseParameters", "responseTemplates")


def read_integration(extension: Mapping[str, Any]) -> Values:
    """The members of PutIntegration."""
    values: dict[str, Any] = {
        "type": text(extension.get("type")).upper(),
        "integrationHttpMethod": text(extension.get("httpMethod")).upper(),
        **{name: text(extension.get(name)) for name in _PLAIN},
        **{name: text(extension.get(name)).upper() for name in _UPPER},
        **{name: string_map(extension.get(name)) for name in _MAPS},
        "cacheKeyParameters": texts(extension.get("cacheKeyParameters")),
        "tlsConfig": dict(mapping(extension.get("tlsConfig"))),
    }
    if values["integrationHttpMethod"] == "X-AMAZON-APIGATEWAY-ANY-METHOD":
        values["integrationHttpMethod"] = "ANY"
    timeout = extension.get("timeoutInMillis")
    if isinstance(timeout, int) and not isinstance(timeout, bool):
        values["timeoutInMillis"] = timeout
    return {name: value for name, value in values.items() if value not in ("", [], {})}


def read_integration_responses(extension: Mapping[str, Any]) -> tuple[Values, ...]:
    """The members of PutIntegrationResponse; the response by default has no selection pattern."""
    return tuple(
        _response(pattern, mapping(response))
        for pattern, response in mapping(extension.get("responses")).items()
    )


def _response(pattern: str, response: Mapping[str, Any]) -> Values:
    values: dict[str, Any] = {
        "statusCode": text(response.get("statusCode")),
        "selectionPattern": "" if pattern == DEFAULT_PATTERN else pattern,
        "contentHandling": text(response.get("contentHandling")).upper(),
        **{name: string_map(response.get(name)) for name in _RESPONSE_MAPS},
    }
    return {name: value for name, value in values.items() if value not in ("", {})}


def write_integration(integration: Mapping[str, Any], resource_id: str) -> dict[str, Any]:
    """What GetIntegration answers, as an extension: defaults are not written."""
    written: dict[str, Any] = {
        "type": integration["type"].lower(),
        "httpMethod": integration.get("httpMethod"),
        "uri": integration.get("uri"),
        "credentials": integration.get("credentials"),
        "responses": _write_responses(integration.get("integrationResponses", {})),
        "requestParameters": integration.get("requestParameters"),
        "requestTemplates": _write_templates(integration.get("requestTemplates")),
        "passthroughBehavior": integration["passthroughBehavior"].lower(),
        "contentHandling": integration.get("contentHandling"),
        "cacheKeyParameters": integration.get("cacheKeyParameters"),
        "tlsConfig": integration.get("tlsConfig"),
        "integrationTarget": integration.get("integrationTarget"),
        "responseTransferMode": integration.get("responseTransferMode"),
    }
    if integration.get("cacheNamespace") != resource_id:
        written["cacheNamespace"] = integration.get("cacheNamespace")
    if integration.get("timeoutInMillis") != TIMEOUT_DEFAULT_MS:
        written["timeoutInMillis"] = integration.get("timeoutInMillis")
    if integration.get("connectionType") == "VPC_LINK":
        written["connectionType"] = "VPC_LINK"
        written["connectionId"] = integration.get("connectionId")
    return {name: value for name, value in written.items() if value not in (None, "", [], {})}


def _write_responses(responses: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        response.get("selectionPattern") or DEFAULT_PATTERN: _write_response(response)
        for response in responses.values()
    }


def _write_response(response: Mapping[str, Any]) -> dict[str, Any]:
    written = {
        "statusCode": response["statusCode"],
        "responseParameters": response.get("responseParameters"),
        "responseTemplates": _write_templates(response.get("responseTemplates")),
        "contentHandling": response.get("contentHandling"),
    }
    return {name: value for name, value in written.items() if value not in (None, {})}


def _write_templates(templates: Mapping[str, str | None] | None) -> dict[str, str]:
    """A template that passes the body on is an empty one."""
    return {name: template or "" for name, template in (templates or {}).items()}

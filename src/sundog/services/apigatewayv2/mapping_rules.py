"""What the parameter mappings of HTTP APIs may say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sundog.services.apigatewayv2.api_rules import invalid_expression
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.subtypes import SUBTYPES

REQUEST_KEY: Final = re.compile(
    r"(?P<action>append|overwrite|remove):(?P<place>header|querystring)\.(?P<name>.+)|"
    r"(?P<path_action>overwrite):(?P<path>path)"
)
RESPONSE_KEY: Final = re.compile(
    r"(?P<action>append|overwrite|remove):(?P<place>header)\.(?P<name>.+)|"
    r"(?P<status_action>overwrite):(?P<status>statuscode)"
)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED: Final = frozenset(
    (
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "via",
    )
)
_RESERVED_PREFIXES: Final = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
_STATUS: Final = re.compile(r"[2-5]\d\d")
_REFERENCE: Final = re.compile(
    r"\$(\{)?(request\.(?:header|querystring|path|body)|response\.(?:header|body)|context|stageVariables)"
)


def is_reserved(header: str) -> bool:
    """No mapping may change this header."""
    name = header.lower()
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES)


def check_request_parameters(parameters: Mapping[str, str]) -> None:
    for key, value in parameters.items():
        match = REQUEST_KEY.fullmatch(key)
        if match is None:
            raise _invalid(f"Invalid Request Actioned Parameter specified: {key}")
        _check_target(key, match["place"], match["name"])
        if match["action"] != "remove":
            _check_source(value, "response")


def check_response_parameters(by_status: Mapping[str, Mapping[str, str]]) -> None:
    for status, parameters in by_status.items():
        if not _STATUS.fullmatch(status):
            raise BadRequestException(f"Invalid status code {status} specified in response parameters")
        for key, value in parameters.items():
            match = RESPONSE_KEY.fullmatch(key)
            if match is None:
                raise _invalid(f"Invalid Response Actioned Parameter specified: {key}")
            _check_target(key, match["place"], match["name"])
            if match["action"] != "remove":
                _check_source(value, "request")


def check_subtype(name: str, parameters: Mapping[str, str]) -> None:
    """The parameters of an integration with an AWS service."""
    subtype = SUBTYPES.get(name)
    if subtype is None:
        raise BadRequestException(f"Integration subtype {name} is not supported")
    missing = [parameter for parameter in subtype.required if parameter not in parameters]
    if missing:
        raise BadRequestException(f"Missing required parameters for {name}: [{', '.join(missing)}]")
    unknown = sorted(set(parameters) - subtype.parameters)
    if unknown:
        raise BadRequestException(f"Parameters not supported for {name}: [{', '.join(unknown)}]")
    for value in parameters.values():
        _check_source(value, "response")


def _check_target(key: str, place: str | None, name: str | None) -> None:
    if place == "header" and name is not None:
        if not _HEADER_NAME.fullmatch(name):
            raise _invalid(f"Invalid header name specified: {key}")
        if is_reserved(name):
            raise _invalid(f"Operations on header {name} are restricted")


def _check_source(value: str, absent: str) -> None:
    """A value refers to the request, the response, the context or stage variables, or is a text."""
    if not value.startswith("$") or value.startswith("$util"):
        return
    match = _REFERENCE.match(value)
    if match is None or (match[2].startswith(absent) and absent == "response"):
        raise _invalid(f"Invalid mapping expression specified: {value}")
    if ".." in value or "?(" in value:
        raise _invalid(f"Invalid mapping expression specified: {value}")


def _invalid(text: str) -> BadRequestException:
    return invalid_expression("mapping", text)

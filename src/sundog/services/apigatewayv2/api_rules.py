"""What an API may be: its selection expression and its CORS configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.services.apigatewayv2.errors import BadRequestException

HTTP_SELECTION: Final = "${request.method} ${request.path}"
_EXPRESSION: Final = re.compile(r"(?:\$\{[\w.\-]++\}|\$[\w.\-]++|[\w .\-/])++")
_SOURCE: Final = re.compile(
    r"\$\{?(?:request\.(?:body|header|querystring|path|method)|context|stageVariables|integration\.response)\b"
)
_ORIGIN: Final = re.compile(r"https?://[^\s/?#]+|\*|https?://\*")
_METHODS: Final = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"))
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_api(body: Mapping[str, Any]) -> None:
    """Raises BadRequestException where ``body`` is no API that could be."""
    is_http = body["ProtocolType"] == "HTTP"
    if is_http and body["RouteSelectionExpression"] != HTTP_SELECTION:
        raise invalid_expression("selection", f"The expression of an HTTP API must be {HTTP_SELECTION}")
    if is_http and body.get("DisableSchemaValidation"):
        raise BadRequestException("DisableSchemaValidation is not supported for protocol type HTTP")
    check_selection(body["RouteSelectionExpression"])
    check_selection(body["ApiKeySelectionExpression"])
    if (cors := body.get("CorsConfiguration")) is not None:
        if not is_http:
            raise BadRequestException("CORS configuration is not supported for protocol type WEBSOCKET")
        _check_cors(cors)


def check_selection(expression: str) -> None:
    """An expression that selects: ``$request.body.action``, ``${request.method} ${request.path}``."""
    if not _EXPRESSION.fullmatch(expression) or not _SOURCE.match(expression):
        raise invalid_expression("selection", f"Invalid expression: {expression}")


def invalid_expression(kind: str, text: str) -> BadRequestException:
    return BadRequestException(
        f"Invalid {kind} expression specified: Validation Result: warnings : [], errors : [{text}]"
    )


def _check_cors(cors: Mapping[str, Any]) -> None:
    for origin in cors.get("AllowOrigins") or ():
        if not _ORIGIN.fullmatch(origin):
            raise BadRequestException(f"Invalid format for origin {origin}")
    for method in cors.get("AllowMethods") or ():
        if method not in _METHODS:
            raise BadRequestException(f"Invalid method {method} specified in allowMethods")
    for member in ("AllowHeaders", "ExposeHeaders"):
        for header in cors.get(member) or ():
            if not _TOKEN.fullmatch(header):
                raise BadRequestException(f"Invalid header name {header} specified in CORS configuration")
    if not -1 <= cors.get("MaxAge", 0) <= 86_400:
        raise BadRequestException("maxAge must be between -1 and 86400")
    if cors.get("AllowCredentials") and "*" in (cors.get("AllowOrigins") or ()):
        raise BadRequestException("allowCredentials cannot be true when allowOrigins contains *")

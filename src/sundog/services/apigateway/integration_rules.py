"""What an integration must be like: addresses, methods, mappings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sundog.arn import parse_arn
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import BadRequestException

MOCK: Final = "MOCK"
OUTSIDE: Final = ("HTTP", "HTTP_PROXY")
"""Integrations that reach what they call over the internet or a VPC link."""

_TYPES: Final = ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS")
_PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_CONTENT_HANDLING: Final = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
_VARIABLE: Final = re.compile(r"\$\{stageVariables\.\w+\}|\{[\w.\-]+\+?\}")
_TARGET: Final = re.compile(
    r"integration\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.(.+)"
)
SOURCE: Final = re.compile(
    r"method\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.(.+)"
)
_FUNCTION: Final = re.compile(r"/functions/(.+)/(?:response-streaming-)?invocations$")
_PROXIED: Final = ("lambda", "firehose")


def check_integration(body: Mapping[str, Any], method: Mapping[str, Any]) -> None:
    """``method``: the body of the method that has the integration."""
    kind = body["type"]
    if kind not in _TYPES:
        raise BadRequestException(f"Invalid integration type specified: {kind}")
    if kind != MOCK:
        _check_http_method(body)
        _check_uri(kind, body.get("uri", ""))
        _check_connection(body)
    _check_timeout(body)
    if body["passthroughBehavior"] not in _PASSTHROUGH:
        raise BadRequestException(
            f"Invalid passthrough behavior specified. Must be one of: [{', '.join(_PASSTHROUGH)}]"
        )
    if body.get("contentHandling") not in (None, *_CONTENT_HANDLING):
        raise BadRequestException(
            f"Invalid content handling specified. Must be one of: [{', '.join(_CONTENT_HANDLING)}]"
        )
    if (role := body.get("credentials")) and parse_arn(role) is None:
        raise BadRequestException("Invalid ARN specified in the request")
    mapped, known = body.get("requestParameters", {}), method.get("requestParameters", {})
    check_request_parameters(mapped, known)
    check_cache_keys(body["cacheKeyParameters"], mapped, known)


def _check_http_method(body: Mapping[str, Any]) -> None:
    if not body.get("httpMethod"):
        raise BadRequestException("Enumeration value for HttpMethod must be non-empty")


def _check_uri(kind: str, uri: str) -> None:
    if kind in OUTSIDE:
        _check_http_uri(uri)
        return
    arn = parse_arn(_VARIABLE.sub("x", uri))
    if arn is None or arn.service != "apigateway":
        raise BadRequestException("Invalid ARN specified in the request")
    action = arn.resource.partition("/")[0]
    if action not in ("path", "action"):
        raise BadRequestException("AWS ARN for integration must contain path or action")
    service = arn.account.rpartition(".")[2]
    if kind == "AWS_PROXY" and service not in _PROXIED:
        raise BadRequestException(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream"
            " invocations."
        )
    check_function(uri)


def check_function(uri: str) -> None:
    """What is invoked by its ARN is a Lambda function, if the ARN can be read before stage variables are."""
    found = _FUNCTION.search(uri)
    if found is None or "$" in found[1] or not found[1].startswith("arn:"):
        return
    arn = parse_arn(found[1])
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        raise BadRequestException("Invalid lambda function")


def _check_http_uri(uri: str) -> None:
    try:
        parts = urlsplit(_VARIABLE.sub("x", uri))
    except ValueError:  # brackets that hold no address
        raise BadRequestException("Invalid HTTP endpoint specified for URI") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadRequestException("Invalid HTTP endpoint specified for URI")


def _check_connection(body: Mapping[str, Any]) -> None:
    if body.get("connectionType") == "VPC_LINK" and not body.get("connectionId"):
        raise BadRequestException("VPC Link integrations must have a connectionId specified")


def _check_timeout(body: Mapping[str, Any]) -> None:
    is_stream = body.get("responseTransferMode") == "STREAM"
    longest = limits.STREAM_TIMEOUT_MS_MAX if is_stream else limits.TIMEOUT_MS_MAX
    if not limits.TIMEOUT_MS_MIN <= body["timeoutInMillis"] <= longest:
        raise BadRequestException(f"Timeout should be between {limits.TIMEOUT_MS_MIN} ms and {longest} ms")
    if is_stream and body["type"] not in ("HTTP_PROXY", "AWS_PROXY"):
        raise BadRequestException(
            "Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations"
        )


def check_request_parameters(mapped: Mapping[str, str], known: Mapping[str, bool]) -> None:
    """``known``: the parameters that the method declares; only those can be mapped."""
    errors = []
    for target, source in mapped.items():
        if not _TARGET.fullmatch(target):
            errors.append(malformed(target))
        elif error := _source_error(source, known):
            errors.append(error)
    if errors:
        raise invalid_mappings(errors)


def check_cache_keys(keys: Iterable[str], mapped: Mapping[str, str], known: Mapping[str, bool]) -> None:
    """What is part of a cache's key is a parameter of the method, or one that the integration is given."""
    if not all(key in known or key in mapped for key in keys):
        raise BadRequestException("Invalid cache key parameter specified")


def _source_error(source: str, known: Mapping[str, bool]) -> str:
    if is_value(source) or source == "method.request.body" or source.startswith("method.request.body."):
        return ""
    found = SOURCE.fullmatch(source)
    if found is None:
        return malformed(source)
    single = f"method.request.{found[1].removeprefix('multivalue')}.{found[2]}"
    return "" if single in known or source in known else undeclared(source)


def is_value(source: str) -> bool:
    """A text in quotes, or something that the stage or the request's context gives."""
    return is_static(source) or source.startswith(("context.", "stageVariables."))


def is_static(source: str) -> bool:
    """A value in single quotes."""
    return len(source) >= 2 and source[0] == source[-1] == "'"


def malformed(expression: str) -> str:
    return f"Invalid mapping expression specified: {expression}"


def undeclared(expression: str) -> str:
    return f"Invalid mapping expression parameter specified: {expression}"


def invalid_mappings(errors: list[str]) -> BadRequestException:
    return BadRequestException(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors :"
        f" [{', '.join(errors)}]"
    )

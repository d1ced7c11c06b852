"""Stage: what the integration is sent: template or passthrough, mappings, overrides, the filled URI.

https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from sundog.front.headers import DROPPED_FOR_ENDPOINTS, Pairs, without
from sundog.front.lambda_call import fill_variables
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import (
    API_CONFIGURATION_ERROR,
    BAD_REQUEST_BODY,
    UNSUPPORTED_MEDIA_TYPE,
    Refusal,
)
from sundog.services.apigateway.execute.media import NotBase64, as_text, decoded, request_payload
from sundog.services.apigateway.execute.program import Integration, Value

_PARAMETER: Final = re.compile(r"\{([^{}/]+?)\+?\}")
_LOCATIONS: Final = ("header", "querystring", "path")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What mappings and overrides give the integration."""

    header: Mapping[str, Value] = field(default_factory=dict)
    querystring: Mapping[str, Value] = field(default_factory=dict)
    path: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntegrationRequest:
    """``query`` is encoded; ``pairs`` are what mappings gave, and of proxies what the client sent."""

    method: str
    uri: str
    query: str
    pairs: Pairs
    body: bytes


def build_request(call: Call, integration: Integration) -> IntegrationRequest:
    """Raises `Refusal`."""
    body = call.http.body if integration.is_proxy else transformed_body(call, integration)
    given = _parameters(call, integration)
    headers, query = dict(given.header), dict(given.querystring)
    lines: list[tuple[str, str]] = []
    pairs: list[tuple[str, str]] = []
    if integration.is_proxy:
        lines = [(name, value) for name, value in call.query if name not in query]
        taken = {name.lower() for name in headers}
        pairs = list(without(call.client_lines, DROPPED_FOR_ENDPOINTS | taken))
    lines += [(name, one) for name, value in query.items() for one in _each(value)]
    pairs += [(name, one) for name, value in headers.items() for one in _each(value)]
    method = integration.http_method
    return IntegrationRequest(
        method=call.http.method if method in ("", "ANY") else method,
        uri=_filled(fill_variables(integration.uri, call.variables), given.path),
        query="&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in lines),
        pairs=tuple(pairs),
        body=body,
    )


def transformed_body(call: Call, integration: Integration) -> bytes:
    """What the client's body becomes. Raises `Refusal`."""
    handling = integration.handling
    template = integration.templates.get(call.content_type)
    is_known = call.content_type in integration.templates
    types = call.program.binary_types
    if not types and not handling and template is not None:
        return template.render(call, call.body_text if call.http.body else "").encode("utf-8", "replace")
    is_binary = types.has(call.http.headers.get("content-type"))
    if template is None:
        if not is_known:
            _check_passthrough(integration)
        try:
            return request_payload(call.http.body, is_binary=is_binary, handling=handling)
        except NotBase64 as error:
            raise _not_base64(error) from error
    if is_binary and handling != "CONVERT_TO_TEXT":
        raise Refusal(
            API_CONFIGURATION_ERROR,
            log="Execution failed due to configuration error: Unable to transform a binary request",
        )
    payload = (
        request_payload(call.http.body, is_binary=is_binary, handling="CONVERT_TO_TEXT") if is_binary else b""
    )
    text = template.render(call, as_text(payload) if is_binary else call.body_text)
    if handling != "CONVERT_TO_BINARY":
        return text.encode("utf-8", "replace")
    try:
        return decoded(text.encode())
    except NotBase64 as error:
        raise _not_base64(error) from error


def _check_passthrough(integration: Integration) -> None:
    behaviour = integration.passthrough
    if behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and integration.templates):
        raise Refusal(UNSUPPORTED_MEDIA_TYPE, log="Execution failed due to an unsupported media type")


def _not_base64(error: NotBase64) -> Refusal:
    return Refusal(BAD_REQUEST_BODY, log=f"Unable to base64 decode the body: {error}")


def _parameters(call: Call, integration: Integration) -> Parameters:
    found: dict[str, dict[str, Value]] = {location: {} for location in _LOCATIONS}
    for mapping in integration.mappings:
        value = mapping.source(call, None)
        if value is not None and mapping.location in found:
            found[mapping.location][mapping.name] = value
    override = call.overrides("requestOverride")
    for location in _LOCATIONS:
        written = override.get(location)
        if isinstance(written, Mapping):
            for name, value in written.items():
                _override(found[location], str(name), _text(value), ignores_case=location == "header")
    return Parameters(**found)


def _override(values: dict[str, Value], name: str, value: str, *, ignores_case: bool) -> None:
    if ignores_case:
        for known in [one for one in values if one.lower() == name.lower()]:
            del values[known]
    values[name] = value


def _filled(uri: str, path: Mapping[str, Value]) -> str:
    """The URI with its ``{parameters}``. Raises `Refusal` where one has no value."""
    if "{" not in uri:
        return uri

    def value(match: re.Match[str]) -> str:
        found = path.get(match[1])
        if found is None:
            text = f"Illegal character in path at index {match.start()}: {uri}"
            raise Refusal(API_CONFIGURATION_ERROR, log=f"Execution failed due to configuration error: {text}")
        return quote(found if isinstance(found, str) else ",".join(found), safe="/~!$&'()*+,;=:@")

    return _PARAMETER.sub(value, uri)


def _each(value: Value) -> list[str]:
    return value if isinstance(value, list) else [value or ""]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _encoded(text: str) -> str:
    return quote(text, safe="~")

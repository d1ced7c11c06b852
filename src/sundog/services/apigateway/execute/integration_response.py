"""Stage: what the client gets of an integration's answer: the response that fits, its mappings and body.

docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sundog.front.headers import last_of, remapped
from sundog.front.http_call import Answer
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import API_CONFIGURATION_ERROR, Refusal
from sundog.services.apigateway.execute.media import (
    JSON,
    NotBase64,
    as_text,
    decoded,
    media_type,
    response_payload,
)
from sundog.services.apigateway.execute.program import Integration, IntegrationResponse
from sundog.services.apigateway.execute.templates import Template


class Integrated(NamedTuple):
    """``selector``: what the patterns are matched against; None where only the default response fits."""

    answer: Answer
    selector: str | None = None


def build_response(call: Call, integration: Integration, integrated: Integrated) -> HttpResponse:
    """Of integrations that are no proxies. Raises `Refusal`."""
    response = _select(integration, integrated.selector)
    allowed = call.method.responses.get(response.status)
    if allowed is None:
        raise _misconfigured(f"Output mapping refers to an invalid method response: {response.status}")
    answer = integrated.answer
    content_type, template = _choose_template(call, response.templates)
    body = _body(call, response, answer, template)
    headers = {"Content-Type": content_type}
    lines: list[tuple[str, str]] = []
    for mapping in response.headers:
        value = mapping.source(call, answer)
        if value is None or mapping.name.lower() not in allowed:
            continue
        values = value if isinstance(value, list) else [value]
        _set(headers, mapping.name, values[-1] if values else "")
        lines += [(mapping.name, one) for one in values[:-1]]
    status = int(response.status)
    override = call.overrides("responseOverride")
    if len(override) > 1 or override.get("header"):
        status = _overridden(status, override, headers)
    if len(headers) > 1:
        headers = dict(remapped(headers.items()))
    return HttpResponse(status, body, headers, pairs=remapped(lines) if lines else ())


def proxied_response(call: Call, answer: Answer) -> HttpResponse:
    """Of an HTTP_PROXY integration: the answer as it is, but for the names of some headers."""
    content_type = last_of(answer.pairs, "content-type")
    headers = {} if content_type else {"Content-Type": JSON}
    if answer.chunks is not None:
        return HttpResponse(answer.status, b"", headers, stream=answer.chunks, pairs=remapped(answer.pairs))
    is_encoded = last_of(answer.pairs, "content-encoding") not in (None, "", "identity")
    is_binary = is_encoded or call.program.binary_types.has(content_type)
    wants = call.program.binary_types.has(call.http.headers.get("accept"))
    body = response_payload(answer.body, is_binary=is_binary, wants_binary=wants, handling="")
    return HttpResponse(answer.status, body, headers, pairs=remapped(answer.pairs))


def _select(integration: Integration, selector: str | None) -> IntegrationResponse:
    if selector is not None:
        for response in integration.responses:
            assert response.pattern is not None
            if response.pattern.fullmatch(selector):
                return response
    if integration.default is None:
        raise _misconfigured(
            f"No match for output mapping and no default output mapping configured. {selector or ''}"
        )
    return integration.default


def _choose_template(call: Call, templates: Mapping[str, Template | None]) -> tuple[str, Template | None]:
    """What the client accepts, else JSON, else the first one that there is."""
    if not templates:
        return JSON, None
    if len(templates) == 1:
        return next(iter(templates.items()))
    for wanted in (media_type(call.http.headers.get("accept")), JSON):
        if wanted in templates:
            return wanted, templates[wanted]
    name = next(iter(templates))
    return name, templates[name]


def _body(call: Call, response: IntegrationResponse, answer: Answer, template: Template | None) -> bytes:
    types, handling = call.program.binary_types, response.handling
    if not types and not handling and template is not None:
        return template.render(call, as_text(answer.body)).encode("utf-8", "replace")
    is_binary = types.has(last_of(answer.pairs, "content-type"))
    wants = types.has(call.http.headers.get("accept"))
    try:
        if template is None:
            return response_payload(answer.body, is_binary=is_binary, wants_binary=wants, handling=handling)
        if handling == "CONVERT_TO_TEXT" and is_binary:
            text = as_text(
                response_payload(answer.body, is_binary=True, wants_binary=wants, handling=handling)
            )
        else:
            text = as_text(answer.body)
        rendered = template.render(call, text).encode("utf-8", "replace")
        return decoded(rendered) if handling == "CONVERT_TO_BINARY" else rendered
    except NotBase64 as error:
        raise _misconfigured(f"Unable to base64 decode the body: {error}") from error


def _overridden(status: int, override: Mapping[str, Any], headers: dict[str, str]) -> int:
    written = override.get("header")
    if isinstance(written, Mapping):
        for name, value in written.items():
            _set(headers, str(name), str(value).lower() if isinstance(value, bool) else str(value))
    wanted = override.get("status")
    if isinstance(wanted, str) and wanted.isascii() and wanted.isdigit():
        wanted = int(wanted)
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        if not 200 <= wanted <= 599:
            raise _misconfigured(f"Invalid status code: {wanted}")
        return wanted
    return status


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for known in [one for one in headers if one.lower() == name.lower()]:
        del headers[known]
    headers[name] = value


def _misconfigured(text: str) -> Refusal:
    return Refusal(API_CONFIGURATION_ERROR, log=f"Execution failed due to configuration error: {text}")

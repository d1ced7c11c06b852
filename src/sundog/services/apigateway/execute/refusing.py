"""A refusal as the HTTP response that the API's gateway responses make of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html:
templates there know variables only, no Velocity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.front.headers import one_line
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.expressions import compile_source
from sundog.services.apigateway.execute.failures import Refusal
from sundog.services.apigateway.execute.media import JSON, media_type
from sundog.services.apigateway.execute.program import GatewayResponse

_VARIABLE: Final = re.compile(
    r"\$(?P<brace>\{)?(?P<path>(?:context|stageVariables|method\.request)\.[A-Za-z0-9_.-]*[A-Za-z0-9_])(?(brace)\})"
)


def write_refusal(call: Call, refusal: Refusal) -> HttpResponse:
    """The response with its own headers; those of every answer come later."""
    kind = refusal.kind
    failures = call.program.failures
    defined = failures.get(kind.name) or failures.get(kind.default_name)
    error = _error(refusal)
    call.notes.error, call.notes.error_response = refusal.message, kind.name
    call.notes.validation = refusal.validation
    call.values["error"] = error
    if defined is None:
        body = _fill(kind.template, call, error)
        headers = {"Content-Type": JSON, "x-amzn-ErrorType": kind.error_type, **refusal.headers}
        return HttpResponse(refusal.status, body.encode("utf-8", "replace"), headers)
    status = defined.status or refusal.status
    content_type, template = _template(call, defined)
    headers = {"Content-Type": content_type, "x-amzn-ErrorType": kind.error_type, **refusal.headers}
    for name, source in defined.headers:
        value = source(call, None)
        if value is not None:
            headers[name] = one_line(value if isinstance(value, str) else ",".join(value))
    return HttpResponse(status, _fill(template, call, error).encode("utf-8", "replace"), headers)


def _error(refusal: Refusal) -> dict[str, Any]:
    return {
        "message": refusal.message,
        "messageString": json.dumps(refusal.message, ensure_ascii=False),
        "responseType": refusal.kind.name,
        "validationErrorString": refusal.validation,
    }


def _template(call: Call, defined: GatewayResponse) -> tuple[str, str]:
    """By what the client accepts, else JSON, else the first; nothing defined is AWS's own template."""
    templates = defined.templates
    if not templates:
        return JSON, '{"message":$context.error.messageString}'
    for wanted in (media_type(call.http.headers.get("accept")), JSON):
        if wanted in templates:
            return wanted, templates[wanted] or ""
    name = next(iter(templates))
    return name, templates[name] or ""


def _fill(template: str, call: Call, error: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        path = match["path"]
        if path.startswith("context.error."):
            found = error.get(path.removeprefix("context.error."))
            return "null" if found is None else str(found)
        shown = compile_source(path)(call, None)
        return "" if shown is None else (shown if isinstance(shown, str) else ",".join(shown))

    return _VARIABLE.sub(value, template)

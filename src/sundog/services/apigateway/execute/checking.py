"""Stage: what the method's request validator asks for, and how large a request may be."""

from __future__ import annotations

from typing import Final

from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import (
    BAD_REQUEST_BODY,
    BAD_REQUEST_PARAMETERS,
    REQUEST_TOO_LARGE,
    Refusal,
)

BODY_BYTES_MAX: Final = 10 * 1024 * 1024


def check(call: Call) -> None:
    """Raises `Refusal`: parameters first, then the body."""
    if len(call.http.body) > BODY_BYTES_MAX:
        raise Refusal(REQUEST_TOO_LARGE)
    method = call.method
    if method.required:
        missing = [name for _, name, source in method.required if source(call, None) in (None, "")]
        if missing:
            text = f"Missing required request parameters: [{', '.join(missing)}]"
            log = f"Request validation failed: {text}"
            raise Refusal(BAD_REQUEST_PARAMETERS, text, log=log)
    if method.bodies:
        check_body = method.bodies.get(call.content_type)
        wrong = check_body(call.http.body) if check_body is not None else ""
        if wrong:
            model = call.content_type
            log = f"Request body does not match model schema for content type {model}: {wrong}"
            raise Refusal(BAD_REQUEST_BODY, log=log, validation=wrong)

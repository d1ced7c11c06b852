"""The lines of an execution log, word for word as AWS writes them (recorded from TestInvokeMethod)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sundog.front.http_call import Answer
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import Refusal


def say_request(call: Call, path: str) -> None:
    """``path``: the resource's, or what a test was asked for."""
    notes = call.notes
    if notes.lines is None:
        return
    notes.say(f"Starting execution for request: {call.request_id}")
    notes.say(f"HTTP Method: {call.http.method}, Resource Path: {path}")
    notes.show("Method request path", java_map(call.decoded_parameters))
    notes.show("Method request query string", java_map(call.query))
    notes.show("Method request headers", java_map(call.client_lines))
    notes.show("Method request body before transformations", call.body_text)


def say_answer(call: Call, answer: Answer) -> None:
    """What came back from the integration, noted for logs and metrics too."""
    notes = call.notes
    notes.integration_status = answer.status
    if notes.lines is None:
        return
    notes.say(f"Received response. Status: {answer.status}, Integration latency: {notes.integration_ms} ms")
    notes.show("Endpoint response headers", java_map(answer.pairs))
    body = "[streamed]" if answer.chunks is not None else answer.body.decode("utf-8", "replace")
    notes.show("Endpoint response body before transformations", body)
    if notes.integration_request_id:
        notes.say(f"AWS Integration Endpoint RequestId : {notes.integration_request_id}")


def say_response(call: Call, response: HttpResponse, shown: Iterable[tuple[str, str]]) -> None:
    notes = call.notes
    if notes.lines is None:
        return
    notes.show("Method response body after transformations", response.body.decode("utf-8", "replace"))
    notes.show("Method response headers", java_map(shown))
    notes.say("Successfully completed execution")
    notes.say(f"Method completed with status: {response.status}")


def say_refusal(call: Call, refusal: Refusal, response: HttpResponse) -> None:
    if refusal.log:
        call.notes.say(refusal.log)
    if refusal.kind.name.startswith("BAD_REQUEST"):
        call.notes.say("Method failed request validation, gateway will not invoke the endpoint")
    call.notes.say(f"Method completed with status: {response.status}")


def say_no_key(call: Call) -> None:
    """The method asks for no key: what the log of AWS says of it all the same."""
    if call.notes.lines is None:
        return
    stage, method = f"{call.api_id}/{call.stage.name}", f"{call.http.method} {call.method.path}"
    call.notes.say(f"Verifying Usage Plan for request: {call.request_id}. API Key:  API Stage: {stage}")
    call.notes.say(
        f"API Key  authorized because method '{method}' does not require API Key."
        " Request will not contribute to throttle or quota limits"
    )
    call.notes.say(f"Usage Plan check succeeded for API Key  and API Stage {stage}")


def java_map(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return f"{{{', '.join(f'{name}={value}' for name, value in items)}}}"

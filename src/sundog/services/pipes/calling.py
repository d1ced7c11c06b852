"""Calls of functions, state machines and API destinations, which enrichments and targets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sundog.arn import Arn
from sundog.bus import (
    ApiCall,
    ConnectionFailure,
    DeliveryFailed,
    HttpFailure,
    invoke_api,
    invoke_destination,
)
from sundog.context import Context
from sundog.services.pipes.inputs import resolve
from sundog.services.pipes.model import Pipe

FIRE_AND_FORGET = "FIRE_AND_FORGET"


async def call(ctx: Context, arn: Arn, text: str, invocation_type: str = "") -> Any:
    """Hand over ``text``; the answer as a value, None where nothing is waited for or said."""
    if arn.service == "lambda":
        return await _invoke(ctx, arn, text, invocation_type)
    return await _execute(ctx, arn, text, invocation_type)


async def _invoke(ctx: Context, arn: Arn, text: str, invocation_type: str) -> Any:
    is_event = invocation_type == FIRE_AND_FORGET
    request = {
        "FunctionName": str(arn),
        "InvocationType": "Event" if is_event else "RequestResponse",
        "Payload": text.encode(),
    }
    answer = await ctx.acting(scope=arn.scope).dispatch("lambda", "Invoke", request)
    payload = bytes(answer.get("Payload") or b"").decode(errors="replace")
    if answer.get("FunctionError"):
        raise DeliveryFailed("FunctionError", payload)
    return None if is_event else _read(payload)


async def _execute(ctx: Context, arn: Arn, text: str, invocation_type: str) -> Any:
    request = {"stateMachineArn": str(arn), "input": text}
    machine = ctx.acting(scope=arn.scope)
    if invocation_type == FIRE_AND_FORGET:
        await machine.dispatch("stepfunctions", "StartExecution", request)
        return None
    answer = await machine.dispatch("stepfunctions", "StartSyncExecution", request)
    if answer["status"] != "SUCCEEDED":
        raise DeliveryFailed(answer.get("error") or answer["status"], answer.get("cause") or "")
    return _read(answer.get("output") or "")


async def request(
    ctx: Context, pipe: Pipe, arn: Arn, text: str, parameters: Mapping[str, Any], event: Any
) -> Any:
    """One call of an API destination or API for one event; the answer as a value."""
    http = _http_parameters(parameters, event)
    try:
        if arn.service == "execute-api":
            answer = await invoke_api(ctx, _api_call(pipe, arn, text, http))
        else:
            answer = await invoke_destination(ctx, str(arn), text, http)
    except (ConnectionFailure, HttpFailure) as failure:
        raise DeliveryFailed("SDK_CLIENT_ERROR", str(failure)) from failure
    if not 200 <= answer.status < 300:
        raise DeliveryFailed("SDK_CLIENT_ERROR", f"Request failed due to status code {answer.status}.")
    return _read(answer.body.decode(errors="replace"))


def _api_call(pipe: Pipe, arn: Arn, text: str, http: Mapping[str, Any]) -> ApiCall:
    return ApiCall(
        str(arn),
        text,
        http.get("PathParameterValues") or (),
        http.get("HeaderParameters") or {},
        http.get("QueryStringParameters") or {},
        pipe.body["RoleArn"],
        "Amazon/EventBridge/Pipes",
    )


def _http_parameters(parameters: Mapping[str, Any], event: Any) -> dict[str, Any]:
    """Path, header and query parameters, each as it is or from the event."""
    found: dict[str, Any] = {}
    for name, values in parameters.items():
        if isinstance(values, Mapping):
            found[name] = {key: resolve(value, event) for key, value in values.items()}
        else:
            found[name] = [resolve(value, event) for value in values]
    return found


def _read(text: str) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return text

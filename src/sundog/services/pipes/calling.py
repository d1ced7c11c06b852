"""Calls of functions and state machines, which enrichments and targets have in common."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.arn import Arn
from sundog.bus import DeliveryFailed
from sundog.context import Context

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


def _read(text: str) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return text

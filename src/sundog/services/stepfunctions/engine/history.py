"""History events: their shapes, and texts in them."""

from __future__ import annotations

from typing import Any, Final

import orjson

from sundog.lang.asl import TaskResource

Event = dict[str, Any]


def write_text(value: Any) -> str:
    """A value as JSON text, the way payloads go from state to state."""
    return orjson.dumps(value).decode()


def with_input(text: str) -> dict[str, Any]:
    return {"input": text, "inputDetails": {"truncated": False}}


def with_output(text: str) -> dict[str, Any]:
    return {"output": text, "outputDetails": {"truncated": False}}


def failure(error: str | None, cause: str | None) -> dict[str, str]:
    told = {"error": error, "cause": cause}
    return {name: value for name, value in told.items() if value is not None}


def named(resource: TaskResource) -> dict[str, str]:
    return {"resourceType": resource.resource_type, "resource": resource.resource}


FAMILIES: Final = {"lambda": "LambdaFunction", "activity": "Activity"}


def family(resource: TaskResource) -> str:
    """How the events of a task are called: ``LambdaFunction...``, ``Activity...``, ``Task...``."""
    return FAMILIES.get(resource.kind, "Task")


def details_name(event_type: str) -> str:
    """``LambdaFunctionFailed`` -> ``lambdaFunctionFailedEventDetails``; all states enter and exit alike."""
    if event_type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if event_type.endswith("StateExited"):
        return "stateExitedEventDetails"
    return event_type[:1].lower() + event_type[1:] + "EventDetails"

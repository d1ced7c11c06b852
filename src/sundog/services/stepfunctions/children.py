"""An execution as those see it who started it: nested executions, results of distributed Maps."""

from __future__ import annotations

from typing import Any

import orjson

from sundog.services.stepfunctions.casing import write_instant
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.redriving import redrivable


def describe_child(child: Started, *, parses_output: bool) -> dict[str, Any]:
    """The members of DescribeExecution; ``parses_output``: payloads as values, as ``.sync:2`` has them."""
    body = child.body
    shown: dict[str, Any] = {
        "ExecutionArn": child.arn,
        "Input": orjson.loads(body["input"]) if parses_output else body["input"],
        "InputDetails": {"Included": True},
        "Name": child.name,
        "RedriveCount": body.get("redriveCount", 0),
        "RedriveStatus": "NOT_REDRIVABLE" if child.status == "SUCCEEDED" else redrivable(child),
        "StartDate": write_instant(child.started_ms),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": write_instant(child.stopped_ms or 0),
    }
    if child.status == "SUCCEEDED":
        shown["Output"] = orjson.loads(body["output"]) if parses_output else body["output"]
        shown["OutputDetails"] = {"Included": True}
        shown["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    for name, member in (("Error", "error"), ("Cause", "cause")):
        if member in body:
            shown[name] = body[member]
    return dict(sorted(shown.items()))

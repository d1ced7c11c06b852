"""An execution before its first step: of a machine, of an item of a Map, of a replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sundog.context import Context
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.engine.execution import Execution
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.engine.times import write_time
from sundog.services.stepfunctions.model import Started


def make_run(ctx: Context, started: Started, value: Any) -> tuple[Started, Run]:
    """What takes it further, from ``value`` on, and the execution with the time limit of its definition."""
    body = started.body
    machine = ctx.part(Definitions).compile(body["definition"], body["type"])
    if machine.timeout_seconds:
        started = replace(started, body={**body, "timeout_s": machine.timeout_seconds})
    execution = Execution(_facts(started, value), value, body["roleArn"], started.scope.region)
    is_express = body["type"] == "EXPRESS"
    return started, Run(machine, execution, started.started_ms, ctx.ids, is_express=is_express)


def _facts(started: Started, value: Any) -> dict[str, Any]:
    """What the context object says of it from begin to end."""
    return {
        "Execution": {
            "Id": started.arn,
            "Input": value,
            "StartTime": write_time(started.started_ms),
            "Name": started.name,
            "RoleArn": started.body["roleArn"],
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": started.machine_arn, "Name": started.machine},
    }

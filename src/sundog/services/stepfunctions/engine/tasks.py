"""Tasks: what is asked of the world, and the history events of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sundog.lang.asl import State, Task, TaskResource
from sundog.lang.asl.dataflow import arguments, effective_input
from sundog.lang.evaluation import executing
from sundog.services.stepfunctions.engine.actions import StartTask, StartTimer
from sundog.services.stepfunctions.engine.execution import Frame
from sundog.services.stepfunctions.engine.history import (
    failure,
    family,
    named,
    with_input,
    with_output,
)
from sundog.services.stepfunctions.engine.sizes import too_large, write_limited

if TYPE_CHECKING:
    from sundog.services.stepfunctions.engine.run import Run


def start(run: Run, frame: Frame, state: State, work: Task) -> None:
    """Evaluate what the Task says and ask for it to be done."""
    if work.resource.arn in run.missing_activities:
        cause = f"The activity {work.resource.arn} does not exist."
        run.fail(frame, "States.Runtime", executing(state.name, frame.entered_id, cause))
        return
    frame.token = run.ids.hex(64) if work.resource.pattern != "request_response" else ""
    raw = run.environment(frame)
    value = effective_input(state, raw)
    parameters = arguments(state, raw, value)
    seen = raw if value is raw.input else run.environment(frame, value)
    timeout_s = work.timeout_seconds.read(seen) if work.timeout_seconds else None
    heartbeat_s = work.heartbeat_seconds.read(seen) if work.heartbeat_seconds else None
    role = work.role_arn.read(seen) if work.role_arn else ""
    run.check(state, parameters)
    frame.phase, frame.token = "task", frame.token or run.ids.hex(64)
    resource = work.resource
    limits = {"timeoutInSeconds": timeout_s, "heartbeatInSeconds": heartbeat_s}
    details = {
        **_asked(run, resource, parameters),
        **{name: value for name, value in limits.items() if value is not None},
        **({"taskCredentials": {"roleArn": role}} if role else {}),
    }
    if resource.kind == "lambda":
        details.pop("heartbeatInSeconds", None)
    run.event(frame, f"{family(resource)}Scheduled", details)
    if resource.kind == "lambda":
        run.event(frame, "LambdaFunctionStarted")
    elif resource.kind != "activity":
        run.event(frame, "TaskStarted", named(resource))
    role = role or run.execution.role_arn
    run.actions.append(
        StartTask(frame.id, frame.token, state.name, resource, parameters, timeout_s, heartbeat_s, role)
    )
    if timeout_s is not None:
        run.actions.append(StartTimer(frame.id, frame.token, run.now_ms + timeout_s * 1_000, "timeout"))


def _asked(run: Run, resource: TaskResource, parameters: Any) -> dict[str, Any]:
    if resource.kind in ("lambda", "activity"):
        return {"resource": resource.arn, **with_input(run.write(parameters))}
    return {**named(resource), "region": run.execution.region, "parameters": run.write(parameters)}


def succeed(run: Run, frame: Frame, state: State, output: Any) -> None:
    assert isinstance(state.work, Task)
    resource = state.work.resource
    text = write_limited(output)
    if text is None:
        cause = too_large(state)
        note_failure(run, frame, state, "States.DataLimitExceeded", cause, "Failed")
        run.fail(frame, "States.DataLimitExceeded", cause)
        return
    names = named(resource) if family(resource) == "Task" else {}
    run.event(frame, f"{family(resource)}Succeeded", {**names, **with_output(text)})
    run.complete(frame, state, output)


def note_failure(
    run: Run, frame: Frame, state: State, error: str | None, cause: str | None, ending: str
) -> None:
    assert isinstance(state.work, Task)
    resource = state.work.resource
    names = named(resource) if family(resource) == "Task" else {}
    run.event(frame, f"{family(resource)}{ending}", {**names, **failure(error, cause)})

"""TestState: one state of a definition, run alone and shown step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.lang.asl import (
    Diagnostic,
    Flow,
    InvalidJson,
    Map,
    Parallel,
    State,
    Task,
    definition_message,
    parse_definition,
    parse_json,
    parse_state,
)
from sundog.lang.evaluation import MISSING, Environment
from sundog.services.stepfunctions.api_models import ApiModels
from sundog.services.stepfunctions.calling import Call, call
from sundog.services.stepfunctions.engine.history import write_text
from sundog.services.stepfunctions.engine.times import write_time
from sundog.services.stepfunctions.errors import InvalidDefinition, InvalidExecutionInput, ValidationException
from sundog.services.stepfunctions.inspecting import Inspection, Outside, TaskFailed, inspect_state
from sundog.services.stepfunctions.mocks import check_request, check_state, parse_context, parse_result
from sundog.services.stepfunctions.task_error import TaskError

DURATION_MS_MAX: Final = 300_000
_NAME: Final = "StateName"
_NUMBERS: Final = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage", "errorDetails")

Work = Callable[[State, Any, Environment], Awaitable[Any]]


@operation("stepfunctions", "TestState")
async def test_state(ctx: Context, request: Request) -> Result:
    check_request(request)
    state = _find_state(request)
    check_state(state, request)
    configuration = request.get("stateConfiguration") or {}
    outside = Outside(
        work=_work(ctx, request, state),
        wait_until_ms=lambda until_ms: _wait(ctx, until_ms),
        retried=configuration.get("retrierRetryCount", 0),
        failed_items=configuration.get("mapIterationFailureCount", 0),
        reader_data=configuration.get("mapItemReaderData"),
    )
    return _write(await inspect_state(state, _environment(ctx, request, state), outside), request)


def _find_state(request: Request) -> State:
    """The definition is that of one state, or of a machine which has the state somewhere."""
    name = request.get("stateName")
    if name is None:
        alone = parse_state(request["definition"], _NAME)
        if alone.state is None:
            raise _invalid(alone.diagnostics)
        return alone.state
    parsed = parse_definition(request["definition"])
    if parsed.machine is None:
        raise _invalid(parsed.diagnostics)
    for state in _states(parsed.machine.flow):
        if state.name == name:
            return state
    raise ValidationException("State not found in definition")


def _invalid(diagnostics: tuple[Diagnostic, ...]) -> InvalidDefinition:
    return InvalidDefinition(definition_message(diagnostics))


def _states(flow: Flow) -> Iterator[State]:
    """All states, those of branches and processors too."""
    for state in flow.states.values():
        yield state
        if isinstance(state.work, Parallel):
            for branch in state.work.branches:
                yield from _states(branch)
        elif isinstance(state.work, Map):
            yield from _states(state.work.processor)


def _work(ctx: Context, request: Request, state: State) -> Work:
    mock = request.get("mock")
    if mock is None:
        return lambda state, arguments, env: _call(ctx, request, state, arguments)
    failure = mock.get("errorOutput")
    if failure is None:
        models = ctx.part(ApiModels)
        answering = models.operation(state.work.resource) if isinstance(state.work, Task) else None
        result = parse_result(state, mock, answering)

    async def answer(state: State, arguments: Any, env: Environment) -> Any:
        if failure is not None:
            raise TaskFailed(failure.get("error"), failure.get("cause"))
        return result

    return answer


async def _call(ctx: Context, request: Request, state: State, arguments: Any) -> Any:
    """Really call what the task names, as the role that was given."""
    assert isinstance(state.work, Task)
    try:
        return await call(ctx, Call(state.work.resource, arguments, request["roleArn"], ""))
    except TaskError as failed:
        raise TaskFailed(failed.error, failed.cause) from failed


async def _wait(ctx: Context, until_ms: int) -> None:
    """The whole test may take five minutes, and fails where it would take longer."""
    latest_ms = ctx.clock.now_ms() + DURATION_MS_MAX
    await ctx.clock.sleep_until(min(until_ms, latest_ms))
    if until_ms > latest_ms:
        raise TaskFailed("States.Timeout", None)


def _environment(ctx: Context, request: Request, state: State) -> Environment:
    value = _parse_input(request.get("input", "{}"))
    return Environment(
        input=value,
        context=_context(ctx, request, state, value),
        variables=_variables(request.get("variables", "{}")),
        ids=ctx.ids,
        now_ms=ctx.clock.now_ms(),
    )


def _parse_input(text: str) -> Any:
    try:
        return parse_json(text)
    except InvalidJson as error:
        raise InvalidExecutionInput(reason=error.message) from None


def _variables(text: str) -> dict[str, Any]:
    try:
        variables = parse_json(text)
    except InvalidJson as error:
        raise ValidationException(f"Invalid variables: '{error.message}'") from None
    if not isinstance(variables, dict):
        raise ValidationException("Invalid variables: a JSON object is expected")
    return variables


def _context(ctx: Context, request: Request, state: State, value: Any) -> dict[str, Any]:
    """The caller's, or that of an execution which could have run the state."""
    if "context" in request:
        return parse_context(request["context"])
    machine, name = ctx.ids.uuid(), ctx.ids.uuid()
    now = write_time(ctx.clock.now_ms())
    execution = {
        "Id": str(Arn.of("states", ctx.scope, f"express:{machine}:{name}")),
        "Input": value,
        "Name": name,
        "RoleArn": request.get("roleArn"),
        "StartTime": now,
    }
    retried = (request.get("stateConfiguration") or {}).get("retrierRetryCount", 0)
    return {
        "Execution": {key: member for key, member in execution.items() if key != "RoleArn" or member},
        "State": {"EnteredTime": now, "Name": state.name, "RetryCount": retried},
        "StateMachine": {
            "Id": str(Arn.of("states", ctx.scope, f"stateMachine:{machine}")),
            "Name": machine,
        },
    }


def _write(inspection: Inspection, request: Request) -> Result:
    answer: Result = {"status": inspection.status}
    if inspection.output is not MISSING:
        answer["output"] = write_text(inspection.output)
    for name, value in (("error", inspection.error), ("cause", inspection.cause)):
        if value is not None:
            answer[name] = value
    if inspection.next is not None:
        answer["nextState"] = inspection.next
    if request.get("inspectionLevel", "INFO") != "INFO":
        steps = {k: v if k in _NUMBERS else write_text(v) for k, v in inspection.steps.items()}
        if inspection.variables:
            steps["variables"] = write_text(inspection.variables)
        answer["inspectionData"] = steps
    return answer

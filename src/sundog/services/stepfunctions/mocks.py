"""What TestState refuses: mocks that do not fit their state, contexts that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import OperationModel, StructureShape

from sundog.context import Request
from sundog.lang.asl import InvalidJson, Map, Parallel, State, Task, parse_json
from sundog.services.stepfunctions.errors import InvalidDefinition, ValidationException
from sundog.services.stepfunctions.mock_schema import find_problem

_MOCK_ONLY: Final = (
    "retrierRetryCount",
    "errorCausedByState",
    "mapIterationFailureCount",
    "mapItemReaderData",
)
_NO_MOCK: Final = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)
_PATTERNS: Final = {"sync": ".sync", "sync:2": ".sync:2", "wait_for_task_token": ".waitForTaskToken"}
_CONTEXT: Final[Mapping[str, Mapping[str, tuple[type, str]]]] = {
    "Execution": {
        "Id": (str, "a string"),
        "Name": (str, "a string"),
        "RoleArn": (str, "a string"),
        "StartTime": (str, "a string"),
    },
    "State": {
        "EnteredTime": (str, "a string"),
        "Name": (str, "a string"),
        "RetryCount": (int, "a number"),
    },
    "StateMachine": {"Id": (str, "a string"), "Name": (str, "a string")},
    "Task": {"Token": (str, "a string")},
}


def check_request(request: Request) -> None:
    """What may not be asked for together, before the state is looked at."""
    configuration = request.get("stateConfiguration") or {}
    if "mock" not in request:
        for name in (name for name in _MOCK_ONLY if name in configuration):
            shown = name[:1].upper() + name[1:]
            raise ValidationException(f"TestState does not support {shown} when a mock is not specified.")
        if "context" in request:
            raise ValidationException("TestState does not support Context when a mock is not specified.")
        return
    if request.get("revealSecrets"):
        raise ValidationException("TestState does not support RevealSecrets when a mock is specified.")
    mock = request["mock"]
    if "result" in mock and "errorOutput" in mock:
        raise ValidationException(
            "A test mock should have only one of the following fields: [result, errorOutput]."
        )
    if "result" not in mock and "errorOutput" not in mock:
        raise ValidationException("A test mock must have one of the following fields: [result, errorOutput].")


def check_state(state: State, request: Request) -> None:
    """Which states take a mock, and which need one."""
    work = state.work
    if "mock" in request:
        if not isinstance(work, Task | Parallel | Map):
            raise ValidationException(f"State type '{state.type}' is not supported when a mock is specified")
        return
    if isinstance(work, Parallel | Map):
        raise InvalidDefinition(_NO_MOCK)
    if isinstance(work, Task):
        pattern = _PATTERNS.get(work.resource.pattern)
        if work.resource.kind == "activity":
            raise InvalidDefinition("TestState API does not support Activity tasks without a mock.")
        if pattern is not None:
            raise InvalidDefinition(
                f"TestState API does not support the '{pattern}' integration pattern without a mock."
            )
        if "roleArn" not in request:
            raise ValidationException("RoleArn must be specified when a mock is not specified.")


def parse_result(state: State, mock: Request, answering: OperationModel | None) -> Any:
    """The mocked result as a value, checked as the mock's fieldValidationMode asks."""
    try:
        value = parse_json(mock["result"])
    except InvalidJson:
        raise ValidationException("Mocked result must be a valid JSON.") from None
    work = state.work
    if isinstance(work, Parallel):
        if not isinstance(value, list):
            raise ValidationException("Mocked result must be an array.")
        if len(value) != len(work.branches):
            raise ValidationException(
                "Mocked result must contain the same number of items as number of Parallel branches."
            )
    elif isinstance(work, Map):
        if not isinstance(value, list) and work.result_writer is None:
            raise ValidationException("Mocked result must be an array.")
    else:
        _check_schema(state, mock, value, answering)
    return value


def _check_schema(state: State, mock: Request, value: Any, answering: OperationModel | None) -> None:
    mode = mock.get("fieldValidationMode", "STRICT")
    if mode == "NONE" or answering is None or not isinstance(answering.output_shape, StructureShape):
        return
    work = state.work
    if isinstance(work, Task) and work.resource.kind == "optimized" and isinstance(value, dict):
        # The optimised invoke gives the payload as the JSON that it is.
        value = {k: v for k, v in value.items() if work.resource.service != "lambda" or k != "Payload"}
    problem = find_problem(answering.output_shape, value, is_strict=mode == "STRICT")
    if problem is not None:
        raise ValidationException(f"Mock result schema validation error: {problem}")


def parse_context(text: str) -> dict[str, Any]:
    """The context object a caller brings along."""
    try:
        context = parse_json(text)
    except InvalidJson:
        raise _no_context("must be a valid JSON object") from None
    if not isinstance(context, dict):
        raise _no_context("must be a valid JSON object")
    if "Map" in context:
        raise _no_context("'Map' field is not supported when mocking a Context object")
    for name, members in _CONTEXT.items():
        part = context.get(name, {})
        if not isinstance(part, dict):
            raise _no_context(f"{name} must be an object")
        for member, (kind, expected) in members.items():
            value = part.get(member)
            if member in part and (not isinstance(value, kind) or isinstance(value, bool)):
                raise _no_context(f"{name}.{member} must be {expected}")
    return context


def _no_context(problem: str) -> ValidationException:
    return ValidationException(f"Invalid Context object provided: {problem}")

"""What a Task calls: functions, integrations, operations of every service that sundog has.

The machine's role is the caller. https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.lang.asl import TaskResource
from sundog.services.stepfunctions.api_models import ApiModels
from sundog.services.stepfunctions.casing import to_answer, to_request

SERVICE_NAMES: Final[Mapping[str, str]] = {
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "events": "EventBridge",
    "kms": "Kms",
    "lambda": "Lambda",
    "s3": "S3",
    "sfn": "Sfn",
    "sns": "Sns",
    "sqs": "Sqs",
    "states": "StepFunctions",
    "sts": "Sts",
}
"""How SDK integrations call services in error names; what is not here begins with a capital."""

OPTIMIZED_NAMES: Final[Mapping[str, str]] = {
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "lambda": "Lambda",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "StepFunctions",
}


class TaskError(Exception):
    """The task has failed with this error name and cause."""

    def __init__(self, error: str, cause: str | None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@dataclass(frozen=True, slots=True)
class Call:
    """A task to be done: ``execution_arn`` is whose, ``session`` names the role's session."""

    resource: TaskResource
    parameters: Any
    role_arn: str
    execution_arn: str
    token: str = ""


async def call(ctx: Context, asked: Call) -> Any:
    """The task's result. Raises `TaskError`."""
    resource = asked.resource
    caller = acting_as(ctx, asked.role_arn)
    if resource.kind == "lambda":
        return await _call_function(caller, asked)
    if resource.kind == "http":
        raise TaskError("States.Runtime", "sundog does not support HTTP tasks yet: call a function instead.")
    if resource.kind == "optimized" and resource.service == "lambda":
        return await _invoke(caller, asked)
    return await _call_operation(caller, asked)


def acting_as(ctx: Context, role_arn: str) -> Context:
    """The context of the machine's role."""
    arn = parse_arn(role_arn)
    if arn is None or not arn.resource.startswith("role/"):
        return ctx.acting(principal=Principal.service("states.amazonaws.com", ctx.scope.account))
    name = arn.resource.rpartition("/")[2]
    session = f"arn:aws:sts::{arn.account}:assumed-role/{name}/sundog"
    return ctx.acting(principal=Principal("role", arn.account, session, f"AROA{name.upper()[:16]}:sundog"))


# Functions


async def _call_function(ctx: Context, asked: Call) -> Any:
    """The ARN of a function as Resource: the input is the payload, the answer the result."""
    request = {"FunctionName": asked.resource.arn, "Payload": orjson.dumps(asked.parameters)}
    answer = await _dispatch(ctx, "lambda", "Invoke", request, "Lambda")
    return _payload(answer)


async def _invoke(ctx: Context, asked: Call) -> Any:
    parameters = asked.parameters if isinstance(asked.parameters, dict) else {}
    request = {k: v for k, v in parameters.items() if k in ("FunctionName", "InvocationType", "Qualifier")}
    if parameters.get("Payload") is not None:  # null is sent as nothing, which functions see as {}
        request["Payload"] = orjson.dumps(parameters["Payload"])
    if "ClientContext" in parameters:
        request["ClientContext"] = parameters["ClientContext"]
    answer = await _dispatch(ctx, "lambda", "Invoke", request, "Lambda")
    shown: dict[str, Any] = {"StatusCode": answer.get("StatusCode", 200)}
    if answer.get("ExecutedVersion"):
        shown["ExecutedVersion"] = answer["ExecutedVersion"]
    if request.get("InvocationType", "RequestResponse") == "RequestResponse":
        shown["Payload"] = _payload(answer)
    return shown | _metadata(ctx, answer.get("StatusCode", 200))


def _payload(answer: Mapping[str, Any]) -> Any:
    text: bytes = answer.get("Payload") or b"null"
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text.decode("utf-8", "replace")
    if answer.get("FunctionError"):
        error = value.get("errorType") if isinstance(value, dict) else None
        raise TaskError(error or "Lambda.Unknown", text.decode("utf-8", "replace"))
    return value


# Operations


async def _call_operation(ctx: Context, asked: Call) -> Any:
    resource = asked.resource
    model = ctx.part(ApiModels).operation(replace(resource, pattern="request_response"))
    if model is None:
        raise TaskError(
            "States.Runtime",
            f"sundog does not support {resource.service}:{resource.action}: call a function instead.",
        )
    request = to_request(model.input_shape, asked.parameters)
    service = model.service_model.service_name
    is_sdk = resource.kind == "aws-sdk"
    name = (SERVICE_NAMES if is_sdk else OPTIMIZED_NAMES).get(
        resource.service, resource.service[:1].upper() + resource.service[1:]
    )
    answer = await _dispatch(ctx, service, model.name, request, name)
    shown = to_answer(model.output_shape, answer)
    if service == "events" and model.name == "PutEvents" and shown.get("FailedEntryCount"):
        raise TaskError("EventBridge.FailedEntry", orjson.dumps(shown).decode())
    return shown if is_sdk else shown | _metadata(ctx, 200)


async def _dispatch(
    ctx: Context, service: str, operation: str, request: Mapping[str, Any], name: str
) -> dict[str, Any]:
    try:
        return await ctx.dispatch(service, operation, request)
    except AwsError as error:
        code = error.shape_name
        code = code if code.endswith("Exception") else f"{code}Exception"
        place = f"(Service: {name}, Status Code: {error.status}, Request ID: {ctx.request_id})"
        raise TaskError(f"{name}.{code}", f"{error.message} {place} (SDK Attempt Count: 1)") from error


def _metadata(ctx: Context, status: int) -> dict[str, Any]:
    """What optimised integrations add of the call itself."""
    request_id = ctx.request_id
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "application/json"}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }

"""What a Task calls: functions, integrations, operations of every service that sundog has.

The machine's role is the caller. https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from botocore.model import OperationModel

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.lang.asl import TaskResource
from sundog.services.stepfunctions.api_models import ApiModels
from sundog.services.stepfunctions.api_task import call_api
from sundog.services.stepfunctions.casing import WrongType, to_answer, to_request
from sundog.services.stepfunctions.http_task import call_http
from sundog.services.stepfunctions.task_error import TaskError

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

OPTIMIZED_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "dynamodb": ("DynamoDB", "AmazonDynamoDBv2"),
    "events": ("EventBridge", "AmazonCloudWatchEvents"),
    "lambda": ("Lambda", "AWSLambda"),
    "sns": ("SNS", "AmazonSNS"),
    "sqs": ("SQS", "AmazonSQS"),
    "states": ("StepFunctions", "AWSStepFunctions"),
}
"""How optimised integrations call services in error names, and in the causes (as the first Java SDK did)."""

INVOKE_PARAMETERS: Final = ("FunctionName", "InvocationType", "Qualifier", "LogType", "ClientContext")


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
        return await call_http(caller, asked.parameters)
    if resource.kind == "optimized" and resource.service == "lambda":
        return await _invoke(caller, asked)
    if resource.kind == "optimized" and resource.service == "apigateway":
        return await call_api(caller, asked.parameters, asked.role_arn)
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
    answer = await _dispatch(ctx, "lambda", "Invoke", request, _Names("Lambda"))
    return _payload(answer)


async def _invoke(ctx: Context, asked: Call) -> Any:
    parameters = asked.parameters if isinstance(asked.parameters, dict) else {}
    model = ctx.part(ApiModels).operation(replace(asked.resource, pattern="request_response"))
    assert model is not None, "the model of Lambda has Invoke"
    chosen = {name: value for name, value in parameters.items() if name in INVOKE_PARAMETERS}
    request = dict(_request(model, chosen))
    payload = parameters.get("Payload")
    if isinstance(payload, str):  # a text is sent as it is: it has to be JSON (recorded)
        request["Payload"] = payload.encode()
    elif payload is not None:  # null is sent as nothing, which functions see as {}
        request["Payload"] = orjson.dumps(payload)
    answer = await _dispatch(ctx, "lambda", "Invoke", request, _Names(*OPTIMIZED_NAMES["lambda"]))
    shown: dict[str, Any] = {"StatusCode": answer.get("StatusCode", 200)}
    for member in ("ExecutedVersion", "LogResult"):
        if answer.get(member):
            shown[member] = answer[member]
    if request.get("InvocationType", "RequestResponse") == "RequestResponse":
        shown["Payload"] = _payload(answer, is_compact=True)
    return shown | _metadata(ctx, answer.get("StatusCode", 200))


def _payload(answer: Mapping[str, Any], *, is_compact: bool = False) -> Any:
    """Raises `TaskError` with the function's own error; ``is_compact``: written anew (recorded)."""
    text: bytes = answer.get("Payload") or b"null"
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text.decode("utf-8", "replace")
    if answer.get("FunctionError"):
        error = value.get("errorType") if isinstance(value, dict) else None
        cause = orjson.dumps(value) if is_compact else text
        raise TaskError(error or "Lambda.Unknown", cause.decode("utf-8", "replace"))
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
    request = _request(model, asked.parameters)
    service = model.service_model.service_name
    is_sdk = resource.kind == "aws-sdk"
    names = _name(resource)
    if service == "sqs":
        _check_host(request, names)
    answer = await _dispatch(ctx, service, model.name, request, names)
    shown = to_answer(model.output_shape, answer)
    if service == "events" and model.name == "PutEvents" and shown.get("FailedEntryCount"):
        raise TaskError("EventBridge.FailedEntry", orjson.dumps(shown).decode())
    return shown if is_sdk or service == "events" else shown | _metadata(ctx, 200)


def _request(model: OperationModel, parameters: Any) -> Mapping[str, Any]:
    try:
        if not isinstance(parameters, dict):
            raise WrongType("The Parameters must be a valid JSON object")
        request: Mapping[str, Any] = to_request(model.input_shape, parameters) or {}
        return request
    except WrongType as reason:
        shown = orjson.dumps(parameters).decode()
        cause = f"The Parameters '{shown}' could not be used to start the Task: [{reason}]"
        raise TaskError("States.Runtime", cause) from None


@dataclass(frozen=True, slots=True)
class _Names:
    """How errors call a service; ``legacy`` is its name in the first Java SDK, where that one is used."""

    error: str
    legacy: str = ""

    def describe(self, failed: AwsError, request_id: str) -> str:
        if self.legacy:
            return (
                f"{failed.message} (Service: {self.legacy}; Status Code: {failed.status}; "
                f"Error Code: {failed.shape_name}; Request ID: {request_id}; Proxy: null)"
            )
        place = f"(Service: {self.error}, Status Code: {failed.status}, Request ID: {request_id})"
        return f"{failed.message} {place} (SDK Attempt Count: 1)"


def _name(resource: TaskResource) -> _Names:
    service = resource.service
    if resource.kind == "aws-sdk":
        return _Names(SERVICE_NAMES.get(service, service[:1].upper() + service[1:]))
    return _Names(*OPTIMIZED_NAMES.get(service, (service[:1].upper() + service[1:], "")))


def _check_host(request: Mapping[str, Any], names: _Names) -> None:
    """The SDK sends to the host of the queue's URL; ours is reached under any name that has a port or dot."""
    url = str(request.get("QueueUrl", ""))
    host = urlsplit(url if "://" in url else f"http://{url}").hostname or url
    if "." in host or ":" in url.rpartition("//")[2] or host == "localhost" or not host:
        return
    cause = f"Unable to execute HTTP request: {host}: Name or service not known"
    raise TaskError(f"{names.error}.SdkClientException", cause)


async def _dispatch(
    ctx: Context, service: str, operation: str, request: Mapping[str, Any], names: _Names
) -> dict[str, Any]:
    try:
        return await ctx.dispatch(service, operation, request)
    except AwsError as error:
        code = error.shape_name
        code = code if code.endswith("Exception") else f"{code}Exception"
        cause = names.describe(error, ctx.request_id)
        raise TaskError(f"{names.error}.{code}", cause) from error


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

"""A target as the API call that it stands for: a templated one by its ARN, a universal one by its name.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sundog.arn import Arn, parse_arn
from sundog.errors import UnsupportedOperation
from sundog.protocol.models import Models, UnknownService
from sundog.protocol.sdk_input import SDK_NAMES, InvalidInput, find_operation, read_input
from sundog.services.scheduler.errors import ValidationException

WRONG_ARN: Final = "Provided Arn is not in correct format."
_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([a-z0-9\-]+):([a-zA-Z0-9]+)")
_READ_ONLY: Final = (
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
)
_REFUSED: Final = {
    "codebuild": "CodeBuild",
    "codepipeline": "CodePipeline",
    "ecs": "ECS",
    "firehose": "Firehose",
    "inspector": "Inspector",
    "sagemaker": "SageMaker",
}
REMEDY: Final = (
    "Use a function, queue, topic, stream, event bus, state machine, or aws-sdk:<service>:<action>."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with its parameters; ``arn`` is what it acts on, None for universal targets."""

    service: str
    operation: str
    request: Mapping[str, Any]
    arn: Arn | None = None

    @property
    def text(self) -> str:
        """The request as JSON, as dead letters carry it."""
        return orjson.dumps(self.request, default=_blob_text).decode()


@dataclass(frozen=True, slots=True)
class Universal:
    """``arn:aws:scheduler:::aws-sdk:<service>:<apiAction>``, with botocore's names of both."""

    service: str
    action: str


def parse_universal(text: str) -> Universal | None:
    found = _UNIVERSAL.fullmatch(text)
    return None if found is None else Universal(SDK_NAMES.get(found[1], found[1]), found[2])


def check_target(models: Models, target: Mapping[str, Any]) -> None:
    """Refuse what can never be called."""
    universal = parse_universal(target["Arn"])
    if universal is not None:
        _check_universal(models, universal, target)
        return
    arn = parse_arn(target["Arn"])
    if arn is None or not arn.resource:
        raise ValidationException(WRONG_ARN)
    if arn.service in _REFUSED:
        raise UnsupportedOperation(what=f"{_REFUSED[arn.service]} as a target of schedules", remedy=REMEDY)
    if arn.service not in _TEMPLATES:
        raise ValidationException(WRONG_ARN)
    _check_parameters(arn, target)


def make_call(models: Models, target: Mapping[str, Any], text: str) -> Call:
    """The call with the input ``text``. Raises ValidationException where it cannot be made."""
    universal = parse_universal(target["Arn"])
    if universal is not None:
        return _universal_call(models, universal, text)
    arn = parse_arn(target["Arn"])
    assert arn is not None  # it was checked when the schedule was made
    return _TEMPLATES[arn.service](arn, target, text)


# Universal targets


def _check_universal(models: Models, universal: Universal, target: Mapping[str, Any]) -> None:
    if any(_begins(universal.action, word) for word in _READ_ONLY):
        raise ValidationException(
            f"Read-only API action {universal.action} is not supported as a universal target."
        )
    _find(models, universal)
    try:
        orjson.loads(target.get("Input") or "{}")
    except orjson.JSONDecodeError:
        raise ValidationException("Invalid RequestJson provided. Reason Input is not JSON.") from None


def _begins(action: str, word: str) -> bool:
    """``getItem`` begins with ``get``; ``getawayCreate`` is not one of AWS's, and does not."""
    rest = action[len(word) :]
    return action[:1].lower() + action[1 : len(word)] == word and (not rest or not rest[0].islower())


def _find(models: Models, universal: Universal) -> Any:
    try:
        found = find_operation(models.get(universal.service), universal.action)
    except UnknownService:
        found = None
    if found is None:
        raise ValidationException(f"Unsupported service or action: {universal.service}:{universal.action}.")
    return found


def _universal_call(models: Models, universal: Universal, text: str) -> Call:
    operation = _find(models, universal)
    try:
        request = read_input(operation, orjson.loads(text))
    except orjson.JSONDecodeError:
        raise ValidationException("Invalid RequestJson provided. Reason Input is not JSON.") from None
    except InvalidInput as error:
        raise ValidationException(f"Invalid RequestJson provided. Reason {error.message}") from None
    return Call(universal.service, operation.name, request)


# Templated targets


def _check_parameters(arn: Arn, target: Mapping[str, Any]) -> None:
    """Each kind of target has its own parameters, and no others."""
    wanted = _PARAMETERS.get(arn.service, "")
    for name in target:
        if name.endswith("Parameters") and name != wanted and target[name]:
            raise ValidationException(f"{name} is not supported for target {target['Arn']}.")
    is_fifo = arn.service == "sqs" and arn.resource.endswith(".fifo")
    if (arn.service in _REQUIRED or is_fifo) and not target.get(wanted):
        raise ValidationException(f"{wanted} must be specified for target {target['Arn']}.")


def _lambda(arn: Arn, _target: Mapping[str, Any], text: str) -> Call:
    request = {"FunctionName": str(arn), "InvocationType": "Event", "Payload": text.encode()}
    return Call("lambda", "Invoke", request, arn)


def _sqs(arn: Arn, target: Mapping[str, Any], text: str) -> Call:
    request = {"QueueUrl": f"/{arn.account}/{arn.resource}", "MessageBody": text}
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return Call("sqs", "SendMessage", request | ({"MessageGroupId": group} if group else {}), arn)


def _sns(arn: Arn, _target: Mapping[str, Any], text: str) -> Call:
    return Call("sns", "Publish", {"TopicArn": str(arn), "Message": text}, arn)


def _states(arn: Arn, _target: Mapping[str, Any], text: str) -> Call:
    return Call("stepfunctions", "StartExecution", {"stateMachineArn": str(arn), "input": text}, arn)


def _events(arn: Arn, target: Mapping[str, Any], text: str) -> Call:
    parameters = target["EventBridgeParameters"]
    entry = {
        "EventBusName": str(arn),
        "Source": parameters["Source"],
        "DetailType": parameters["DetailType"],
        "Detail": text,
    }
    return Call("events", "PutEvents", {"Entries": [entry]}, arn)


def _kinesis(arn: Arn, target: Mapping[str, Any], text: str) -> Call:
    key = target["KinesisParameters"]["PartitionKey"]
    request = {"StreamARN": str(arn), "PartitionKey": key, "Data": text.encode()}
    return Call("kinesis", "PutRecord", request, arn)


_TEMPLATES: Final[Mapping[str, Callable[[Arn, Mapping[str, Any], str], Call]]] = {
    "lambda": _lambda,
    "sqs": _sqs,
    "sns": _sns,
    "states": _states,
    "events": _events,
    "kinesis": _kinesis,
}
_PARAMETERS: Final = {
    "sqs": "SqsParameters",
    "events": "EventBridgeParameters",
    "kinesis": "KinesisParameters",
}
_REQUIRED: Final = frozenset(("events", "kinesis"))


def _blob_text(value: Any) -> str:
    assert isinstance(value, bytes)
    return value.decode(errors="replace")

"""What a Task calls: its ``Resource`` ARN as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["lambda", "activity", "optimized", "aws-sdk", "http"]
Pattern = Literal["request_response", "sync", "sync:2", "wait_for_task_token"]

_PATTERNS: Final[dict[str, Pattern]] = {
    "sync": "sync",
    "sync:2": "sync:2",
    "waitForTaskToken": "wait_for_task_token",
}
_ARN: Final = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([A-Za-z0-9-]*):([A-Za-z0-9-]*):(.+)")
_SDK: Final = re.compile(r"aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)(?:\.(waitForTaskToken))?")
_OPTIMIZED: Final = re.compile(r"([a-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync|sync:2|waitForTaskToken))?")
_REQUEST_RESPONSE_ONLY: Final = frozenset({"dynamodb", "http", "s3"})
_SYNC: Final = frozenset(
    {
        "athena",
        "batch",
        "bedrock",
        "codebuild",
        "databrew",
        "ecs",
        "eks",
        "elasticmapreduce",
        "emr-containers",
        "emr-serverless",
        "glue",
        "mediaconvert",
        "sagemaker",
        "states",
    }
)
_TOKEN: Final = frozenset({"apigateway", "bedrock", "ecs", "eks", "events", "lambda", "sns", "sqs", "states"})
_SUPPORTS: Final[dict[Pattern, frozenset[str]]] = {
    "request_response": _REQUEST_RESPONSE_ONLY | _SYNC | _TOKEN,
    "sync": _SYNC,
    "sync:2": frozenset({"states"}),
    "wait_for_task_token": _TOKEN,
}
"""The optimised integrations and their patterns; s3 is for a Map's readers and writers.
https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""


@dataclass(frozen=True, slots=True)
class TaskResource:
    """``arn`` as written. ``service`` and ``action`` name an integration (``sqs``, ``sendMessage``); for
    ``lambda`` and ``activity`` they are empty, and ``arn`` is the function or activity.
    ``resource_type`` and ``resource`` are what history events show (``aws-sdk:s3``, ``getObject``;
    ``sqs``, ``sendMessage.waitForTaskToken``)."""

    arn: str
    kind: Kind
    service: str = ""
    action: str = ""
    pattern: Pattern = "request_response"
    resource_type: str = ""
    resource: str = ""


def parse_resource(arn: str) -> TaskResource | None:
    """None when no Task can call it."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    service, rest = found[2], found[5]
    if service == "lambda":
        return TaskResource(arn, "lambda", resource_type="lambda", resource=arn)
    if service == "states" and rest.startswith("activity:"):
        return TaskResource(arn, "activity", resource_type="activity", resource=arn)
    if service != "states":
        return None
    return _integration(arn, rest)


def _integration(arn: str, rest: str) -> TaskResource | None:
    sdk = _SDK.fullmatch(rest)
    if sdk is not None:
        return _resource(arn, "aws-sdk", f"aws-sdk:{sdk[1]}", sdk)
    optimized = _OPTIMIZED.fullmatch(rest)
    if optimized is None or optimized[1] not in _SUPPORTS[_pattern(optimized[3])]:
        return None
    return _resource(arn, "http" if optimized[1] == "http" else "optimized", optimized[1], optimized)


def _resource(arn: str, kind: Kind, resource_type: str, found: re.Match[str]) -> TaskResource:
    suffix = found[3]
    return TaskResource(
        arn,
        kind,
        service=found[1],
        action=found[2],
        pattern=_pattern(suffix),
        resource_type=resource_type,
        resource=f"{found[2]}.{suffix}" if suffix else found[2],
    )


def _pattern(suffix: str | None) -> Pattern:
    return _PATTERNS[suffix] if suffix else "request_response"

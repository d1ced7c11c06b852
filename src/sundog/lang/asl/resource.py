"""What a Task calls: its ``Resource`` ARN as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["lambda", "activity", "optimized", "aws-sdk", "http"]
Pattern = Literal["request_response", "sync", "sync:2", "wait_for_task_token"]


@dataclass(frozen=True, slots=True)
class TaskResource:
    """``arn`` as written. ``service`` and ``action`` name an integration (``sqs``, ``sendMessage``); for
    ``lambda`` and ``activity`` they are the kind itself and empty, and ``arn`` is the function or activity.
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
    raise NotImplementedError

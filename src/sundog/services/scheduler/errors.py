"""The errors of EventBridge Scheduler, each named as its shape in the model."""

from __future__ import annotations

from typing import Any

from sundog.errors import AwsError


class SchedulerError(AwsError):
    """{message}"""

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.members = {"Message": self.message}  # the shapes spell it so, and SDKs read it there


class ValidationException(SchedulerError):
    """{message}"""


class ConflictException(SchedulerError):
    """{what} {name} already exists."""

    status = 409


class ResourceNotFoundException(SchedulerError):
    """{what} {name} does not exist."""

    status = 404


class ServiceQuotaExceededException(SchedulerError):
    """The limit of {limit} {what} is reached."""

    status = 402

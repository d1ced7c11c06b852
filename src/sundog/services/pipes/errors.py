"""The errors of EventBridge Pipes, each named as its shape in the model."""

from __future__ import annotations

from sundog.errors import AwsError


class ValidationException(AwsError):
    """{message}"""

    def __init__(self, message: str, field: str = "") -> None:
        members = {"fieldList": [{"name": field, "message": message}]} if field else {}
        super().__init__(message, members=members)


class NotFoundException(AwsError):
    """Pipe {name} does not exist."""

    status = 404


class ConflictException(AwsError):
    """{message}"""

    status = 409

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message, members={"resourceId": name, "resourceType": "PIPE"})


class ServiceQuotaExceededException(AwsError):
    """{message}"""

    status = 402

    def __init__(self, message: str, name: str) -> None:
        members = {"resourceId": name, "resourceType": "PIPE", "serviceCode": "pipes", "quotaCode": ""}
        super().__init__(message, members=members)

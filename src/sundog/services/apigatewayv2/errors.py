"""The errors of the control plane, each named as its shape in the model."""

from __future__ import annotations

from typing import Any

from sundog.errors import AwsError


class ApiGatewayError(AwsError):
    """{message}"""

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.members = {"Message": self.message}  # SDKs of typed languages read it from there


class AccessDeniedException(ApiGatewayError):
    """{message}"""

    status = 403


class BadRequestException(ApiGatewayError):
    """{message}"""


class ConflictException(ApiGatewayError):
    """{message}"""

    status = 409


class NotFoundException(ApiGatewayError):
    """{message}"""

    status = 404


class TooManyRequestsException(ApiGatewayError):
    """{message}"""

    status = 429

"""The errors of API Gateway, each named as its shape in the model."""

from __future__ import annotations

from sundog.errors import AwsError


class BadRequestException(AwsError):
    """{message}"""


class ConflictException(AwsError):
    """{message}"""

    status = 409


class NotFoundException(AwsError):
    """{message}"""

    status = 404


class LimitExceededException(AwsError):
    """{message}"""

    status = 429

"""The errors of the management API, named as their shapes; most come without a message, as on AWS."""

from __future__ import annotations

from sundog.errors import AwsError


class GoneException(AwsError):
    status = 410


class ForbiddenException(AwsError):
    """Forbidden"""

    status = 403


class PayloadTooLargeException(AwsError):
    """Message too long"""

    status = 413


class BadRequestException(AwsError):
    """Invalid connectionId: {connection_id}"""

    status = 400


class MissingAuthenticationTokenException(AwsError):
    """Missing Authentication Token"""

    status = 403

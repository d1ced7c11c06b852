"""What CloudWatch answers when the caller is wrong; the model knows the codes."""

from __future__ import annotations

from sundog.errors import AwsError


class InvalidParameterValueException(AwsError):
    """{reason}"""


class InvalidParameterCombinationException(AwsError):
    """{reason}"""


class MissingRequiredParameterException(AwsError):
    """The parameter {name} is required."""


class ValidationException(AwsError):
    """{reason}"""


class InvalidNextToken(AwsError):
    """The value for parameter NextToken is invalid."""


class InvalidFormatFault(AwsError):
    """{reason}"""


class LimitExceededFault(AwsError):
    """{reason}"""


class ResourceNotFound(AwsError):
    # AWS sends no text, recorded for SetAlarmState.
    """"""

    status = 404


class ResourceNotFoundException(AwsError):
    """Unknown"""

    status = 404


class DashboardNotFoundError(AwsError):
    """Dashboard {name} does not exist"""

    status = 404


class DashboardInvalidInputError(AwsError):
    """The field DashboardBody must be a valid JSON object"""

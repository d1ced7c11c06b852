"""What CloudWatch answers when the caller is wrong."""

from __future__ import annotations

from sundog.errors import AwsError


class InvalidParameterValueException(AwsError):
    """{reason}"""

    code = "InvalidParameterValue"


class InvalidParameterCombinationException(AwsError):
    """{reason}"""

    code = "InvalidParameterCombination"


class MissingRequiredParameterException(AwsError):
    """The parameter {name} is required."""

    code = "MissingParameter"


class ValidationException(AwsError):
    """{reason}"""

    code = "ValidationError"


class InvalidNextToken(AwsError):
    """The value for parameter NextToken is invalid."""


class InvalidFormatFault(AwsError):
    """{reason}"""

    code = "InvalidFormat"


class LimitExceededFault(AwsError):
    """{reason}"""

    code = "LimitExceeded"


class ResourceNotFound(AwsError):
    # AWS sends no text, recorded for SetAlarmState.
    """"""

    status = 404


class ResourceNotFoundException(AwsError):
    """Unknown"""

    status = 404


class DashboardNotFoundError(AwsError):
    """Dashboard {name} does not exist"""

    code = "ResourceNotFound"
    status = 404


class DashboardInvalidInputError(AwsError):
    """The field DashboardBody must be a valid JSON object"""

    code = "InvalidParameterInput"

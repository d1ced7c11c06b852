"""The errors of CloudWatch Logs, each named as its shape in the model."""

from __future__ import annotations

from sundog.errors import AwsError


class ResourceNotFoundException(AwsError):
    """The specified {what} does not exist."""


class ResourceAlreadyExistsException(AwsError):
    """The specified {what} already exists"""


class InvalidParameterException(AwsError):
    """{message}"""


class AccessDeniedException(AwsError):
    """Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers."""  # noqa: E501


class LimitExceededException(AwsError):
    """Resource limit exceeded."""


class MalformedQueryException(AwsError):
    """{message}"""


class ValidationException(AwsError):
    """{message}"""


class ConflictException(AwsError):
    """{message}"""


class TooManyTagsException(AwsError):
    """The number of tags exceeds the limit of {count}."""

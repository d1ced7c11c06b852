"""The errors of Step Functions, named as their shapes."""

from __future__ import annotations

from sundog.errors import AwsError


class StateMachineDoesNotExist(AwsError):
    """State Machine Does Not Exist: '{arn}'"""


class StateMachineAlreadyExists(AwsError):
    """State Machine Already Exists: '{arn}'"""


class StateMachineTypeNotSupported(AwsError):
    """{reason}"""


class ExecutionDoesNotExist(AwsError):
    """Execution Does Not Exist: '{arn}'"""


class ExecutionAlreadyExists(AwsError):
    """Execution Already Exists: '{arn}'"""


class ActivityDoesNotExist(AwsError):
    """Activity Does Not Exist: '{arn}'"""


class InvalidArn(AwsError):
    """Invalid Arn: '{reason}'"""


class InvalidName(AwsError):
    """Invalid Name: '{name}'"""


class InvalidDefinition(AwsError):
    """{reason}"""


class InvalidExecutionInput(AwsError):
    """Invalid State Machine Execution Input: '{reason}'"""


class InvalidOutput(AwsError):
    """Invalid Output: '{reason}'"""


class InvalidToken(AwsError):
    """Invalid Token: '{reason}'"""


class InvalidLoggingConfiguration(AwsError):
    """Invalid Logging Configuration: {reason}"""


class MissingRequiredParameter(AwsError):
    """Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be \
specified"""


class TaskDoesNotExist(AwsError):
    """Task Does Not Exist: 'Provided task does not exist anymore'"""


class TaskTimedOut(AwsError):
    """Task Timed Out: 'Provided task does not exist anymore'"""


class ConflictException(AwsError):
    """{reason}"""


class ResourceNotFound(AwsError):
    """Resource not found: '{arn}'"""


class TooManyTags(AwsError):
    """Too many tags: '{arn}'"""


class ValidationException(AwsError):
    """{reason}"""


class ServiceQuotaExceededException(AwsError):
    """{reason}"""


class ExecutionNotRedrivable(AwsError):
    """{reason}"""

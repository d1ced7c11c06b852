"""The errors of Lambda, each named as its shape in the model; most carry ``Type: User``."""

from __future__ import annotations

from typing import Any

from sundog.errors import AwsError


class UserError(AwsError):
    """{reason}"""

    def __init__(
        self, message: str | None = None, *, members: dict[str, Any] | None = None, **fields: object
    ):
        super().__init__(message, members={"Type": "User"} | (members or {}), **fields)


class InvalidParameterValueException(UserError):
    """{reason}"""


class ReservedBelowProvisioned(AwsError):
    """Less is to be reserved than is provisioned. AWS's words come without a Type, with a space before."""

    def __init__(self, asked: int, provisioned: int) -> None:
        super().__init__(
            f" ReservedConcurrentExecutions  {asked} should not be lower than function's total provisioned "
            f"concurrency [{provisioned}]."
        )

    @property
    def shape_name(self) -> str:
        return "InvalidParameterValueException"


class ValidationException(AwsError):
    """{reason}"""


class ResourceNotFoundException(UserError):
    """{reason}"""

    status = 404


class NoSuchFunction(ResourceNotFoundException):
    """Function not found: {arn}"""

    @property
    def shape_name(self) -> str:
        return "ResourceNotFoundException"


class NoSuchResource(ResourceNotFoundException):
    """The resource you requested does not exist."""

    @property
    def shape_name(self) -> str:
        return "ResourceNotFoundException"


class ResourceConflictException(UserError):
    """{reason}"""

    status = 409


class ResourceInUseException(UserError):
    """Cannot {verb} the event source mapping because it is in use."""


class PreconditionFailedException(UserError):
    """The Revision Id provided does not match the latest Revision Id. Call the {operation} API to retrieve the latest Revision Id"""  # noqa: E501

    status = 412


class ProvisionedConcurrencyConfigNotFoundException(UserError):
    """No Provisioned Concurrency Config found for this function"""

    status = 404


class CodeSigningConfigNotFoundException(UserError):
    """The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."""  # noqa: E501

    status = 404


class NoSuchCodeSigningConfig(ResourceNotFoundException):
    """The Lambda code signing configuration {arn} can not be found."""

    @property
    def shape_name(self) -> str:
        return "ResourceNotFoundException"


class CodeStorageExceededException(UserError):
    """Code storage limit exceeded."""


class PolicyLengthExceededException(UserError):
    """The final policy size ({size}) is bigger than the limit ({limit})."""


class InvalidRequestContentException(UserError):
    """Could not parse request body into json: {reason}"""


class RequestEntityTooLargeException(UserError):
    """Request must be smaller than {limit} bytes for the {operation} operation"""

    status = 413


class EventTooLarge(RequestEntityTooLargeException):
    """{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"""

    @property
    def shape_name(self) -> str:
        return "RequestEntityTooLargeException"


class AccessDeniedException(UserError):
    """The role defined for the function cannot be assumed by Lambda."""

    status = 403


class CodeVerificationFailedException(UserError):
    """Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for {function}."""  # noqa: E501


class TooManyRequestsException(UserError):
    """Rate Exceeded."""

    status = 429

    def __init__(self, reason: str):
        super().__init__(members={"Reason": reason})


class RecursiveInvocationException(UserError):
    """Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation."""  # noqa: E501


class InvalidRuntimeException(UserError):
    """{reason}"""

    status = 502


class SnapStartException(UserError):
    """The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs."""  # noqa: E501


class SnapStartTimeoutException(UserError):
    """Lambda couldn't restore the snapshot within the timeout limit."""

    status = 408


class ServiceException(AwsError):
    """{reason}"""

    status = 500
    sender_fault = False

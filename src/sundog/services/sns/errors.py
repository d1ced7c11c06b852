"""The errors of SNS, named as their shapes; codes and statuses are the model's."""

from __future__ import annotations

from sundog.errors import AwsError


class InvalidParameterException(AwsError):
    """Invalid parameter: {reason}"""


class InvalidParameterValueException(AwsError):
    """{reason}"""


class InvalidStateException(AwsError):
    """Invalid state: {problem}"""


class AuthorizationErrorException(AwsError):
    """Not authorized to perform: SNS:{what}"""

    status = 403


class NotFoundException(AwsError):
    """{what} does not exist"""

    status = 404


class ResourceNotFoundException(AwsError):
    """Resource does not exist"""

    status = 404


class TagLimitExceededException(AwsError):
    """Could not complete request: tag quota of per resource exceeded"""


class EmptyBatchRequestException(AwsError):
    """The batch request doesn't contain any entries."""


class TooManyEntriesInBatchRequestException(AwsError):
    """The batch request contains more entries than permissible."""


class BatchEntryIdsNotDistinctException(AwsError):
    """Two or more batch entries in the request have the same Id."""


class BatchRequestTooLongException(AwsError):
    """The length of all the messages put together is more than the limit."""


class InvalidBatchEntryIdException(AwsError):
    """The Id of a batch entry in the batch request {problem}: {id}"""


class EndpointDisabledException(AwsError):
    """Endpoint is disabled"""


class PlatformApplicationDisabledException(AwsError):
    """Platform application is disabled"""


class OptedOutException(AwsError):
    """{reason}"""


class UserErrorException(AwsError):
    """{reason}"""


class VerificationException(AwsError):
    """{reason}"""


def invalid(reason: str) -> InvalidParameterException:
    return InvalidParameterException(reason=reason)

"""What SQS answers when the caller is wrong, and the older code each error has in the query protocol.

JSON answers carry the shape's name, and the older code in ``x-amzn-query-error``; SDKs show the older one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sundog.errors import AwsError

_PREFIX = "AWS.SimpleQueueService."

QUERY_CODES: Mapping[str, tuple[str, int]] = {
    "BatchEntryIdsNotDistinct": (_PREFIX + "BatchEntryIdsNotDistinct", 400),
    "BatchRequestTooLong": (_PREFIX + "BatchRequestTooLong", 400),
    "EmptyBatchRequest": (_PREFIX + "EmptyBatchRequest", 400),
    "InvalidAddress": ("InvalidAddress", 404),
    "InvalidAttributeName": ("InvalidAttributeName", 400),
    "InvalidAttributeValue": ("InvalidAttributeValue", 400),
    "InvalidBatchEntryId": (_PREFIX + "InvalidBatchEntryId", 400),
    "InvalidIdFormat": ("InvalidIdFormat", 404),
    "InvalidMessageContents": ("InvalidMessageContents", 400),
    "InvalidParameterValueException": ("InvalidParameterValue", 400),
    "InvalidSecurity": ("InvalidSecurity", 403),
    "KmsAccessDenied": ("KMS.AccessDeniedException", 400),
    "KmsDisabled": ("KMS.DisabledException", 400),
    "KmsInvalidKeyUsage": ("KMS.InvalidKeyUsageException", 400),
    "KmsInvalidState": ("KMS.InvalidStateException", 400),
    "KmsNotFound": ("KMS.NotFoundException", 400),
    "KmsOptInRequired": ("KMS.OptInRequired", 403),
    "KmsThrottled": ("KMS.ThrottlingException", 400),
    "MessageNotInflight": (_PREFIX + "MessageNotInflight", 400),
    "MissingRequiredParameterException": ("MissingParameter", 400),
    "OverLimit": ("OverLimit", 403),
    "PurgeQueueInProgress": (_PREFIX + "PurgeQueueInProgress", 403),
    "QueueDeletedRecently": (_PREFIX + "QueueDeletedRecently", 400),
    "QueueDoesNotExist": (_PREFIX + "NonExistentQueue", 400),
    "QueueNameExists": ("QueueAlreadyExists", 400),
    "ReceiptHandleIsInvalid": ("ReceiptHandleIsInvalid", 404),
    "RequestThrottled": ("RequestThrottled", 403),
    "ResourceNotFoundException": ("ResourceNotFoundException", 404),
    "TooManyEntriesInBatchRequest": (_PREFIX + "TooManyEntriesInBatchRequest", 400),
    "UnsupportedOperation": (_PREFIX + "UnsupportedOperation", 400),
}
"""Shape -> code and status in the query protocol (the same as ``protocol/patches/sqs.json``)."""


def query_code(error: AwsError) -> str:
    """The code an entry of a batch answer carries: the older one, in both protocols."""
    return QUERY_CODES.get(error.shape_name, (error.wire_code, 400))[0]


class BatchEntryIdsNotDistinct(AwsError):
    """Id {id} repeated."""


class BatchRequestTooLong(AwsError):
    """Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes."""


class EmptyBatchRequest(AwsError):
    """There should be at least one {entry} in the request."""


class InvalidAddress(AwsError):
    """The address {url} is not valid for this endpoint."""

    status = 404


class InvalidAttributeName(AwsError):
    """Unknown Attribute {name}."""


class InvalidAttributeValue(AwsError):
    """Invalid value for the parameter {name}."""


class InvalidBatchEntryId(AwsError):
    # The text must stay on one line: it is sent as it stands.
    """A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."""  # noqa: E501


class InvalidMessageContents(AwsError):
    """Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"""  # noqa: E501


class InvalidParameterValueException(AwsError):
    """Value {value} for parameter {name} is invalid. Reason: {reason}"""


class MissingRequiredParameterException(AwsError):
    """The request must contain the parameter {name}."""


class OverLimit(AwsError):
    """Too many messages are in flight in this queue: at most {limit}."""

    status = 403


class PurgeQueueInProgress(AwsError):
    """Only one PurgeQueue operation on {name} is allowed every 60 seconds."""

    status = 403


class QueueDeletedRecently(AwsError):
    """You must wait 60 seconds after deleting a queue before you can create another with the same name."""


class QueueDoesNotExist(AwsError):
    """The specified queue does not exist."""


class QueueNameExists(AwsError):
    """A queue already exists with the same name and a different value for attribute {name}"""


class ReceiptHandleIsInvalid(AwsError):
    """The input receipt handle "{handle}" is not a valid receipt handle."""

    status = 404


class RequestThrottled(AwsError):
    """Request is throttled."""

    status = 403


class ResourceNotFoundException(AwsError):
    """The resource that you specified for the {name} parameter doesn't exist."""

    status = 404


class TooManyEntriesInBatchRequest(AwsError):
    """Maximum number of entries per request are {limit}. You have sent {sent}."""


class UnsupportedOperation(AwsError):
    """Error code 400. Unsupported operation."""


def invalid(value: object, name: str, reason: str) -> InvalidParameterValueException:
    return InvalidParameterValueException(value=value, name=name, reason=reason)

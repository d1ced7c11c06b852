"""What STS answers when the caller is wrong."""

from __future__ import annotations

from sundog.errors import AwsError


class AccessDenied(AwsError):
    """User: {caller} is not authorized to perform: {action} on resource: {resource}"""

    status = 403


class InvalidParameterValue(AwsError):
    """{reason}"""


class ValidationError(AwsError):
    """{reason}"""


class MalformedPolicyDocumentException(AwsError):
    """{reason}"""

    code = "MalformedPolicyDocument"


class PackedPolicyTooLargeException(AwsError):
    """Packed policy consumes {percent}% of allotted space, please use smaller policy."""

    code = "PackedPolicyTooLarge"

"""What IAM answers when the caller is wrong."""

from __future__ import annotations

from sundog.errors import AwsError


class NoSuchEntityException(AwsError):
    """The {noun} with name {name} cannot be found."""

    code = "NoSuchEntity"
    status = 404


class EntityAlreadyExistsException(AwsError):
    """{noun} with name {name} already exists."""

    code = "EntityAlreadyExists"
    status = 409


class DeleteConflictException(AwsError):
    """Cannot delete entity, must {action} first."""

    code = "DeleteConflict"
    status = 409


class LimitExceededException(AwsError):
    """Cannot exceed quota for {quota}: {limit}"""

    code = "LimitExceeded"
    status = 409


class InvalidInputException(AwsError):
    """{reason}"""

    code = "InvalidInput"


class MalformedPolicyDocumentException(AwsError):
    """{reason}"""

    code = "MalformedPolicyDocument"


class UnmodifiableEntityException(AwsError):
    """Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"""

    code = "UnmodifiableEntity"


class ValidationError(AwsError):
    """{reason}"""

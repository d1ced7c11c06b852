"""The errors of EventBridge, named as their shapes."""

from __future__ import annotations

from sundog.errors import AwsError


class ResourceNotFoundException(AwsError):
    """{what} does not exist."""


class ResourceAlreadyExistsException(AwsError):
    """{what} already exists."""


class ValidationException(AwsError):
    """{reason}"""


class LimitExceededException(AwsError):
    """The requested resource exceeds the maximum number allowed."""


class InvalidEventPatternException(AwsError):
    """{reason}"""


class ManagedRuleException(AwsError):
    """Rule {name} is managed by AWS service can only be modified by {service}."""


class IllegalStatusException(AwsError):
    """Replay {name} is not in a valid state for this operation."""


class PolicyLengthExceededException(AwsError):
    """The event bus policy is too long."""


class AccessDeniedException(AwsError):
    """The event bus {arn} does not let account {account} put events."""

    status = 403


def no_bus(name: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(what=f"Event bus {name}")


def no_rule(name: str, bus: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus}.")

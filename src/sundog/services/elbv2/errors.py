"""The errors of Elastic Load Balancing, named as their shapes; codes and statuses are the model's."""

from __future__ import annotations

from sundog.errors import AwsError


class ValidationError(AwsError):
    """{reason}"""


class AccessDenied(AwsError):
    """{reason}"""

    status = 403


class InvalidConfigurationRequestException(AwsError):
    """{reason}"""


class LoadBalancerNotFoundException(AwsError):
    """One or more load balancers not found"""


class TargetGroupNotFoundException(AwsError):
    """One or more target groups not found"""


class ListenerNotFoundException(AwsError):
    """One or more listeners not found"""


class RuleNotFoundException(AwsError):
    """One or more rules not found"""


class SSLPolicyNotFoundException(AwsError):
    """One or more SSL policies not found"""


class CertificateNotFoundException(AwsError):
    """Certificate '{arn}' not found"""


class DuplicateLoadBalancerNameException(AwsError):
    """A load balancer with the same name '{name}' exists, but with different settings"""


class DuplicateTargetGroupNameException(AwsError):
    """A target group with the same name '{name}' exists, but with different settings"""


class DuplicateListenerException(AwsError):
    """A listener already exists on this port for this load balancer '{arn}'"""


class DuplicateTagKeysException(AwsError):
    """A tag key was specified more than once"""


class PriorityInUseException(AwsError):
    """Priority '{priority}' is currently in use"""


class ResourceInUseException(AwsError):
    """{reason}"""


class OperationNotPermittedException(AwsError):
    """{reason}"""


class SubnetNotFoundException(AwsError):
    """The subnet ID '{id}' does not exist"""


class InvalidSubnetException(AwsError):
    """{reason}"""


class InvalidSecurityGroupException(AwsError):
    """One or more security groups are invalid"""


class InvalidLoadBalancerActionException(AwsError):
    """{reason}"""


class UnsupportedProtocolException(AwsError):
    """{reason}"""


class TargetGroupAssociationLimitException(AwsError):
    """The following target groups cannot be associated with more than one load balancer: {arn}"""


class TooManyActionsException(AwsError):
    """You've reached the limit on the number of actions per rule"""


class TooManyCertificatesException(AwsError):
    """You've reached the limit on the number of certificates per load balancer"""


class TooManyLoadBalancersException(AwsError):
    """You've reached the limit on the number of load balancers for your account"""


class TooManyListenersException(AwsError):
    """The limit on the number of listeners per load balancer has been reached"""


class TooManyRulesException(AwsError):
    """You've reached the limit on the number of rules per load balancer"""


class TooManyTagsException(AwsError):
    """You've reached the limit on the number of tags per resource"""


class TooManyTargetGroupsException(AwsError):
    """You've reached the limit on the number of target groups for your account"""


class TooManyTargetsException(AwsError):
    """You've reached the limit on the number of targets"""


class TooManyUniqueTargetGroupsPerLoadBalancerException(AwsError):
    """You've reached the limit on the number of unique target groups per load balancer"""


def invalid(reason: str) -> ValidationError:
    return ValidationError(reason=reason)


def misconfigured(reason: str) -> InvalidConfigurationRequestException:
    return InvalidConfigurationRequestException(reason=reason)

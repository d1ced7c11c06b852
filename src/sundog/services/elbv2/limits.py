"""The quotas of Elastic Load Balancing.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PAGE = 400
ARNS_MAX = 20
TAGS_MAX = 50
NAME_LENGTH_MAX = 32
LOAD_BALANCERS_MAX = 50
TARGET_GROUPS_MAX = 3_000
LISTENERS_MAX = 50
RULES_MAX = 100
TARGETS_MAX = 1_000
CERTIFICATES_MAX = 25
GROUPS_PER_LOAD_BALANCER_MAX = 100
GROUPS_PER_ACTION_MAX = 5
CONDITION_VALUES_MAX = 5
CONDITION_WILDCARDS_MAX = 6
REGEX_VALUES_MAX = 5
WEIGHT_MAX = 999
STICKY_S_MAX = 604_800

LAMBDA_BYTES_MAX = 1024 * 1024
"""Of the body that goes to a function, and of the JSON it answers."""

URI_BYTES_MAX = 16 * 1024
FORWARDED_ADDRESSES_MAX = 30
CONNECT_MS = 10_000
FORWARDED_BYTES_MAX = 128 * 1024 * 1024

ACCOUNT_LIMITS: Final[Mapping[str, int]] = {
    "application-load-balancers": LOAD_BALANCERS_MAX,
    "target-groups": TARGET_GROUPS_MAX,
    "targets-per-application-load-balancer": TARGETS_MAX,
    "listeners-per-application-load-balancer": LISTENERS_MAX,
    "rules-per-application-load-balancer": RULES_MAX,
    "condition-values-per-alb-rule": CONDITION_VALUES_MAX,
    "condition-wildcards-per-alb-rule": CONDITION_WILDCARDS_MAX,
    "target-groups-per-application-load-balancer": GROUPS_PER_LOAD_BALANCER_MAX,
    "target-groups-per-action-on-application-load-balancer": GROUPS_PER_ACTION_MAX,
    "certificates-per-application-load-balancer": CERTIFICATES_MAX,
    "targets-per-target-group": TARGETS_MAX,
    "target-id-registrations-per-application-load-balancer": TARGETS_MAX,
}
"""Of application load balancers alone: there are no others here."""

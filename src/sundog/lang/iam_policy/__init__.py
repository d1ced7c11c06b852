"""IAM policies as pure functions: check a document with AWS's texts, decide a request over all layers."""

from sundog.lang.iam_policy.check import check_identity_policy, check_trust_policy
from sundog.lang.iam_policy.decide import Decision, Policies, decide
from sundog.lang.iam_policy.document import Policy, Statement, read_policy
from sundog.lang.iam_policy.request import AccessRequest

__all__ = [
    "AccessRequest",
    "Decision",
    "Policies",
    "Policy",
    "Statement",
    "check_identity_policy",
    "check_trust_policy",
    "decide",
    "read_policy",
]

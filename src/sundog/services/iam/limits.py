"""IAM's quotas (reference_iam-quotas), as AWS raises them to by default."""

from __future__ import annotations

ACCESS_KEYS_MAX = 2
GROUPS_PER_USER_MAX = 10
ATTACHED_POLICIES_MAX = 10
POLICY_VERSIONS_MAX = 5
TAGS_MAX = 50
ROLES_PER_PROFILE_MAX = 1
INLINE_SIZE_MAX = {"user": 2048, "role": 10240, "group": 5120}
POLICY_SIZE_MAX = 6144
TRUST_POLICY_SIZE_MAX = 2048
CREDENTIALS_PER_SERVICE_MAX = 2
PAGE_DEFAULT = 100

SUMMARY_QUOTAS = {
    "AccessKeysPerUserQuota": ACCESS_KEYS_MAX,
    "AssumeRolePolicySizeQuota": TRUST_POLICY_SIZE_MAX,
    "AttachedPoliciesPerGroupQuota": ATTACHED_POLICIES_MAX,
    "AttachedPoliciesPerRoleQuota": ATTACHED_POLICIES_MAX,
    "AttachedPoliciesPerUserQuota": ATTACHED_POLICIES_MAX,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": INLINE_SIZE_MAX["group"],
    "GroupsPerUserQuota": GROUPS_PER_USER_MAX,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1_000,
    "PoliciesQuota": 1_500,
    "PolicySizeQuota": POLICY_SIZE_MAX,
    "PolicyVersionsInUseQuota": 10_000,
    "RolePolicySizeQuota": INLINE_SIZE_MAX["role"],
    "RolesQuota": 1_000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": INLINE_SIZE_MAX["user"],
    "UsersQuota": 5_000,
    "VersionsPerPolicyQuota": POLICY_VERSIONS_MAX,
}
"""What GetAccountSummary tells of quotas."""

ABSENT = (
    "AccountAccessKeysPresent",
    "AccountMFAEnabled",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
    "MFADevices",
    "MFADevicesInUse",
    "Providers",
    "ServerCertificates",
)
"""What GetAccountSummary counts and sundog has none of."""

"""IAM as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.iam import (
    access_keys,
    account,
    attachments,
    boundaries,
    groups,
    inline_policies,
    instance_profiles,
    key_uses,
    managed_policies,
    roles,
    service_credentials,
    service_roles,
    simulation,
    tags,
    users,
)
from sundog.services.iam.refusals import REFUSED
from sundog.services.iam.root_key import RootKey

SERVICE = Service(
    name="iam",
    operations=(
        *operations_in(
            "iam",
            *(access_keys, account, attachments, groups, instance_profiles, key_uses, managed_policies),
            *(roles, service_credentials, service_roles, simulation, users),
        ),
        *attachments.OPERATIONS,
        *boundaries.OPERATIONS,
        *inline_policies.OPERATIONS,
        *tags.OPERATIONS,
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(RootKey, access_keys.AccessKeys, key_uses.KeyUses),
)

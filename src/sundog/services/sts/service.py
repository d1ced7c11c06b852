"""STS as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.sts import credentials
from sundog.services.sts.sessions import Sessions

SERVICE = Service(
    name="sts",
    operations=operations_in("sts", credentials),
    refused={
        "AssumeRoleWithSAML": "Use AssumeRole.",
        "AssumeRoleWithWebIdentity": "Use AssumeRole.",
        "AssumeRoot": "Call with the account number as access key id.",
        "DecodeAuthorizationMessage": "Messages are not encoded here.",
        "GetDelegatedAccessToken": "Use AssumeRole.",
        "GetFederationToken": "Use AssumeRole.",
        "GetScopedCredentials": "Use AssumeRole with a session policy.",
        "GetWebIdentityToken": "Use AssumeRole.",
    },
    schema=Path(__file__).with_name("schema"),
    parts=(Sessions,),
)

"""Which documents IAM takes, and how it writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from sundog.lang.iam_policy import check_identity_policy, check_trust_policy
from sundog.services.iam.errors import (
    LimitExceededException,
    MalformedPolicyDocumentException,
    ValidationError,
)

_SPACE = re.compile(r"\s")


def check_document(text: str) -> str:
    reason = check_identity_policy(text)
    if reason:
        raise MalformedPolicyDocumentException(reason=reason)
    return text


def check_trust(text: str) -> str:
    reason = check_trust_policy(text)
    if reason:
        raise MalformedPolicyDocumentException(reason=reason)
    return text


def named_principals(trust: str) -> Iterator[str]:
    """The ARNs and accounts that a trust policy (checked) names as principals of AWS."""
    statements = json.loads(trust)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        named = principal.get("AWS", ()) if isinstance(principal, dict) else ()
        yield from [named] if isinstance(named, str) else named


def check_size(text: str, limit: int, quota: str) -> None:
    """White space does not count (reference_iam-quotas)."""
    if len(_SPACE.sub("", text)) > limit:
        raise LimitExceededException(quota=quota, limit=limit)


def check_path(path: str) -> str:
    if not (path.startswith("/") and path.endswith("/")):
        raise ValidationError(
            reason="The specified value for path is invalid. It must begin and end with / and contain only "
            "alphanumeric characters and/or / characters."
        )
    return path


def write_document(text: str) -> str:
    """Documents travel percent-encoded (RFC 3986), as the API reference says of PolicyDocument."""
    return quote(text, safe="-_.~")


def read_document(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    return document

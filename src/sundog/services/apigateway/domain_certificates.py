"""Which certificate a custom domain name must have, and where from. AWS's words, as users quote them:
https://github.com/hashicorp/terraform-provider-aws/issues/3276, https://github.com/anomalyco/sst/issues/4131,
https://github.com/amplify-education/serverless-domain-manager/pull/49
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.services.apigateway.errors import BadRequestException

_PREFIXES: Final = {"EDGE": "certificate", "PRIVATE": "certificate", "REGIONAL": "regionalCertificate"}
EDGE_REGION: Final = "us-east-1"
"""Where the certificates of distributions are kept, wherever the API is."""


def check_certificates(kind: str, body: Mapping[str, Any], region: str) -> None:
    """``kind``: the endpoint type of the domain in ``region``."""
    prefix = _PREFIXES[kind]
    text = body.get(f"{prefix}Arn")
    if not text and not body.get(f"{prefix}Name"):
        raise BadRequestException(f"A certificate was not provided for the endpoint type {kind}.")
    if not text:
        return
    arn, wanted = parse_arn(text), EDGE_REGION if kind == "EDGE" else region
    if arn is None or arn.service not in ("acm", "iam"):
        raise BadRequestException(f"Invalid certificate ARN: {text}.")
    if arn.service == "acm" and arn.region != wanted:
        raise BadRequestException(f"Invalid certificate ARN: {text}. Certificate must be in '{wanted}'.")


def check_foreign_certificates(body: Mapping[str, Any]) -> None:
    """A new domain has no certificate of another endpoint type; one that was moved may keep its old one."""
    kind = "REGIONAL" if "REGIONAL" in body["endpointConfiguration"]["types"] else "EDGE"
    other = "EDGE" if kind == "REGIONAL" else "REGIONAL"
    if body.get(f"{_PREFIXES[other]}Arn") or body.get(f"{_PREFIXES[other]}Name"):
        raise BadRequestException(f"Cannot import certificates for {other} while {kind} is active.")

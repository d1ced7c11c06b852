"""Names and ARNs: what a caller wrote, as the resource it means."""

from __future__ import annotations

import re
from typing import Final

from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.elbv2 import limits
from sundog.services.elbv2.errors import (
    ListenerNotFoundException,
    LoadBalancerNotFoundException,
    RuleNotFoundException,
    TargetGroupNotFoundException,
    invalid,
)
from sundog.services.elbv2.model import Kind, Resource
from sundog.services.elbv2.rows import find
from sundog.store import Transaction

_NOUNS: Final[dict[Kind, tuple[str, type[AwsError]]]] = {
    "loadbalancer": ("load balancer", LoadBalancerNotFoundException),
    "targetgroup": ("target group", TargetGroupNotFoundException),
    "listener": ("listener", ListenerNotFoundException),
    "listener-rule": ("listener rule", RuleNotFoundException),
}
_ARN = re.compile(r"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:(?P<kind>[a-z-]+)/.+")
_NAME = re.compile(r"[A-Za-z0-9-]+")


def kind_of(arn: str) -> Kind | None:
    found = _ARN.fullmatch(arn)
    return next((kind for kind in _NOUNS if found and kind == found["kind"]), None)


async def load(ctx: Context, tx: Transaction, kind: Kind, arn: str) -> Resource:
    """The resource, or the error for an ARN that is none or names nothing."""
    noun, missing = _NOUNS[kind]
    if kind_of(arn) != kind:
        raise invalid(f"'{arn}' is not a valid {noun} ARN")
    resource = await find(tx, ctx.scope, kind, arn)
    if resource is None:
        raise missing
    return resource


def not_found(kind: Kind) -> AwsError:
    return _NOUNS[kind][1]()


def check_name(noun: str, name: str) -> None:
    """``noun`` is ``load balancer`` or ``target group``."""
    if not name:
        raise invalid(f"A {noun} name must be specified")
    if len(name) > limits.NAME_LENGTH_MAX:
        raise invalid(f"The {noun} name '{name}' cannot be longer than '{limits.NAME_LENGTH_MAX}' characters")
    if not _NAME.fullmatch(name):
        raise invalid(
            f"The {noun} name '{name}' can only contain characters that are "
            "alphanumeric characters and hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise invalid(f"The {noun} name '{name}' cannot begin or end with a hyphen(-)")
    if noun == "load balancer" and name.startswith("internal-"):
        raise invalid(f"The {noun} name '{name}' cannot begin with 'internal-'")

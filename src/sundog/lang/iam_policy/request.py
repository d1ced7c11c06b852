"""Who wants to do what to which resource, with the context keys that follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

ContextValue = str | tuple[str, ...]
CallerKind = Literal["root", "user", "session", "federated", "service", "anonymous"]
_ARN = re.compile(r"arn:[^:]+:(iam|sts)::(\d{12}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Caller:
    """``names`` are the ARNs that stand for the caller, its own first; ``account`` is empty for services."""

    kind: CallerKind
    arn: str
    account: str
    names: tuple[str, ...]
    username: str = ""


def read_caller(principal: str) -> Caller:
    """A principal's ARN, a service's name (``sns.amazonaws.com``) or ``anonymous``."""
    if principal == "anonymous":
        return Caller("anonymous", principal, "", ())
    found = _ARN.fullmatch(principal)
    if found is None:
        return Caller("service", principal, "", (principal,))
    account, resource = found[2], found[3]
    prefix = principal.split(":")[0] + ":" + principal.split(":")[1]
    iam = f"{prefix}:iam::{account}:"
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        role = iam + "role/" + name.rpartition("/")[0]
        return Caller("session", principal, account, (principal, role))
    if kind == "federated-user":
        return Caller("federated", principal, account, (principal, f"{iam}user/{name}"))
    if kind == "role":
        return Caller("session", principal, account, (principal, principal))
    if kind == "user":
        return Caller("user", principal, account, (principal,), name.rpartition("/")[2])
    return Caller("root", principal, account, (principal,))


@dataclass(frozen=True)
class AccessRequest:
    """One request. ``resource_account`` is the owner's; context keys compare without case."""

    principal: str
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, ContextValue] = field(default_factory=dict)

    @cached_property
    def caller(self) -> Caller:
        return read_caller(self.principal)

    @cached_property
    def values(self) -> Mapping[str, ContextValue]:
        """What conditions and variables see, by lower-case key."""
        return _implied(self.caller, self.resource_account) | {
            key.lower(): value for key, value in self.context.items()
        }


_TYPES = {"root": "Account", "user": "User", "session": "AssumedRole", "federated": "FederatedUser"}


def _implied(caller: Caller, resource_account: str) -> dict[str, ContextValue]:
    """reference_policies_condition-keys: keys of the principal and of the resource."""
    values: dict[str, ContextValue] = {
        "aws:principalisawsservice": "true" if caller.kind == "service" else "false",
        "aws:resourceaccount": resource_account,
    }
    if caller.kind == "service":
        values["aws:principalservicename"] = caller.arn
    elif caller.kind == "anonymous":
        values["aws:principaltype"] = "Anonymous"
    else:
        values["aws:principalarn"] = caller.names[1] if caller.kind == "session" else caller.arn
        values["aws:principalaccount"] = caller.account
        values["aws:principaltype"] = _TYPES[caller.kind]
        if caller.username:
            values["aws:username"] = caller.username
    return values

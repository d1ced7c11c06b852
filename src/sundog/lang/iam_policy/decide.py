"""May this request pass? Every layer of policies in AWS's order; an explicit deny anywhere wins.

Rules: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sundog.lang.iam_policy.conditions import holds
from sundog.lang.iam_policy.document import Policy, Statement
from sundog.lang.iam_policy.pattern import matches, matches_action
from sundog.lang.iam_policy.request import AccessRequest, Caller

Outcome = Literal["allowed", "implicitDeny", "explicitDeny"]
Grant = Literal["direct", "role", "account"]
"""How a resource policy names the caller: itself (or everyone), its role or user, its account."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All that applies. ``None`` is a layer that does not exist, which limits nothing.

    ``scps`` and ``rcps`` hold the policies of each level, from the root of the organization down.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    endpoint: tuple[Policy, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """``matched`` are the statements that decided: those that deny, else those that allow."""

    outcome: Outcome
    matched: tuple[Statement, ...] = ()


def decide(request: AccessRequest, policies: Policies) -> Decision:
    """The decision for one request."""
    if request.action.lower() == "sts:getcalleridentity":
        return Decision("allowed")  # No policy can take it away: STS API reference, GetCallerIdentity.
    denied = tuple(s for p in _all(request, policies) for s in _matched(p, request, "Deny", policies))
    if denied:
        return Decision("explicitDeny", denied)
    if not _guards_allow(request, policies):
        return Decision("implicitDeny")
    granted = _grants(request, policies)
    if not _is_granted(request, policies, {kind for kind, _ in granted}):
        return Decision("implicitDeny")
    allowed = (s for p in policies.identity for s in _matched(p, request, "Allow", policies))
    return Decision("allowed", (*allowed, *(s for _, s in granted)))


def _all(request: AccessRequest, policies: Policies) -> Iterable[Policy]:
    yield from policies.identity
    if policies.resource is not None:
        yield policies.resource
    yield from policies.boundary or ()
    yield from policies.session or ()
    yield from policies.endpoint or ()
    for level in (*_scps(request, policies), *_rcps(request, policies)):
        yield from level


def _is_service_linked(caller: Caller) -> bool:
    return caller.kind == "session" and caller.names[1].rpartition("/")[2].startswith("AWSServiceRoleFor")


def _scps(request: AccessRequest, policies: Policies) -> tuple[tuple[Policy, ...], ...]:
    """SCPs bind the principals of accounts, not services nor service-linked roles."""
    caller = request.caller
    return policies.scps if caller.account and not _is_service_linked(caller) else ()


def _rcps(request: AccessRequest, policies: Policies) -> tuple[tuple[Policy, ...], ...]:
    return () if _is_service_linked(request.caller) else policies.rcps


def _guards_allow(request: AccessRequest, policies: Policies) -> bool:
    levels = [*_scps(request, policies), *_rcps(request, policies)]
    if policies.endpoint is not None:
        levels.append(policies.endpoint)
    return all(_allows(level, request, policies) for level in levels)


def _is_granted(request: AccessRequest, policies: Policies, grants: set[Grant]) -> bool:
    caller = request.caller
    if caller.kind in ("service", "anonymous"):
        return "direct" in grants
    session_allows = policies.session is None or _allows(policies.session, request, policies)
    limits_allow = session_allows and (
        policies.boundary is None or _allows(policies.boundary, request, policies)
    )
    identity_allows = limits_allow and (
        caller.kind == "root" or _allows(policies.identity, request, policies)
    )
    if caller.account != request.resource_account:
        return identity_allows and bool(grants)
    if "direct" in grants or ("role" in grants and limits_allow):
        return True
    return identity_allows and (bool(grants) or not _needs_resource_policy(request))


def _needs_resource_policy(request: AccessRequest) -> bool:
    """Role trust and key policies must allow; nobody gets in by an identity policy alone."""
    action, resource = request.action.lower(), request.resource
    if action.startswith("sts:assumerole"):
        return True
    return action.startswith("kms:") and ":key/" in resource and "*" not in resource


def _grants(request: AccessRequest, policies: Policies) -> list[tuple[Grant, Statement]]:
    if policies.resource is None:
        return []
    found: list[tuple[Grant, Statement]] = []
    for statement in _matched(policies.resource, request, "Allow", policies):
        kind = _grant(request.caller, statement)
        if kind is not None:
            found.append((kind, statement))
    return found


def _grant(caller: Caller, statement: Statement) -> Grant | None:
    if statement.principals is None:
        return "direct" if statement.not_principals is not None else None
    if caller.kind == "service" and caller.arn in statement.principals.get("Service", ()):
        return "direct"
    names = statement.principals.get("AWS", ())
    federated = statement.principals.get("Federated", ())
    if "*" in names or any(name in federated for name in caller.names):
        return "direct"
    if caller.names and caller.kind != "service" and caller.names[0] in names:
        return "account" if caller.kind == "root" else "direct"
    if any(name in names for name in caller.names[1:]):
        return "role"
    return "account" if _names_account(names, caller) else None


def _names_account(names: Iterable[str], caller: Caller) -> bool:
    account = caller.account
    return bool(account) and any(
        name == account or (name.endswith(f":iam::{account}:root") and name.startswith("arn:"))
        for name in names
    )


def _allows(policies: Iterable[Policy], request: AccessRequest, layers: Policies) -> bool:
    return any(True for p in policies for _ in _matched(p, request, "Allow", layers))


def _matched(
    policy: Policy, request: AccessRequest, effect: Literal["Allow", "Deny"], layers: Policies
) -> Iterable[Statement]:
    variables = request.values if policy.has_variables else None
    for statement in policy.statements:
        if (
            statement.effect == effect
            and _action_matches(statement, request.action)
            and _resource_matches(statement, request, variables)
            and _principal_matches(statement, request.caller, layers)
            and all(holds(n, keys, request.values, variables) for n, keys in statement.conditions.items())
        ):
            yield statement


def _action_matches(statement: Statement, action: str) -> bool:
    if statement.actions is not None:
        return any(matches_action(a, action) for a in statement.actions)
    return not any(matches_action(a, action) for a in statement.not_actions or ())


def _resource_matches(
    statement: Statement, request: AccessRequest, variables: Mapping[str, str | tuple[str, ...]] | None
) -> bool:
    if statement.resources is not None:
        return any(matches(r, request.resource, variables) for r in statement.resources)
    # A trust policy names no resource: it is about the role that carries it.
    return not any(matches(r, request.resource, variables) for r in statement.not_resources or ())


def _principal_matches(statement: Statement, caller: Caller, layers: Policies) -> bool:
    if statement.principals is not None:
        return _grant(caller, statement) is not None
    if statement.not_principals is None:
        return True
    if layers.boundary is not None and statement.effect == "Deny":
        return True  # access_policies_boundaries: NotPrincipal with Deny always hits who has a boundary.
    names = statement.not_principals.get("AWS", ())
    if caller.kind == "service":
        return caller.arn not in statement.not_principals.get("Service", ())
    own = all(name in names for name in caller.names) and bool(caller.names)
    return not ("*" in names or (own and _names_account(names, caller)))

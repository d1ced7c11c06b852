"""Is this text a policy AWS would take? The answer is AWS's own sentence, or None when it is.

The order in which AWS looks, as recorded: syntax, version, what its older parser refuses, statement ids,
actions, resources. "Legacy parsing" is AWS's word for that older parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sundog.lang.iam_policy.conditions import is_date, read_operator

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
SID_UNIQUE = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
PREFACED = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON = "Actions/Condition can contain only one colon."
VENDOR = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
    "report/, access-report/."
)
_IAM_PATHS = re.compile(IAM_PATH.partition("start with ")[2].rstrip(".").replace(", ", "|"))
_PARTITIONS = {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc", "*"}
_VENDOR = re.compile(r"[a-zA-Z0-9\-.]+")
_POLICY_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
    *("Principal", "NotPrincipal"),
}
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_TRUST_ACTIONS = re.compile(r"sts:(?:\*|AssumeRole\w*\*?|TagSession|SetSourceIdentity|SetContext)", re.I)


def check_identity_policy(text: str) -> str | None:
    """What AWS says to ``text`` as a policy of a user, group or role; None when it takes it."""
    document = _read(text)
    if document is None:
        return SYNTAX
    statements = _statements(document)
    return (
        _check_versions(document, statements)
        or ("Policy document should not specify a principal." if _any_principal(statements) else None)
        or _check_sids(statements)
        or _first(_check_actions(s) for s in statements)
        or _first(_check_resources(s) for s in statements)
    )


def check_resource_policy(text: str) -> str | None:
    """What is wrong with the form of ``text`` as the policy of a resource."""
    return SYNTAX if _read(text) is None else None


def check_trust_policy(text: str) -> str | None:
    """What AWS says to ``text`` as the policy that says who may assume a role."""
    document = _read(text)
    if document is None:
        return "This policy contains invalid Json" if _is_not_json(text) else SYNTAX
    statements = _statements(document)
    # 2008-10-17 is taken here: consoles and older tools wrote such trust policies.
    for statement in statements:
        if "Resource" in statement or "NotResource" in statement:
            return "Has prohibited field Resource"
        if "Principal" not in statement and "NotPrincipal" not in statement:
            return "Missing required field Principal"
        if any(not _TRUST_ACTIONS.fullmatch(a) and a != "*" for a in _list(statement.get("Action", []))):
            return "AssumeRole policy may only specify STS AssumeRole actions."
    return (
        (LEGACY if any(s["Effect"] not in ("Allow", "Deny") for s in statements) else None)
        or _check_sids(statements)
        or _first(NO_ACTIONS for s in statements if not (s.get("Action") or s.get("NotAction")))
    )


def _first(texts: Iterable[str | None]) -> str | None:
    return next((t for t in texts if t), None)


def _is_not_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _read(text: str) -> dict[str, Any] | None:
    """The document when it has the shape of one."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not set(document) <= _POLICY_KEYS:
        return None
    if not isinstance(document.get("Id", ""), str):
        return None
    if document.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        return None
    statements = document.get("Statement")
    items = statements if isinstance(statements, list) else [statements]
    return document if items and all(_is_statement(s) for s in items) else None


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _list(document["Statement"])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_statement(item: Any) -> bool:
    if not isinstance(item, dict) or not set(item) <= _STATEMENT_KEYS:
        return False
    if not isinstance(item.get("Sid", ""), str) or any(a in item and b in item for a, b in _PAIRS):
        return False
    effect = item.get("Effect")
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        return False
    texts = ("Action", "NotAction", "Resource", "NotResource")
    return (
        all(_are_texts(item[k]) for k in texts if k in item)
        and all(_is_principal(item[k]) for k in ("Principal", "NotPrincipal") if k in item)
        and _is_condition(item.get("Condition", {}))
    )


def _are_texts(value: Any) -> bool:
    return all(isinstance(v, str) for v in _list(value))


def _is_principal(value: Any) -> bool:
    return value == "*" or (isinstance(value, dict) and all(_are_texts(v) for v in value.values()))


def _is_condition(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    for name, keys in value.items():
        if not isinstance(keys, dict) or (keys and read_operator(name) is None):
            return False
        if not all(isinstance(v, str | bool | int | float) for k in keys.values() for v in _list(k)):
            return False
    return True


def _check_versions(document: Mapping[str, Any], statements: list[dict[str, Any]]) -> str | None:
    if document.get("Version") != "2012-10-17":
        return VERSION
    return LEGACY if any(_fails_legacy(s) for s in statements) else None


def _fails_legacy(statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] not in ("Allow", "Deny"):
        return True
    for name, keys in statement.get("Condition", {}).items():
        operator = read_operator(name)
        dates = _list(list(keys.values())) if operator and operator[1].startswith("Date") else []
        if not all(is_date(str(v)) for k in dates for v in _list(k)):
            return True
    return any(re.match(r"arn:[^:]+::", r) for r in _resources(statement))


def _resources(statement: Mapping[str, Any]) -> list[str]:
    return [r for name in ("Resource", "NotResource") if name in statement for r in _list(statement[name])]


def _any_principal(statements: Iterable[Mapping[str, Any]]) -> bool:
    return any("Principal" in s or "NotPrincipal" in s for s in statements)


def _check_sids(statements: Iterable[Mapping[str, Any]]) -> str | None:
    sids = [s["Sid"] for s in statements if s.get("Sid")]
    for sid in sids:
        if not re.fullmatch(r"[0-9A-Za-z_ ]*", sid):
            return (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
                "expression [0-9A-Za-z]*"
            )
    return SID_UNIQUE if len(set(sids)) != len(sids) else None


def _check_actions(statement: Mapping[str, Any]) -> str | None:
    actions = [a for k in ("Action", "NotAction") if k in statement for a in _list(statement[k])]
    return NO_ACTIONS if not actions else _first(_check_action(a) for a in actions)


def _check_action(action: str) -> str | None:
    if action == "*":
        return None
    vendor, colon, rest = action.partition(":")
    if not colon:
        return PREFACED
    if ":" in rest:
        return ONE_COLON
    return None if _VENDOR.fullmatch(vendor) else f"Vendor {vendor} is not valid"


def _check_resources(statement: Mapping[str, Any]) -> str | None:
    resources = _resources(statement)
    return NO_RESOURCES if not resources else _first(_check_resource(r) for r in resources)


def _check_resource(resource: str) -> str | None:
    if resource == "*":
        return None
    if ":" not in resource:
        return f'Resource {resource} must be in ARN format or "*".'
    parts = resource.split(":", 5)
    partition = parts[1]
    if partition not in _PARTITIONS:
        shown = ":".join([*parts[1:], *["*"] * (6 - len(parts))])
        return f'Partition "{partition}" is not valid for resource "arn:{shown}".'
    if len(parts) < 3 or re.search(r"[*?]", parts[2]):
        return VENDOR
    return _check_service_resource(resource, parts)


def _check_service_resource(resource: str, parts: list[str]) -> str | None:
    service, region = parts[2], parts[3] if len(parts) > 3 else ""
    path = parts[5] if len(parts) > 5 else ""
    if service == "s3" and region not in ("", "*") and "/" not in path:
        return f"Resource {resource} can not contain region information."
    if service == "iam" and path and path != "*" and not _IAM_PATHS.match(path):
        return IAM_PATH if re.match(r"[\w.-]", path) else None
    return None

"""Actions of listeners and rules: what they may be, and how AWS shows them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sundog.errors import UnsupportedOperation
from sundog.services.elbv2 import limits
from sundog.services.elbv2.errors import (
    InvalidLoadBalancerActionException,
    TooManyActionsException,
    TooManyTargetGroupsException,
    invalid,
)

Action = Mapping[str, Any]
_REFUSED = {
    "authenticate-oidc": "Check tokens in the function or server behind the load balancer.",
    "authenticate-cognito": "Check tokens in the function or server behind the load balancer.",
    "jwt-validation": "Check tokens in the function or server behind the load balancer.",
}
_CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
_REDIRECT = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}
_PORT = re.compile(r"#\{port\}|[1-9]\d{0,4}")
_KEYWORD = re.compile(r"#\{([^}]*)\}")
_KEYWORDS = {
    "Host": {"host"},
    "Path": {"host", "path", "port"},
    "Query": {"protocol", "host", "port", "path", "query"},
}


def read_actions(given: Sequence[Action], protocol: str) -> list[dict[str, Any]]:
    """The actions as they are kept and shown; ``protocol`` is the listener's."""
    for action in given:
        if action["Type"] in _REFUSED:
            raise UnsupportedOperation(
                what=f"actions of type {action['Type']}", remedy=_REFUSED[action["Type"]]
            )
    if not given:
        raise invalid("At least one action must be specified")
    if len(given) > 1:
        raise TooManyActionsException(
            "Only one of forward, redirect and fixed-response actions can be specified for a rule"
        )
    return [_read(action, protocol) for action in given]


def _read(action: Action, protocol: str) -> dict[str, Any]:
    order = {"Order": action["Order"]} if action.get("Order") else {}
    kind = action["Type"]
    if kind == "forward":
        return {"Type": kind, **order, **_forward(action)}
    if kind == "redirect":
        return {"Type": kind, **order, "RedirectConfig": _redirect(action, protocol)}
    return {"Type": kind, **order, "FixedResponseConfig": _fixed_response(action)}


def _forward(action: Action) -> dict[str, Any]:
    config = action.get("ForwardConfig") or {}
    arn, groups = action.get("TargetGroupArn"), list(config.get("TargetGroups") or ())
    if not groups and not arn:
        raise invalid("A target group ARN must be specified")
    if groups and arn and [group.get("TargetGroupArn") for group in groups] != [arn]:
        raise invalid(
            "You cannot specify both a target group ARN and a forward config with other target groups"
        )
    groups = groups or [{"TargetGroupArn": arn}]
    if len(groups) > limits.GROUPS_PER_ACTION_MAX:
        raise TooManyTargetGroupsException(
            f"A forward action can have up to '{limits.GROUPS_PER_ACTION_MAX}' target groups"
        )
    arns = [group.get("TargetGroupArn") or "" for group in groups]
    if len(set(arns)) != len(arns):
        raise invalid("A target group can be specified only once in a forward action")
    shown = {
        "TargetGroups": [
            {"TargetGroupArn": one, "Weight": _weight(group)} for one, group in zip(arns, groups, strict=True)
        ],
        "TargetGroupStickinessConfig": _stickiness(config.get("TargetGroupStickinessConfig") or {}),
    }
    return ({"TargetGroupArn": arns[0]} if len(arns) == 1 else {}) | {"ForwardConfig": shown}


def _weight(group: Mapping[str, Any]) -> int:
    weight: int = group.get("Weight", 1)
    if not 0 <= weight <= limits.WEIGHT_MAX:
        raise invalid(f"Target group weight '{weight}' must be between '0' and '{limits.WEIGHT_MAX}'")
    return weight


def _stickiness(config: Mapping[str, Any]) -> dict[str, Any]:
    if not config.get("Enabled"):
        return {"Enabled": False}
    duration_s = config.get("DurationSeconds")
    if duration_s is None or not 1 <= duration_s <= limits.STICKY_S_MAX:
        raise invalid(
            f"Target group stickiness duration '{duration_s}' must be between '1' and "
            f"'{limits.STICKY_S_MAX}' seconds"
        )
    return {"Enabled": True, "DurationSeconds": duration_s}


def _redirect(action: Action, protocol: str) -> dict[str, Any]:
    given = action.get("RedirectConfig")
    if not given:
        raise invalid("A redirect config must be specified for redirect actions")
    config = {**_REDIRECT, **{name: value for name, value in given.items() if value is not None}}
    port = config["Port"]
    if not _PORT.fullmatch(port) or (port.isdigit() and int(port) > 65_535):
        raise invalid(f"The redirect port '{port}' must be between '1' and '65535' or '#{{port}}'")
    if not config["Path"].startswith("/"):
        raise invalid(f"The redirect path '{config['Path']}' must start with '/'")
    for name, allowed in _KEYWORDS.items():
        if unknown := set(_KEYWORD.findall(config[name])) - allowed:
            raise invalid(
                f"The redirect {name.lower()} contains an invalid keyword '#{{{sorted(unknown)[0]}}}'"
            )
    if protocol == "HTTPS" and config["Protocol"] == "HTTP":
        raise InvalidLoadBalancerActionException(reason="You cannot redirect HTTPS to HTTP")
    if all(config[name] == _REDIRECT[name] for name in ("Protocol", "Port", "Host", "Path")):
        raise InvalidLoadBalancerActionException(
            reason="A redirect must modify at least one of protocol, host, port or path to avoid a loop"
        )
    return config


def _fixed_response(action: Action) -> dict[str, Any]:
    config = action.get("FixedResponseConfig")
    if not config:
        raise invalid("A fixed response config must be specified for fixed-response actions")
    kind = config.get("ContentType")
    if kind and kind not in _CONTENT_TYPES:
        raise invalid(f"The content type must be one of '[{', '.join(_CONTENT_TYPES)}]'")
    return {name: value for name, value in config.items() if value is not None}


def groups_of(actions: Sequence[Action]) -> Iterator[str]:
    """The target groups that these actions forward to."""
    for action in actions:
        for group in (action.get("ForwardConfig") or {}).get("TargetGroups") or ():
            yield group["TargetGroupArn"]

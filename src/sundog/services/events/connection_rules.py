"""Parameters of connections: which a type needs, what an update changes, what is shown, what stays secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sundog.errors import UnsupportedOperation
from sundog.services.events.errors import ValidationException

Parameters = Mapping[str, Any]
"""AuthParameters as the model names them."""

BASIC, OAUTH, API_KEY = "BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"
AUTHORIZED, AUTHORIZING, DEAUTHORIZED = "AUTHORIZED", "AUTHORIZING", "DEAUTHORIZED"

MEMBERS: Mapping[str, str] = {
    BASIC: "BasicAuthParameters",
    OAUTH: "OAuthParameters",
    API_KEY: "ApiKeyAuthParameters",
}
"""Where each type of authorization keeps what it needs."""

INVOCATION = "InvocationHttpParameters"
HTTP_LISTS = ("HeaderParameters", "QueryStringParameters", "BodyParameters")
_SECRETS = {"Password", "ApiKeyValue", "ClientSecret"}


def check_parameters(type: str, parameters: Parameters) -> None:
    """The parameters of this type are there, and of no other."""
    if "ConnectivityParameters" in parameters:
        raise UnsupportedOperation(
            what="the parameter ConnectivityParameters", remedy="sundog reaches private endpoints without it."
        )
    wanted = MEMBERS[type]
    given = [member for member in MEMBERS.values() if member in parameters]
    if given != [wanted]:
        raise ValidationException(
            reason=f"Parameter AuthParameters is not valid. Reason: {type} needs {wanted} and nothing else."
        )


def first_state(type: str) -> str:
    """OAuth has to ask for a token first."""
    return AUTHORIZING if type == OAUTH else AUTHORIZED


def merge_parameters(type: str, known: Parameters, given: Parameters) -> dict[str, Any]:
    """What an update makes of the parameters: members it names are replaced, others stay."""
    kept = (MEMBERS[type], INVOCATION)
    merged = {member: value for member, value in known.items() if member in kept}
    for member, value in given.items():
        merged[member] = value if member == INVOCATION else _merge(merged.get(member, {}), value)
    return merged


def show_parameters(parameters: Parameters) -> dict[str, Any]:
    """What everybody may see of them."""
    shown: dict[str, Any] = {}
    for member, value in parameters.items():
        if member in _SECRETS:
            continue
        if member in HTTP_LISTS:
            shown[member] = [_show_parameter(one) for one in value]
        else:
            shown[member] = show_parameters(value) if isinstance(value, dict) else value
    return shown


def _show_parameter(parameter: Parameters) -> dict[str, Any]:
    is_secret = parameter.get("IsValueSecret") or False
    hidden = {"Value"} if is_secret else set()
    shown = {name: value for name, value in parameter.items() if name not in hidden}
    return {**shown, "IsValueSecret": is_secret}


def _merge(known: Parameters, given: Parameters) -> dict[str, Any]:
    merged = dict(known)
    for member, value in given.items():
        is_nested = isinstance(value, dict) and member == "ClientParameters"
        merged[member] = _merge(merged.get(member, {}), value) if is_nested else value
    return merged

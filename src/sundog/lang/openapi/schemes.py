"""Authorizers, API keys and signatures as security schemes of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sundog.lang.openapi.security import AUTHORIZER, AUTHTYPE, KEY_HEADER

KEY_SCHEME: Final = "api_key"
SIGNED_SCHEME: Final = "sigv4"
PLACES: Final[Mapping[str, str]] = {"header": "header", "querystring": "query"}
_AUTHORIZER_MEMBERS: Final = (
    "authorizerUri",
    "authorizerCredentials",
    "identityValidationExpression",
    "authorizerResultTtlInSeconds",
    "providerARNs",
)


class Schemes:
    """The schemes that methods require, as they are asked for."""

    def __init__(self, authorizers: Iterable[Mapping[str, Any]], *, shows_authorizers: bool) -> None:
        self.authorizers = {one["id"]: one for one in authorizers}
        self.shows_authorizers = shows_authorizers
        self.used: dict[str, dict[str, Any]] = {}

    def requirement(self, method: Mapping[str, Any]) -> list[dict[str, list[str]]]:
        """``security`` of an operation."""
        required = []
        authorizer = self.authorizers.get(method.get("authorizerId", ""))
        if method["authorizationType"] == "AWS_IAM":
            self.used[SIGNED_SCHEME] = self._plain("Authorization", "header", "awsSigv4")
            required.append({SIGNED_SCHEME: list[str]()})
        elif authorizer is not None and method["authorizationType"] != "NONE":
            self.used[authorizer["name"]] = self._authorizer(authorizer)
            required.append({authorizer["name"]: list(method.get("authorizationScopes", ()))})
        if method.get("apiKeyRequired"):
            self.used[KEY_SCHEME] = {"type": "apiKey", "name": KEY_HEADER, "in": "header"}
            required.append({KEY_SCHEME: list[str]()})
        return required

    def _plain(self, name: str, place: str, authtype: str) -> dict[str, Any]:
        scheme = {"type": "apiKey", "name": name, "in": place}
        return {**scheme, AUTHTYPE: authtype} if self.shows_authorizers else scheme

    def _authorizer(self, authorizer: Mapping[str, Any]) -> dict[str, Any]:
        """Where the token is; a request authorizer that reads more than one place says so itself."""
        source = authorizer.get("identitySource", "")
        first = source.split(",")[0].strip().split(".", 3)
        is_simple = len(first) == 4 and first[2] in PLACES and "," not in source
        name = first[3] if is_simple else "Unused"
        place = PLACES[first[2]] if is_simple else "header"
        scheme = self._plain(name, place, authorizer.get("authType", "custom"))
        if not self.shows_authorizers:
            return scheme
        members: dict[str, Any] = {"type": authorizer["type"].lower()}
        members |= {member: authorizer[member] for member in _AUTHORIZER_MEMBERS if authorizer.get(member)}
        if authorizer["type"] == "REQUEST":
            members["identitySource"] = source
        return {**scheme, AUTHORIZER: members}

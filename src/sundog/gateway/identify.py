"""Who is calling, and in which account and region.

Access keys given out by IAM and STS stand for their owner; a key id of 12 digits is that account's root;
any other key is the root of the default account. Signatures are checked where IAM is enforced.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sundog.clock import Clock
from sundog.config import Config
from sundog.context import KnownKey, Principal
from sundog.protocol.common_errors import (
    ExpiredToken,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    SignatureDoesNotMatch,
)
from sundog.protocol.http import HttpRequest
from sundog.protocol.sigv4 import Signed, check_signature, derive_key
from sundog.scope import Scope

KEY_ID_LENGTH_MIN = 16
"""Of access keys that IAM and STS give out; a shorter one need not be looked for."""

SIGNING_KEYS_MAX = 1_024
"""Derived keys kept: one per secret, day, region and service in use."""

FindKey = Callable[[str], Awaitable[KnownKey | None]]


@dataclass(frozen=True, slots=True)
class Caller:
    principal: Principal
    scope: Scope


class Identify:
    """Turns a signed request into a caller. ``find_key`` looks for a key that IAM or STS gave out."""

    def __init__(self, config: Config, clock: Clock, find_key: FindKey) -> None:
        self._config, self._clock, self._find_key = config, clock, find_key
        self._signing_key = functools.lru_cache(SIGNING_KEYS_MAX)(derive_key)
        self._default_root = Principal.root(config.account)
        self._anonymous = Principal("anonymous", config.account, "", "anonymous")

    async def __call__(self, request: HttpRequest, signed: Signed | None, signing_name: str = "") -> Caller:
        """Who sent ``request``; ``signing_name`` is the service that the signature must be made for."""
        enforced = self._config.iam == "enforce"
        if signed is None:
            if enforced:
                raise MissingAuthenticationToken
            return Caller(self._anonymous, Scope(self._config.account, self._config.region))
        known = await self._known(signed.access_key_id)
        if known is None and enforced:
            raise InvalidClientTokenId
        principal = known.principal if known else self._unknown(signed.access_key_id)
        if known is not None:
            self._check(request, signed, known, enforced, signing_name or signed.service)
        return Caller(principal, Scope(principal.account, signed.region or self._config.region))

    async def _known(self, access_key_id: str) -> KnownKey | None:
        return await self._find_key(access_key_id) if len(access_key_id) >= KEY_ID_LENGTH_MIN else None

    def _unknown(self, access_key_id: str) -> Principal:
        if len(access_key_id) == 12 and access_key_id.isdigit():
            return Principal.root(access_key_id)
        return self._default_root

    def _check(
        self, request: HttpRequest, signed: Signed, known: KnownKey, enforced: bool, signing_name: str
    ) -> None:
        if known.expires_ms is not None and known.expires_ms <= self._clock.now_ms():
            raise ExpiredToken
        if enforced:
            if not hmac.compare_digest(signed.session_token.encode(), known.session_token.encode()):
                raise InvalidClientTokenId
            if signed.service != signing_name:
                raise SignatureDoesNotMatch(
                    f"Credential should be scoped to correct service: '{signing_name}'. "
                )
            check_signature(request, signed, known.secret_key, self._clock.wall_ms(), self._signing_key)

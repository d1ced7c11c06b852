"""JSON Web Tokens of identity providers: signature, issuer, audience, times and scopes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

`read_token`, `check_claims` and `check_scopes` are pure; `IssuerKeys` (a part, built by apigatewayv2) finds
the public keys of an issuer and remembers them. ``await keys.verify(token, issuer, audiences)`` is all of it.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from sundog.bus import HttpClient, HttpFailure
from sundog.context import Context
from sundog.service import Part

KEYS_TIMEOUT_MS, KEYS_BYTES_MAX = 1_500, 150_000
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
KEYS_MS = 2 * 3_600_000
"""How long keys are remembered; an unknown key id has them read again, but not more often than `AGAIN_MS`."""
AGAIN_MS = 10_000
ISSUERS_MAX, TOKEN_CHARACTERS_MAX, SECONDS_MAX = 1_000, 32_768, 1e12
_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "RS256": hashes.SHA256(),
    "RS384": hashes.SHA384(),
    "RS512": hashes.SHA512(),
}


class BadToken(Exception):
    """The token proves nothing; the text says why, for the WWW-Authenticate header."""


class NoScope(Exception):
    """The token is good, but has none of the scopes asked for."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that has been read, not yet believed. ``signed`` is what the signature is made over."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        return str(self.header.get("kid") or "")


def read_token(text: str) -> Token:
    """The parts of ``text``. Raises `BadToken`."""
    parts = text.split(".")
    if len(parts) != 3 or len(text) > TOKEN_CHARACTERS_MAX:
        raise BadToken("token contains an invalid number of segments")
    try:
        header, claims = orjson.loads(_decoded(parts[0])), orjson.loads(_decoded(parts[1]))
        signature = _decoded(parts[2])
    except ValueError as error:
        raise BadToken("the token is malformed") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("the token is malformed")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode("ascii", "replace"), signature)


def check_signature(token: Token, key: RSAPublicKey) -> None:
    """Raises `BadToken`. Keys are RSA keys: nothing else is supported."""
    try:
        key.verify(token.signature, token.signed, padding.PKCS1v15(), _hash(token))
    except InvalidSignature:
        raise BadToken("the token signature is invalid") from None


def check_claims(claims: Mapping[str, Any], issuer: str, audiences: Collection[str], now_ms: int) -> None:
    """Raises `BadToken` where the token is another issuer's or for another audience, or where its time is
    not now. ``client_id`` counts where there is no ``aud``; no ``audiences`` means that any will do.
    """
    if claims.get("iss") != issuer:
        raise BadToken("invalid issuer")
    found = claims.get("aud", claims.get("client_id"))
    named = found if isinstance(found, list) else [found]
    if audiences and not any(isinstance(one, str) and one in audiences for one in named):
        raise BadToken("the token does not have a valid audience")
    expires_ms = _time_ms(claims, "exp")
    if expires_ms is None:
        raise BadToken("the token has no expiry")
    if expires_ms <= now_ms:
        raise BadToken("the token has expired")
    if (_time_ms(claims, "nbf") or 0) > now_ms:
        raise BadToken("the token is not valid yet")
    if (_time_ms(claims, "iat") or 0) > now_ms:
        raise BadToken("the token was issued in the future")


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """What ``scope`` (a text) or ``scp`` (a text or list) grants."""
    found = claims.get("scope", claims.get("scp"))
    if isinstance(found, str):
        return found.split()
    return [str(one) for one in found] if isinstance(found, list) else []


def check_scopes(claims: Mapping[str, Any], wanted: Collection[str]) -> None:
    """Raises `NoScope` where the token has none of those ``wanted``."""
    if wanted and not set(scopes_of(claims)) & set(wanted):
        raise NoScope


def read_keys(document: bytes) -> dict[str, RSAPublicKey]:
    """The RSA keys of a JWKS by their ids; others are passed over. Raises `BadToken`."""
    try:
        keys = orjson.loads(document)["keys"]
        wanted = [key for key in keys if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"]
        return {str(key["kid"]): _public_key(key) for key in wanted if "kid" in key}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadToken("unable to read the keys of the issuer") from error


@dataclass(slots=True)
class _Known:
    keys: Mapping[str, RSAPublicKey]
    read_ms: int


class IssuerKeys(Part):
    """Part: the public keys of issuers, by OpenID discovery.

    A part of another service with a method ``issuer_keys(issuer) -> bytes | None`` answers for the issuers
    that this server itself is (user pools): then nothing leaves the server.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._reading: dict[str, asyncio.Task[_Known]] = {}

    async def stop(self) -> None:
        for task in self._reading.values():
            task.cancel()

    async def forget(self) -> None:
        self._known.clear()

    async def verify(self, text: str, issuer: str, audiences: Collection[str]) -> Mapping[str, Any]:
        """The claims of a token that holds. Raises `BadToken`."""
        token = read_token(text)
        _hash(token)  # before the issuer is asked for anything
        if token.claims.get("iss") != issuer:
            raise BadToken("invalid issuer")
        check_signature(token, await self.find(issuer, token.key_id))
        check_claims(token.claims, issuer, audiences, self._ctx.clock.now_ms())
        return token.claims

    async def find(self, issuer: str, key_id: str) -> RSAPublicKey:
        """Raises `BadToken` where the issuer has no such key, or does not answer."""
        now_ms = self._ctx.clock.now_ms()
        known = self._known.get(issuer)
        if known is None or now_ms - known.read_ms >= (KEYS_MS if key_id in known.keys else AGAIN_MS):
            known = await self._read(issuer)
        key = known.keys.get(key_id)
        if key is None:
            raise BadToken("unable to find the key that the token names")
        return key

    async def _read(self, issuer: str) -> _Known:
        """Read the keys; those who ask meanwhile wait for the same answer."""
        task = self._reading.get(issuer)
        if task is None:
            task = self._reading[issuer] = asyncio.create_task(self._fetch(issuer))
            task.add_done_callback(lambda done: self._done(issuer, done))
        return await asyncio.shield(task)

    def _done(self, issuer: str, task: asyncio.Task[_Known]) -> None:
        self._reading.pop(issuer, None)
        if not task.cancelled() and task.exception() is None:
            self._known[issuer] = task.result()
            self._known.move_to_end(issuer)
            while len(self._known) > ISSUERS_MAX:
                self._known.popitem(last=False)

    async def _fetch(self, issuer: str) -> _Known:
        read_ms = self._ctx.clock.now_ms()
        for part in self._ctx.parts.with_method("issuer_keys"):
            if (document := await part.issuer_keys(issuer)) is not None:
                return _Known(read_keys(document), read_ms)
        found = await self._get(
            f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            "OIDC discovery endpoint communication error",
        )
        try:
            address = orjson.loads(found)["jwks_uri"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadToken("OIDC discovery endpoint communication error") from error
        return _Known(read_keys(await self._get(str(address), "JWKS communication error")), read_ms)

    async def _get(self, url: str, failure: str) -> bytes:
        try:
            answer = await self._ctx.part(HttpClient).send(
                "GET", url, timeout_ms=KEYS_TIMEOUT_MS, body_bytes_max=KEYS_BYTES_MAX
            )
        except HttpFailure as error:
            raise BadToken(failure) from error
        if answer.status != 200:
            raise BadToken(failure)
        return answer.body


def _hash(token: Token) -> hashes.HashAlgorithm:
    name = str(token.header.get("alg"))
    if name not in _HASHES:
        raise BadToken(f"signing method {_plain(name)} is invalid")
    return _HASHES[name]


def _decoded(text: str) -> bytes:
    """base64url without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError as error:  # of base64, and of text that is not ASCII
        raise ValueError(str(error)) from error


def _public_key(key: Mapping[str, Any]) -> RSAPublicKey:
    e, n = (int.from_bytes(_decoded(str(key[name])), "big") for name in ("e", "n"))
    return RSAPublicNumbers(e, n).public_key()


def _time_ms(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > SECONDS_MAX:
        raise BadToken(f"the claim {name} is no time")
    return int(value * 1_000)


def _plain(text: str) -> str:
    """Something of the caller's, fit for a quoted string in a header."""
    return "".join(
        letter for letter in text[:64] if letter.isascii() and (letter.isalnum() or letter in "-_.")
    )

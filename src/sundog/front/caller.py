"""Who has signed a request to a front door (AWS_IAM authorization)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sundog.context import Context, KnownKey, Principal
from sundog.errors import AwsError
from sundog.protocol.common_errors import (
    ExpiredToken,
    IncompleteSignature,
    InvalidClientTokenId,
    SignatureDoesNotMatch,
)
from sundog.protocol.http import HttpRequest
from sundog.protocol.sigv4 import check_signature, read_credentials

Refusal = Literal["missing", "incomplete", "unknown", "expired", "signature"]


class NotSigned(Exception):
    """The request is not signed by anybody who may be believed; ``reason`` says what is wrong with it."""

    def __init__(self, reason: Refusal, text: str = "") -> None:
        super().__init__(text)
        self.reason: Refusal = reason


async def signer(ctx: Context, http: HttpRequest, signing_name: str = "execute-api") -> Principal:
    """Who has signed. Raises `NotSigned`; signatures are checked where IAM is enforced."""
    try:
        signed = read_credentials(http)
        if signed is None:
            raise NotSigned("missing")
        known = await find_key(ctx, signed.access_key_id)
        if known is not None and (known.expires_ms or ctx.clock.now_ms() + 1) <= ctx.clock.now_ms():
            raise ExpiredToken
        if ctx.config.iam == "enforce":
            if known is None:
                raise InvalidClientTokenId
            if signed.service != signing_name:
                raise SignatureDoesNotMatch(
                    f"Credential should be scoped to correct service: '{signing_name}'. "
                )
            check_signature(http, signed, known.secret_key, ctx.clock.wall_ms())
    except AwsError as error:
        raise NotSigned(_reason(error), error.message) from error
    if known is not None:
        return known.principal
    account = signed.access_key_id if _is_account(signed.access_key_id) else ctx.config.account
    return replace(Principal.root(account), access_key_id=signed.access_key_id)


async def find_key(ctx: Context, access_key_id: str) -> KnownKey | None:
    """A key that IAM or STS gave out."""
    for part in ctx.parts.with_method("identify"):
        known: KnownKey | None = await part.identify(access_key_id)
        if known is not None:
            return known
    return None


def _is_account(access_key_id: str) -> bool:
    return len(access_key_id) == 12 and access_key_id.isdigit()


def _reason(error: AwsError) -> Refusal:
    if isinstance(error, ExpiredToken):
        return "expired"
    if isinstance(error, InvalidClientTokenId):
        return "unknown"
    return "incomplete" if isinstance(error, IncompleteSignature) else "signature"

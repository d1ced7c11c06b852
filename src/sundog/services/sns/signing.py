"""Part: the key that signs notifications, its certificate, and where receivers find it.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sundog.context import Context, Endpoint
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.service import Part

META = "sns.signing"
KEY_BITS = 2_048
SIGNATURES_MAX = 256
"""Signatures remembered."""
VALID_DAYS = 3_650
PATH_START, PATH_END = "/SimpleNotificationService-", ".pem"

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
"""Which members are signed, in this order; those that are missing are left out."""


def text_to_sign(envelope: Mapping[str, Any]) -> str:
    """Names and values of the signed members, each on a line of its own."""
    members = NOTIFICATION if envelope["Type"] == "Notification" else CONFIRMATION
    return "".join(f"{name}\n{envelope[name]}\n" for name in members if envelope.get(name))


class Signer(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._key: rsa.RSAPrivateKey | None = None
        self._certificate, self._certificate_name = b"", ""
        self._loading = asyncio.Lock()
        self._signatures: dict[tuple[str, str], str] = {}

    async def sign(self, envelope: Mapping[str, Any], version: str) -> str:
        """The signature of an envelope in base64: SHA-1 for version 1, SHA-256 for version 2."""
        if self._key is None:
            await self._load()
        assert self._key is not None
        text = text_to_sign(envelope)
        known = self._signatures.get((version, text))
        if known is not None:  # all takers of a message get the same
            return known
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), digest)
        if len(self._signatures) >= SIGNATURES_MAX:
            del self._signatures[next(iter(self._signatures))]
        self._signatures[version, text] = written = base64.b64encode(signature).decode()
        return written

    async def certificate_url(self) -> str:
        if self._key is None:
            await self._load()
        return f"{self._ctx.part(Endpoint).url}{PATH_START}{self._certificate_name}{PATH_END}"

    # Its page

    def wants(self, request: HttpRequest) -> bool:
        return request.path.startswith(PATH_START) and request.path.endswith(PATH_END)

    async def answer(self, _request: HttpRequest, _is_connected: Callable[[], bool]) -> HttpResponse:
        if self._key is None:
            await self._load()
        return HttpResponse(200, self._certificate, {"content-type": "application/x-pem-file"})

    async def _load(self) -> None:
        """The same key for all nodes and after a restart: the first one made is kept."""
        async with self._loading:
            if self._key is None:
                await self._load_first()

    async def _load_first(self) -> None:
        kept = await self._ctx.store.get_meta(META)
        if kept is None:
            made = await asyncio.to_thread(_make, self._ctx.clock.wall_ms())
            kept = await self._ctx.store.keep_meta(META, made)
        key = serialization.load_pem_private_key(
            kept.encode(),
            password=None,
            unsafe_skip_rsa_key_validation=True,  # our own; checking takes 45 ms
        )
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key, self._certificate = key, kept[kept.index("-----BEGIN CERTIFICATE") :].encode()
        self._certificate_name = hashlib.sha256(self._certificate).hexdigest()[:32]


def _make(now_ms: int) -> str:
    """A key and its certificate, one after the other in PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(now_ms / 1_000, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode() + certificate.public_bytes(serialization.Encoding.PEM).decode()


Sign = Callable[[Mapping[str, Any], str], Awaitable[str]]

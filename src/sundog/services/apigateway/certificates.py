"""Client certificates: what API Gateway shows to the endpoints of HTTP integrations."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sundog.context import Context, Request, Result, operation
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import LimitExceededException
from sundog.services.apigateway.loading import (
    count_items,
    delete_item,
    load_item,
    put_item,
    put_new,
    said,
)
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.naming import new_id
from sundog.services.apigateway.pages import answer_page, list_page, parse_page
from sundog.services.apigateway.patches import CLIENT_CERTIFICATE
from sundog.services.apigateway.tagging import check_tags

KEY_BITS: Final = 2_048
VALID_DAYS: Final = 365
PRIVATE_KEY: Final = "privateKey"
"""A member of the stored body that no operation answers; the data plane reads it."""


@operation("apigateway", "GenerateClientCertificate")
async def generate_client_certificate(ctx: Context, request: Request) -> Result:
    check_tags(request.get("tags") or {})
    now_ms = ctx.clock.now_ms()
    certificate, key = await asyncio.to_thread(new_certificate, now_ms)
    body: Body = {
        "clientCertificateId": new_id(ctx.ids),
        **said(request, "description", "tags"),
        "pemEncodedCertificate": certificate,
        "createdDate": now_ms,
        "expirationDate": now_ms + VALID_DAYS * 86_400_000,
        PRIVATE_KEY: key,
    }
    async with ctx.store.transaction() as tx:
        if await count_items(tx, ctx.scope, "client_certificate") >= limits.CLIENT_CERTIFICATES_MAX:
            raise LimitExceededException(
                "Maximum number of client certificates for this account has been reached"
            )
        await put_new(ctx, tx, "client_certificate", body["clientCertificateId"], body)
    return _describe(body)


@operation("apigateway", "GetClientCertificate")
async def get_client_certificate(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        id = request["clientCertificateId"]
        return _describe((await load_item(tx, ctx.scope, "client_certificate", id)).body)


@operation("apigateway", "GetClientCertificates")
async def get_client_certificates(ctx: Context, request: Request) -> Result:
    page = parse_page(request)
    async with ctx.store.transaction() as tx:
        found = await list_page(tx, ctx.scope, "client_certificate", page)
    return answer_page(page, found, [_describe(item.body) for item in found])


@operation("apigateway", "UpdateClientCertificate")
async def update_client_certificate(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        certificate = await load_item(tx, ctx.scope, "client_certificate", request["clientCertificateId"])
        body = CLIENT_CERTIFICATE.apply(certificate.body, request.get("patchOperations"))
        await put_item(ctx, tx, replace(certificate, body=body))
    return _describe(body)


@operation("apigateway", "DeleteClientCertificate")
async def delete_client_certificate(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        id = request["clientCertificateId"]
        await delete_item(ctx, tx, await load_item(tx, ctx.scope, "client_certificate", id))
    return None


def new_certificate(now_ms: int) -> tuple[str, str]:
    """A certificate that signs itself, and its private key, both PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    subject = x509.Name(
        (
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Washington"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Seattle"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "sundog"),
            x509.NameAttribute(NameOID.COMMON_NAME, "ApiGateway"),
        )
    )
    begin = datetime.fromtimestamp(now_ms / 1_000, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=VALID_DAYS))
        .sign(key, hashes.SHA256())
    )
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), written.decode()


def _describe(body: Mapping[str, Any]) -> Body:
    return {name: value for name, value in body.items() if name != PRIVATE_KEY}

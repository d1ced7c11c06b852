"""Signature Version 4: reading what a request claims, and checking that its signature holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. SigV4A (an
asymmetric signature over a set of regions) is read; checking it needs keys derived per account, so where
signatures are checked it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

from sundog.protocol.common_errors import (
    IncompleteSignature,
    RequestExpired,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
)
from sundog.protocol.http import HttpRequest

HMAC, ECDSA = "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"
TERMINATOR = "aws4_request"
SKEW_MS = 15 * 60 * 1000
PRESIGNED_EXPIRES_S_MAX = 7 * 24 * 3600
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_SCOPE_SERVICE = re.compile(r"Credential=[^,\s&]*?(?:/|%2[Ff])([A-Za-z0-9-]+)(?:/|%2[Ff])aws4_request")
_DATE = re.compile(r"\d{8}T\d{6}Z\Z")
_REGION = re.compile(r"[a-z0-9-]{1,40}\Z")
_SPACES = re.compile(r"\s+")

SigningKey = Callable[[str, str, str, str], bytes]
"""(secret key, date, region, service) -> signing key. `derive_key`, or a cache around it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says about its signature. ``expires_s`` is set for presigned URLs only.

    ``date``, ``region`` and ``service`` are the credential scope; a SigV4A scope has no region, there
    ``region`` is the first of the region set. ``amz_date`` is the time the caller signed at.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    amz_date: str
    algorithm: str = HMAC
    session_token: str = ""
    expires_s: int | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


def read_signing_name(http: HttpRequest) -> str:
    """The service of the credential scope, however malformed the rest may be; "" where there is none."""
    text = http.headers.get("authorization", "")
    if not text and "X-Amz-Credential=" in http.query:
        text = http.query
    match = _SCOPE_SERVICE.search(text)
    return match[1] if match else ""


def read_credentials(http: HttpRequest) -> Signed | None:
    """The credentials in the Authorization header or in a presigned URL; None for an unsigned request.

    Raises `IncompleteSignature` where something of them is missing or malformed.
    """
    header = http.headers.get("authorization")
    if header is not None:
        return _read_header(header, http.headers)
    if "X-Amz-Signature=" in http.query or "X-Amz-Algorithm=" in http.query:
        return _read_query(dict(parse_qsl(http.query, keep_blank_values=True)))
    return None


def _read_header(header: str, headers: Mapping[str, str]) -> Signed:
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm not in (HMAC, ECDSA):
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm}' in Authorization header.")
    fields = _fields(rest)
    amz_date = headers.get("x-amz-date") or _amz_date(headers.get("date", ""))
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if not amz_date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise IncompleteSignature(" ".join(missing) + f" Authorization={algorithm}")
    return _signed(
        algorithm,
        fields["Credential"],
        fields["SignedHeaders"],
        fields["Signature"],
        amz_date,
        headers.get("x-amz-security-token", ""),
        region_set=headers.get("x-amz-region-set", ""),
    )


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise IncompleteSignature(
                f"'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: '{text}'."
            )
        fields[name.strip()] = value.strip()
    return fields


def _read_query(query: Mapping[str, str]) -> Signed:
    names = ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date")
    missing = [f"X-Amz-{name}" for name in names if not query.get(f"X-Amz-{name}")]
    if missing:
        wanted = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        raise IncompleteSignature(f"{wanted} Re-examine the query-string parameters.")
    if query["X-Amz-Algorithm"] not in (HMAC, ECDSA):
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm']}'.")
    return _signed(
        query["X-Amz-Algorithm"],
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token", ""),
        region_set=query.get("X-Amz-Region-Set", ""),
        expires_s=_expires(query.get("X-Amz-Expires")),
    )


def _expires(text: str | None) -> int:
    if text is None:
        return SKEW_MS // 1000
    if not (text.isascii() and text.isdigit()):
        raise IncompleteSignature("X-Amz-Expires should be a number")
    if int(text) > PRESIGNED_EXPIRES_S_MAX:
        raise IncompleteSignature(
            "X-Amz-Expires must be less than a week (in seconds); "
            f"that is, the given X-Amz-Expires must be less than {PRESIGNED_EXPIRES_S_MAX} seconds"
        )
    return int(text)


def _signed(
    algorithm: str,
    credential: str,
    signed_headers: str,
    signature: str,
    amz_date: str,
    session_token: str,
    *,
    region_set: str,
    expires_s: int | None = None,
) -> Signed:
    key, *scope = credential.split("/")
    count = 5 if algorithm == HMAC else 4
    if len(scope) != count - 1:
        raise IncompleteSignature(
            f"Credential must have exactly {count} slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{credential}'"
        )
    if algorithm == ECDSA:  # its scope names no region, so the position of the service differs
        first = region_set.split(",")[0].strip()
        scope.insert(1, first if _REGION.match(first) else "")
    date, region, service, terminator = scope
    if terminator != TERMINATOR:
        raise SignatureDoesNotMatch(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        )
    if algorithm == HMAC and not _REGION.match(region):
        raise SignatureDoesNotMatch(f"Credential should be scoped to a valid region, not '{region}'. ")
    if not _DATE.match(amz_date):
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{amz_date}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601"
        )
    names = tuple(name.lower() for name in signed_headers.split(";"))
    return Signed(key, date, region, service, names, signature, amz_date, algorithm, session_token, expires_s)


def _amz_date(http_date: str) -> str:
    """A Date header (RFC 1123, or already in the basic form) in the basic ISO form."""
    if _DATE.match(http_date):
        return http_date
    try:
        return datetime.strptime(http_date, "%a, %d %b %Y %H:%M:%S GMT").strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        return ""


def derive_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    """The key that signs everything of one day, region and service."""
    key = f"AWS4{secret_key}".encode()
    for text in (date, region, service, TERMINATOR):
        key = hmac.digest(key, text.encode(), "sha256")
    return key


def check_signature(
    http: HttpRequest,
    signed: Signed,
    secret_key: str,
    wall_now_ms: int,
    signing_key: SigningKey = derive_key,
) -> None:
    """Raise unless the signature is the one ``secret_key`` makes, at about this time."""
    _check_time(signed, wall_now_ms)
    if signed.algorithm != HMAC:
        raise SignatureDoesNotMatch("SigV4A signatures are not checked by sundog; sign with SigV4.")
    if "host" not in signed.signed_headers:
        raise SignatureDoesNotMatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    canonical = canonical_request(http, signed)
    text = string_to_sign(signed, canonical)
    key = signing_key(secret_key, signed.date, signed.region, signed.service)
    expected = hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signed.signature.encode("utf-8", "surrogateescape")):
        raise SignatureDoesNotMatch
    _check_payload(http, signed)


def canonical_request(http: HttpRequest, signed: Signed) -> str:
    """The text both sides hash. S3 encodes a path once, everybody else twice."""
    headers = "".join(
        f"{name}:{_SPACES.sub(' ', http.headers.get(name, '')).strip()}\n" for name in signed.signed_headers
    )
    path = _canonical_path(http.path, signed.service == "s3")
    return "\n".join(
        (
            http.method,
            path,
            _canonical_query(http.query),
            headers,
            ";".join(signed.signed_headers),
            _payload_hash(http, signed),
        )
    )


def string_to_sign(signed: Signed, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{signed.algorithm}\n{signed.amz_date}\n{signed.scope}\n{digest}"


def _canonical_path(path: str, is_s3: bool) -> str:
    if is_s3:
        return "/".join(quote(unquote_to_bytes(segment), safe="-_.~") for segment in path.split("/")) or "/"
    return quote(_without_dots(path), safe="/-_.~") or "/"


def _without_dots(path: str) -> str:
    """Remove ``.`` and ``..`` and empty segments (RFC 3986, 5.2.4), as signers of all but S3 do."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    trailing = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{trailing}"


def _canonical_query(query: str) -> str:
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if unquote(name) != "X-Amz-Signature":
            pairs.append((_encode(name), _encode(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encode(raw: str) -> str:
    return quote(unquote_to_bytes(raw.replace("+", "%20")), safe="-_.~")


def _payload_hash(http: HttpRequest, signed: Signed) -> str:
    stated = http.headers.get("x-amz-content-sha256")
    if stated:
        return stated
    if signed.expires_s is not None and signed.service == "s3":
        return UNSIGNED_PAYLOAD
    return hashlib.sha256(http.body).hexdigest()


def _check_payload(http: HttpRequest, signed: Signed) -> None:
    """A stated hash is part of what was signed; the body must have it too."""
    stated = http.headers.get("x-amz-content-sha256", "")
    is_hash = len(stated) == hashlib.sha256().digest_size * 2
    if is_hash and not hmac.compare_digest(hashlib.sha256(http.body).hexdigest(), stated.lower()):
        raise SignatureDoesNotMatch


def _check_time(signed: Signed, wall_now_ms: int) -> None:
    if signed.amz_date[:8] != signed.date:
        raise SignatureDoesNotMatch(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signed.date}' != '{signed.amz_date[:8]}', from '{signed.amz_date}'."
        )
    signed_ms = _parse_ms(signed.amz_date)
    if signed.expires_s is not None:
        _check_expiry(signed, signed_ms, wall_now_ms)
        return
    is_early, is_late = signed_ms > wall_now_ms + SKEW_MS, signed_ms < wall_now_ms - SKEW_MS
    if (is_early or is_late) and signed.service == "s3":
        raise RequestTimeTooSkewed
    if is_late:
        raise SignatureDoesNotMatch(
            f"Signature expired: {signed.amz_date} is now earlier than "
            f"{_write_ms(wall_now_ms - SKEW_MS)} ({_write_ms(wall_now_ms)} - 15 min.)"
        )
    if is_early:
        raise SignatureDoesNotMatch(
            f"Signature not yet current: {signed.amz_date} is still later than "
            f"{_write_ms(wall_now_ms + SKEW_MS)} ({_write_ms(wall_now_ms)} + 15 min.)"
        )


def _check_expiry(signed: Signed, signed_ms: int, wall_now_ms: int) -> None:
    assert signed.expires_s is not None
    end_ms = signed_ms + signed.expires_s * 1000
    if signed_ms > wall_now_ms + SKEW_MS:
        raise SignatureDoesNotMatch(
            f"Signature not yet current: {signed.amz_date} is still later than "
            f"{_write_ms(wall_now_ms + SKEW_MS)} ({_write_ms(wall_now_ms)} + 15 min.)"
        )
    if end_ms < wall_now_ms:
        if signed.service == "s3":
            raise RequestExpired
        raise SignatureDoesNotMatch(
            f"Signature expired: {signed.amz_date} is now earlier than {_write_ms(wall_now_ms)}"
        )


def _parse_ms(amz_date: str) -> int:
    try:
        moment = datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{amz_date}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    return round(moment.timestamp() * 1000)


def _write_ms(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")

"""Request bodies that SDKs compress before they sign them (trait ``requestCompression``)."""

from __future__ import annotations

import zlib
from dataclasses import replace

from sundog.protocol.http import HttpRequest

BODY_BYTES_MAX = 64 * 1024 * 1024
GZIP_WINDOW = 31


def decompressed(http: HttpRequest) -> HttpRequest:
    """The request with its body unpacked. What is no gzip, or too large, stays; no parser takes it."""
    if http.headers.get("content-encoding", "").strip().lower() != "gzip":
        return http
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        body = unpacker.decompress(http.body, BODY_BYTES_MAX)
    except zlib.error:
        return http
    return replace(http, body=body) if unpacker.eof else http

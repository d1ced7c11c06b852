"""CBOR documents (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html) and values."""

from __future__ import annotations

from typing import Any

import cbor2

from sundog.protocol.malformed import Malformed

_FAILURES = (
    cbor2.CBORError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    LookupError,
)
"""What cbor2 raises on arbitrary bytes; most of it from its readers of tags that AWS has no use for."""


def parse_cbor(body: bytes) -> Any:
    """The value of a document."""
    try:
        return cbor2.loads(body)
    except _FAILURES:
        raise Malformed from None


def write_cbor(value: Any) -> bytes:
    return cbor2.dumps(value)

"""What a MOCK integration says by its request: ``{"statusCode": 200}``, read as leniently as AWS reads it."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

_LENIENT: Final = re.compile(r"""[{,]\s*["']?statusCode["']?\s*:\s*["']?(\d{3})["']?\s*[,}\n]""")


def read_status(body: bytes) -> int | None:
    """The status; None where there is none. Names without quotation marks are recorded to be fine."""
    status = _named(body)
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    is_status = isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599
    return status if is_status else None


def _named(body: bytes) -> Any:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        match = _LENIENT.search(body.decode("utf-8", "replace"))
        return match[1] if match else None
    return document.get("statusCode") if isinstance(document, dict) else None

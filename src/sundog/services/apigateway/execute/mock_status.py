"""What a MOCK integration says by its request: ``{"statusCode": 200}``, read as leniently as AWS reads it."""

from __future__ import annotations

import re
from typing import Final

import orjson

_LENIENT: Final = re.compile(r"""[{,]\s*["']?statusCode["']?\s*:\s*["']?(\d{3})["']?\s*[,}\n]""")


def read_status(body: bytes) -> int | None:
    """The status; None where there is none. Names without quotation marks are recorded to be fine."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        match = _LENIENT.search(body.decode("utf-8", "replace"))
        return int(match[1]) if match else None
    status = document.get("statusCode") if isinstance(document, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    is_status = isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599
    return status if is_status else None

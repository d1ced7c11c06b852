"""RFC 3339 timestamps: ``2016-03-14T01:59:00Z``, with an upper-case T and an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parse_timestamp_ns(text: str) -> int | None:
    """Nanoseconds since the epoch; None when the text is no timestamp."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime(*(int(found[i]) for i in range(1, 7)), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if found[8]:
        hours, minutes = int(found[9]), int(found[10])
        if hours > 18 or minutes > 59:
            return None
        offset = hours * 3_600 + minutes * 60
        seconds -= offset if found[8] == "+" else -offset
    return seconds * 1_000_000_000 + int((found[7] or "0").ljust(9, "0"))


def parse_timestamp(text: str) -> int | None:
    """Milliseconds since the epoch; None when the text is no timestamp."""
    moment_ns = parse_timestamp_ns(text)
    return None if moment_ns is None else moment_ns // 1_000_000

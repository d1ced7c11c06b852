"""Timestamps on the wire: epoch seconds, ISO 8601 and HTTP dates; integer milliseconds inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import formatdate, parsedate_to_datetime

from sundog.protocol.malformed import Malformed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS_MIN, MS_MAX = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999: what ISO 8601 can say."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_HTTP_FRACTION = re.compile(r":\d\d(\.\d+) ")
NO_TIMESTAMP = "STRING_VALUE can not be converted to milliseconds since epoch"


def parse_timestamp(text: str) -> int:
    """The instant that a text of any of the formats names."""
    text = text.strip()
    if _NUMBER.match(text):
        return seconds_to_ms(float(text))
    try:
        return datetime_to_ms(_parse_date(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Malformed(NO_TIMESTAMP) from None


def seconds_to_ms(seconds: float) -> int:
    if not MS_MIN <= seconds * 1000 <= MS_MAX:  # not a number and the infinities fail here too
        raise Malformed("NUMBER_VALUE can not be converted to milliseconds since epoch")
    return round(seconds * 1000)


def datetime_to_ms(instant: datetime) -> int:
    """Rounded to the nearest millisecond; without a zone it is UTC."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return round((instant - EPOCH) / timedelta(milliseconds=1))


def _parse_date(text: str) -> datetime:
    if text[:1].isdigit():
        return datetime.fromisoformat(text)
    fraction = _HTTP_FRACTION.search(text)
    if fraction is None:
        return parsedate_to_datetime(text)
    whole = parsedate_to_datetime(text[: fraction.start(1)] + text[fraction.end(1) :])
    return whole + timedelta(seconds=float(fraction[1]))


def write_iso8601(ms: int) -> str:
    text = (EPOCH + timedelta(milliseconds=ms)).isoformat("T", "milliseconds" if ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def write_http_date(ms: int) -> str:
    return formatdate(ms // 1000, usegmt=True)


def write_epoch(ms: int) -> float:
    """Seconds; a whole number where there are no milliseconds."""
    return ms / 1000 if ms % 1000 else ms // 1000

"""How the context object writes times."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=256)  # every state of a step is entered at the same time
def write_time(ms: int) -> str:
    """``2026-11-24T14:00:00.000Z``"""
    return f"{datetime.fromtimestamp(ms // 1_000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1_000:03d}Z"

"""Times inside events, as EventBridge writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def write_time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

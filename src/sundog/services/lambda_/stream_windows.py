"""Which records go to the function next: a batch, and with tumbling windows what belongs to one window.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog.bus.stream_source import StreamRecord
from sundog.services.lambda_ import limits
from sundog.services.lambda_.stream_batches import StreamSettings


@dataclass(frozen=True, slots=True)
class Window:
    """A tumbling window under way and what the function has made of it so far."""

    start_ms: int
    state: Any = field(default_factory=dict)
    is_full: bool = False
    """Its state has grown too large: it ends now."""

    def write(self) -> str:
        return orjson.dumps([self.start_ms, self.state]).decode()


def read_window(text: str) -> Window | None:
    return Window(*orjson.loads(text)) if text else None


@dataclass(frozen=True, slots=True)
class Take:
    """The first ``count`` waiting records go; ``is_last``: with them the window ends, perhaps early."""

    count: int
    window: Window | None = None
    is_last: bool = False
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records in order, the first of which has waited since ``since_ms``. ``is_end``: no more will come."""

    records: Sequence[StreamRecord]
    since_ms: int
    size: int
    is_end: bool


def decide_take(
    waiting: Waiting, settings: StreamSettings, window: Window | None, now_ms: int
) -> Take | None:
    """What goes to the function now; None while more may come."""
    if settings.tumbling_ms:
        return _decide_window(waiting, settings, window, now_ms)
    if not waiting.records or not _is_ripe(waiting, len(waiting.records), settings, now_ms):
        return None
    return Take(_fitting(waiting.records, settings.batch_count_max))


def _decide_window(
    waiting: Waiting, settings: StreamSettings, window: Window | None, now_ms: int
) -> Take | None:
    """A record that comes late belongs to the window that is under way."""
    length_ms = settings.tumbling_ms
    if window is None:
        if not waiting.records:
            return None
        window = Window(waiting.records[0].time_ms // length_ms * length_ms)
    end_ms = window.start_ms + length_ms
    own = next((i for i, r in enumerate(waiting.records) if r.time_ms >= end_ms), len(waiting.records))
    is_over = window.is_full or own < len(waiting.records) or now_ms >= end_ms or waiting.is_end
    if window.is_full:
        return Take(0, window, is_last=True, is_early=True)
    count = _fitting(waiting.records[:own], settings.batch_count_max)
    if is_over:
        is_early = waiting.is_end and own == len(waiting.records) and now_ms < end_ms
        return Take(count, window, is_last=count == own, is_early=is_early and count == own)
    return Take(count, window) if own and _is_ripe(waiting, own, settings, now_ms) else None


def _is_ripe(waiting: Waiting, count: int, settings: StreamSettings, now_ms: int) -> bool:
    return (
        waiting.is_end
        or count >= settings.batch_count_max
        or waiting.size >= limits.BATCH_BYTES_MAX
        or now_ms >= waiting.since_ms + settings.window_ms
    )


def _fitting(records: Sequence[StreamRecord], count_max: int) -> int:
    """How many of the records make one event: by number and by size, one at least."""
    size = 0
    for count, record in enumerate(records[:count_max]):
        size += record_bytes(record)
        if size > limits.BATCH_BYTES_MAX and count:
            return count
    return min(len(records), count_max)


def record_bytes(record: StreamRecord) -> int:
    return len(orjson.dumps(record.event)) + 1


def due_ms(waiting: Waiting, settings: StreamSettings, window: Window | None) -> int | None:
    """When to ask again, if nothing comes before."""
    times = [waiting.since_ms + settings.window_ms] if waiting.records else []
    if settings.tumbling_ms and (window is not None or waiting.records):
        start_ms = (
            window.start_ms
            if window
            else waiting.records[0].time_ms // settings.tumbling_ms * (settings.tumbling_ms)
        )
        times.append(start_ms + settings.tumbling_ms)
    return min(times, default=None)


def write_seconds(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def window_members(take: Take, settings: StreamSettings, shard: str, stream_arn: str) -> dict[str, Any]:
    """What the event of a windowed batch has besides its records."""
    if take.window is None:
        return {}
    start_ms = take.window.start_ms
    return {
        "window": {"start": write_seconds(start_ms), "end": write_seconds(start_ms + settings.tumbling_ms)},
        "state": take.window.state,
        "shardId": shard,
        "eventSourceARN": stream_arn,
        "isFinalInvokeForWindow": take.is_last,
        "isWindowTerminatedEarly": take.is_early,
    }


def next_window(take: Take, payload: bytes) -> Window | None:
    """The window after an answer; a state of more than 1 MB ends it with the state it had before."""
    if take.window is None or take.is_last:
        return None
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        document = None
    state: Any = document.get("state") if isinstance(document, Mapping) else None
    state = {} if state is None else state
    if len(orjson.dumps(state)) > limits.WINDOW_STATE_BYTES_MAX:
        return Window(take.window.start_ms, take.window.state, is_full=True)
    return Window(take.window.start_ms, state)

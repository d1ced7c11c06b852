"""Figures of Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from collections.abc import Mapping

from sundog.config import LimitsName

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

NAME_LENGTH_MAX = 64
MEMORY_MB_MAX = 10_240
TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX = 3, 900
MEMORY_MB_DEFAULT, TMP_MB_DEFAULT, TMP_MB_MAX = 128, 512, 10_240
ENVIRONMENT_BYTES_MAX = 4_096
LAYERS_MAX = 5
TAGS_MAX = 50
ALIAS_VERSIONS_MAX = 2

ZIPPED_BYTES_MAX = 52_428_800
UPLOAD_BYTES_MAX = 70_167_211
"""Of a request that brings code: the bundle in base64 and what stands around it."""

UNZIPPED_BYTES_MAX = 262_144_000
STORED_BYTES_MAX = 80_530_636_800
POLICY_BYTES_MAX = 20_480

CONCURRENCY_MAX = 1_000
UNRESERVED_CONCURRENCY_MIN = 100

PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
EVENT_BYTES_MAX: Mapping[LimitsName, int] = {
    "aws": 1024 * 1024,
    "classic": 256 * 1024,
    "relaxed": PAYLOAD_BYTES_MAX,
}
"""Of an asynchronous event: 256 KB until October 2025, 1 MB since."""

STREAM_BYTES_MAX: Mapping[LimitsName, int] = {
    "aws": 200 * 1024 * 1024,
    "classic": 20 * 1024 * 1024,
    "relaxed": 200 * 1024 * 1024,
}
"""Of a streamed response: 20 MB until July 2025, 200 MB since."""

EVENT_RETRIES_DEFAULT = 2
EVENT_RETRY_MS = (MINUTE_MS, 2 * MINUTE_MS)
EVENT_AGE_MS_MAX = 6 * HOUR_MS
THROTTLE_MS_MIN, THROTTLE_MS_MAX = 1_000, 5 * MINUTE_MS

PENDING_MS = 150
"""A new function is Pending for so long; on AWS for some seconds."""

PROVISION_MS = 1_000
"""Provisioned environments are announced ready after this long; AWS takes a minute or two."""

PAGE_MAX = 50
LISTED_MAX = 10_000
"""Versions of one layer that are looked through for a page."""
FILTERS_MAX = 5
BATCH_BYTES_MAX = 6 * 1024 * 1024
BATCH_WINDOW_S_MAX = 300
BATCH_DEFAULT = 10
RECEIVE_MAX = 10
POLL_SECONDS = 20
CONCURRENT_BATCHES, CONCURRENT_BATCHES_DOUBLE_MS = 5, 10_000
"""Batches of one queue with the function at once: at first, and how soon twice as many."""
POLLERS_MIN, POLLERS_MAX_DEFAULT, BATCHES_OF_POLLER = 2, 200, 10
BATCH_THROTTLE_MS_MIN, BATCH_THROTTLE_MS_MAX = 250, 10_000
BATCH_DRAIN_MS = 2_000
STREAM_RETRY_MS_MIN, STREAM_RETRY_MS_MAX = 500, 60_000
KAFKA_WINDOW_MS = 500
STREAM_BATCH_DEFAULT = 100
STREAM_READ_MAX = 10_000
STREAM_WAITING_MAX = 20_000
"""Records of one shard that are read and not yet done with."""
STREAM_WAITING_BYTES_MAX = 64 * 1024 * 1024
STREAM_LOOK_MS, SHARDS_LOOK_MS = 250, 5_000
"""How often a shard is looked at, and how often for new ones, of a stream that wakes nobody."""
SHARD_LEASE_MS = 60_000
WINDOW_STATE_BYTES_MAX = 1024 * 1024
RECORD_AGE_S_MIN = 60
MAPPINGS_PAGE_MAX = 100

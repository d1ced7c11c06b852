"""The quotas of EventBridge Pipes.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html#eb-pipes-limits
"""

from __future__ import annotations

PIPES_MAX = 1_000
PAGE_MAX = 100
TAGS_MAX = 50
BATCH_DEFAULT = 10
STREAM_BATCH_DEFAULT = 100
BATCH_BYTES_MAX = 6 * 1024 * 1024
RECEIVE_MAX = 10
POLL_SECONDS = 20
BATCHES_AT_ONCE = 5
BATCH_DRAIN_MS = 2_000
LOG_PAYLOAD_MAX = 256 * 1024
TARGET_BATCH_MAX = {"events": 10, "kinesis": 500, "sns": 10, "sqs": 10}
"""How many events one call of a target takes; the others take arrays of any length."""

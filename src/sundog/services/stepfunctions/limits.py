"""Figures of Step Functions.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

SECOND_MS = 1_000
DAY_MS = 24 * 3_600_000
NAME_LENGTH_MAX = 80
PAYLOAD_BYTES_MAX = 262_144
PAGE = 100
PAGE_MAX = 1_000
EXECUTION_KEPT_MS = 90 * DAY_MS
"""How long an execution that is over can be read, and its name not be used again."""

EXPRESS_MS_MAX = 5 * 60_000
POLL_MS = 60_000
"""How long GetActivityTask waits for a task."""

HTTP_MS_MAX = 60_000
TASKS_AT_ONCE = 256

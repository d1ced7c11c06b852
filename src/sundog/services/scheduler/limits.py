"""The quotas of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
"""

from __future__ import annotations

GROUPS_MAX = 500
SCHEDULES_MAX = 1_000_000
PAGE_MAX = 100
TAGS_MAX = 50
RETRIES_DEFAULT = 185
EVENT_AGE_S_DEFAULT = 86_400
START_LATE_MS_MAX = 5 * 60_000
INPUT_BYTES_MAX = 256 * 1024
TOKEN_MS = 8 * 3_600_000
"""How long a client token is remembered."""
DELETED_AT_ONCE = 500
"""Schedules that one step of a group's deletion takes."""

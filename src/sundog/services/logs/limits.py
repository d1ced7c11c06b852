"""Figures of CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

BATCH_BYTES_MAX = 1_048_576
EVENT_OVERHEAD_BYTES = 26
BATCH_SPAN_MS_MAX = DAY_MS
CHUNK_SPAN_MS_MAX = 60_000
"""Of one stored row: a reader of a short time need not look at rows that begin long before it."""
AGE_MS_MAX = 14 * DAY_MS
AHEAD_MS_MAX = 2 * HOUR_MS

PAGE_MAX = 50
EVENTS_PAGE_MAX = 10_000
EVENTS_PAGE_BYTES_MAX = 1_048_576
EVENTS_SCANNED_MAX = 100_000
"""By one FilterLogEvents, which then answers with a token and maybe no events, as AWS does."""

DELIVERY_BYTES_MAX = 1_000_000
"""Of one document to a subscriber, written; more events go in more documents."""

METRIC_FILTERS_MAX = 100
SUBSCRIPTION_FILTERS_MAX = 2
RESOURCE_POLICIES_MAX = 10
QUERY_DEFINITIONS_MAX = 1_000
TAGS_MAX = 50

QUERY_GROUPS_MAX, QUERY_SOURCE_GROUPS_MAX = 50, 10_000
"""That a request lists, and that SOURCE selects."""
QUERIES_ACTIVE_MAX = 100
QUERY_RUNTIME_MS_MAX = HOUR_MS
QUERY_KEPT_MS = 7 * DAY_MS
QUERY_PAGE_MAX, QUERIES_PAGE_MAX = 10_000, 1_000
QUERY_TEXT_MAX = 10_000
QUERY_ATTEMPTS_MAX = 5
"""Runs that died with their process before the query counts as failed: a limit of ours."""
TIME_S_MAX = 253_402_300_799
"""The last second of the year 9999."""
METRIC_DATA_MAX, METRIC_VALUES_MAX = 1_000, 150
"""Of one PutMetricData, and of one datum."""
METRIC_VALUE_MAX = 2.0**360
"""CloudWatch refuses more, and with it everything else in the request."""

STORED_BYTES_DELAY_MS = HOUR_MS
"""AWS counts the bytes of a group some time after they came."""

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

SWEEP_MS = HOUR_MS
SWEEP_CHUNKS_MAX = 500
"""Rows one step of a sweep deletes."""

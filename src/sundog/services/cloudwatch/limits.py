"""The figures of CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from __future__ import annotations

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

DATA_MAX = 1_000
VALUES_MAX = 150
DIMENSIONS_MAX = 30
PAST_MS_MAX = 14 * DAY_MS
FUTURE_MS_MAX = 2 * HOUR_MS
VALUE_MAX = 2.0**360

TIERS = (
    (1, 3 * HOUR_MS),
    (60, 15 * DAY_MS),
    (300, 63 * DAY_MS),
    (3_600, 455 * DAY_MS),
)
"""Seconds of resolution, and for how long data of this resolution can be read."""

DATAPOINTS_MAX = 1_440
STATISTICS_MAX, EXTENDED_STATISTICS_MAX = 5, 10
HIGH_RESOLUTION_PERIODS = (1, 5, 10, 20, 30)
PERIOD_S_MAX = DAY_MS // 1_000

QUERIES_MAX = 500
METRIC_DATAPOINTS_MAX = 100_800
SEARCH_METRICS_MAX = 100
SEARCH_CANDIDATES_MAX = 10_000

LISTED_METRICS_MAX = 500
LISTED_MS = 14 * DAY_MS
RECENT_MS = 3 * HOUR_MS

ALARM_RANGE_S_MAX = 86_400
ALARM_WEEK_S_MAX = 7 * 86_400
"""What an alarm's periods may span together: a day, and a week where the period is an hour or more."""
ALARMS_PAGE = 50
ALARM_NAMES_MAX = 100
HISTORY_MS = 30 * DAY_MS
HISTORY_PAGE = 100
ALARM_METRICS_MAX = 10
COMPOSITE_CHILDREN_MAX = 100

DASHBOARDS_PAGE = 1_000
DASHBOARDS_DELETED_MAX = 100
DASHBOARD_WIDGETS_MAX = 500
TAGS_MAX = 50

SWEEP_ROWS_MAX = 5_000
KNOWN_METRICS_MAX = 100_000

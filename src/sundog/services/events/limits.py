"""Figures of EventBridge.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
"""

from __future__ import annotations

from collections.abc import Mapping

from sundog.config import LimitsName

BUSES_MAX = 100
RULES_MAX: Mapping[LimitsName, int] = {"aws": 300, "classic": 300, "relaxed": 1_000_000}
"""Of one bus."""

TARGETS_MAX = 5
"""Of one rule."""

POLICY_BYTES_MAX = 10_240
PATTERN_LENGTH_MAX = 4_096
TAGS_MAX = 50
PAGE = 100

ENTRIES_BYTES_MAX: Mapping[LimitsName, int] = {"aws": 1_048_576, "classic": 262_144, "relaxed": 1_048_576}
"""All entries of one PutEvents: 256 KB until January 2026, 1 MB since."""

TIME_BYTES = 14
"""What a time counts for in the size of an entry."""

HOPS_MAX = 5
"""From bus to bus; an event that goes in circles ends."""

"""The quotas of SQS as a value.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sundog.config import LimitsName

BATCH_ENTRIES_MAX = 10
MESSAGE_ATTRIBUTES_MAX = 10
TAGS_MAX = 50
PAGE_MAX = 1_000
MOVE_TASKS_LISTED_MAX = 10
MOVE_TASKS_KEPT_MAX = 10
POLICY_STATEMENTS_MAX = 20
POLICY_ACTIONS_MAX = 7
MESSAGE_BYTES_MIN = 1_024
DEDUPLICATION_MS = 300_000
ATTRIBUTE_SETTLE_MS = 60_000
"""How long a changed deduplication scope takes to act. AWS allows itself 60 s for changed attributes."""

VISIBILITY_S_MAX = 43_200
DELAY_S_MAX = 900
WAIT_S_MAX = 20
RETENTION_S_MIN, RETENTION_S_MAX = 60, 1_209_600
MOVE_RATE_MAX = 500
RECEIVE_COUNT_MAX = 1_000
SWEEP_ROWS_MAX = 2_000
CLAIM_ROUNDS_MAX = 100
"""How many batches one receive may redrive or expire before it answers with nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may differ between AWS's accounts, times and our users' wishes. None: not enforced."""

    message_bytes_max: int = 1_048_576
    batch_bytes_max: int = 1_048_576
    in_flight_max: int | None = 120_000
    name_reuse_ms: int = 60_000
    purge_pause_ms: int = 60_000
    fifo_calls_max: int | None = 300
    """Calls a second and action for a FIFO queue, each with up to 10 messages."""
    fifo_group_calls_max: int | None = 300
    """The same for each group of a queue with ``FifoThroughputLimit=perMessageGroupId``."""


AWS = Limits()
CLASSIC = replace(AWS, message_bytes_max=262_144, batch_bytes_max=262_144)
RELAXED = replace(
    AWS,
    in_flight_max=None,
    name_reuse_ms=0,
    purge_pause_ms=0,
    fifo_calls_max=None,
    fifo_group_calls_max=None,
)

BY_NAME: Mapping[LimitsName, Limits] = {"aws": AWS, "classic": CLASSIC, "relaxed": RELAXED}

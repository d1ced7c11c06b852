"""Figures of archives, replays, connections, API destinations and endpoints.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
"""

from __future__ import annotations

CONNECTIONS_MAX = 3_000
API_DESTINATIONS_MAX = 3_000
ENDPOINTS_MAX = 100
ARCHIVES_MAX = 100
REPLAYS_ACTIVE_MAX = 10
INVOCATIONS_PER_SECOND = 300
TOKEN_REQUEST_MS_MAX = 5_000
"""How long an authorization endpoint may take to answer."""

TOKEN_MS_DEFAULT = 3_600_000
"""How long a token is used whose issuer does not say when it expires."""

TOKEN_MARGIN_MS = 60_000
"""A token about to expire is replaced before it does."""

REPLAY_START_MS = 2_000
"""How long a replay is STARTING. On AWS it takes longer; callers count on being able to cancel it then."""

REPLAY_STEP_EVENTS = 100
SWEEP_EVENTS = 1_000
DAY_MS = 24 * 3_600_000

"""Figures of WebSocket APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from __future__ import annotations

IDLE_MS_MAX = 10 * 60_000
OPEN_MS_MAX = 2 * 3_600_000
MESSAGE_BYTES_MAX, FRAME_BYTES_MAX = 128 * 1024, 32 * 1024
URL_CHARACTERS_MAX = 4_096
ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000.0
CONNECTIONS_A_SECOND, CONNECTIONS_BURST = 500, 500
"""New connections of an account and region."""

AT_ONCE_MAX = 64
"""Messages of one connection that are handled side by side; the client waits while there are as many."""

AUTHORIZER_TIMEOUT_MS = 29_000
PROGRAMS_MAX = 1_000

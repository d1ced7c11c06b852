"""What the gateway itself tells a client: error frames, and refusals of handshakes."""

from __future__ import annotations

import json

from sundog.protocol.http import HttpResponse
from sundog.services.apigatewayv2.sockets.occasion import Occasion


class Failed(Exception):
    """Handling ends here: a client with a connection gets ``message`` as a frame, one without the status.

    The text says more, for logs.
    """

    def __init__(self, status: int, message: str, text: str = "") -> None:
        super().__init__(text or message)
        self.status, self.message = status, message


def forbidden(text: str = "") -> Failed:
    return Failed(403, "Forbidden", text)


def internal_error(text: str = "", status: int = 500) -> Failed:
    return Failed(status, "Internal server error", text)


def timed_out() -> Failed:
    return Failed(504, "Endpoint request timed out")


def error_text(occasion: Occasion, message: str) -> str:
    """Recorded: a space after the first colon only."""
    return (
        f'{{"message": {json.dumps(message)}, "connectionId":"{occasion.peer.id}", '
        f'"requestId":"{occasion.request_id}"}}'
    )


def refusal(occasion: Occasion, failed: Failed) -> HttpResponse:
    body = error_text(occasion, failed.message).encode()
    return HttpResponse(
        failed.status, body, {"Content-Type": "application/json", "x-amzn-RequestId": occasion.request_id}
    )

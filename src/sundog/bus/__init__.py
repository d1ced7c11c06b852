"""Bus: from one service to another by ARN, durably: retries, dead letters and the trace of decisions."""

from sundog.bus.apis import ApiCall, invoke_api
from sundog.bus.connections import (
    ConnectionFailure,
    HttpCall,
    invoke_connection,
    invoke_destination,
)
from sundog.bus.courier import Courier
from sundog.bus.delivery import (
    CONCURRENCY_MAX,
    KIND,
    Attempt,
    Delivery,
    DeliveryFailed,
    NotNow,
    RetryPolicy,
    Target,
    send,
    send_all,
)
from sundog.bus.emitting import emit
from sundog.bus.faces import ask_face, sign_as
from sundog.bus.http import HttpAnswer, HttpClient, HttpFailure
from sundog.bus.metrics import Dimensions, Metrics
from sundog.bus.postbox import Postbox
from sundog.bus.traces import Considered, Traces

__all__ = [
    "CONCURRENCY_MAX",
    "KIND",
    "ApiCall",
    "Attempt",
    "ConnectionFailure",
    "Considered",
    "Courier",
    "Delivery",
    "DeliveryFailed",
    "Dimensions",
    "HttpAnswer",
    "HttpCall",
    "HttpClient",
    "HttpFailure",
    "Metrics",
    "NotNow",
    "Postbox",
    "RetryPolicy",
    "Target",
    "Traces",
    "ask_face",
    "emit",
    "invoke_api",
    "invoke_connection",
    "invoke_destination",
    "send",
    "send_all",
    "sign_as",
]

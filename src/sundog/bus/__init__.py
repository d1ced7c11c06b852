"""Bus: from one service to another by ARN, durably: retries, dead letters and the trace of decisions."""

from sundog.bus.courier import Courier
from sundog.bus.delivery import KIND, Delivery, RetryPolicy, Target, send

__all__ = ["KIND", "Courier", "Delivery", "RetryPolicy", "Target", "send"]

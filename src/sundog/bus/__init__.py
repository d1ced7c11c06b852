"""Bus: from one service to another by ARN, durably: retries, dead letters and the trace of decisions."""

from sundog.bus.delivery import Delivery, RetryPolicy, Target, send

__all__ = ["Delivery", "RetryPolicy", "Target", "send"]

"""Part: the metrics of AWS/Events, of a rule and of all rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.arn import parse_arn
from sundog.bus import Attempt, Dimensions
from sundog.scope import Scope
from sundog.services.events.model import DEFAULT

Subject = tuple[Scope, str, str]
"""Scope, bus, rule."""


class Metrics(bus.Metrics[Subject]):
    namespace = "AWS/Events"
    service = "events.amazonaws.com"
    units: ClassVar = {
        "IngestionToInvocationCompleteLatency": "Milliseconds",
        "IngestionToInvocationSuccessLatency": "Milliseconds",
    }

    def series(self, subject: Subject) -> tuple[Scope, list[Dimensions]]:
        scope, bus_name, rule = subject
        of_rule = (("RuleName", rule),)
        if bus_name == DEFAULT:
            return scope, [(), of_rule]
        return scope, [(), (("EventBusName", bus_name), *of_rule)]

    def attempted(self, attempt: Attempt) -> None:
        """The courier has tried to reach a target, or the dead-letter queue of one."""
        subject = read_rule(attempt.delivery.source_arn)
        if subject is None:
            return
        for metric in metrics_of(attempt):
            self.count(subject, metric)
        if attempt.outcome == "delivered" and not attempt.delivery.is_letter:
            self.count(subject, "IngestionToInvocationSuccessLatency", float(attempt.age_ms))
        if attempt.outcome != "retrying" and not attempt.delivery.is_letter:
            self.count(subject, "IngestionToInvocationCompleteLatency", float(attempt.age_ms))


def metrics_of(attempt: Attempt) -> list[str]:
    """What an attempt counts as."""
    is_last = attempt.outcome != "retrying"
    if attempt.delivery.is_letter:
        end = "InvocationsSentToDlq" if attempt.outcome == "delivered" else "InvocationsFailedToBeSentToDlq"
        return [end] if is_last else []
    found = ["InvocationAttempts"]
    if attempt.number > 1:
        found.append("RetryInvocationAttempts")
    if attempt.outcome == "delivered":
        found.append("SuccessfulInvocationAttempts")
    if attempt.outcome == "given up":
        found.append("FailedInvocations")
    return [*found, "Invocations"] if is_last else found


def read_rule(text: str) -> Subject | None:
    """The rule of ``arn:...:rule/name`` or ``arn:...:rule/bus/name``."""
    arn = parse_arn(text)
    kind, _, names = arn.resource.partition("/") if arn else ("", "", "")
    if arn is None or kind != "rule":
        return None
    bus_name, _, name = names.rpartition("/")
    return arn.scope, bus_name or DEFAULT, name

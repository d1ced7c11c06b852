"""Part: the metrics of AWS/Lambda: of a function, of the qualifier it was called by, of all functions.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sundog import bus
from sundog.arn import parse_arn
from sundog.bus import Dimensions
from sundog.bus.delivery import Attempt
from sundog.scope import Scope
from sundog.services.lambda_.names import FunctionName, is_alias, parse_name


@dataclass(frozen=True, slots=True)
class Executed:
    """A name, and the version that ran for it."""

    name: FunctionName
    version: str


class Metrics(bus.Metrics[FunctionName | Executed | Scope]):
    """Of a function's name, with the version where it was chosen by an alias; of an account as a whole."""

    namespace = "AWS/Lambda"
    service = "lambda.amazonaws.com"
    units: ClassVar = {
        "Duration": "Milliseconds",
        "AsyncEventAge": "Milliseconds",
        "IteratorAge": "Milliseconds",
        "UrlRequestLatency": "Milliseconds",
        "PostRuntimeExtensionsDuration": "Milliseconds",
    }

    def series(self, subject: FunctionName | Executed | Scope) -> tuple[Scope, list[Dimensions]]:
        if isinstance(subject, Scope):
            return subject, [()]
        name = subject.name if isinstance(subject, Executed) else subject
        qualifier = f":{name.qualifier}" if name.qualifier else ""
        own, resource = ("FunctionName", name.name), ("Resource", name.name + qualifier)
        shown: list[Dimensions] = [(), (own,), (own, resource)]
        if isinstance(subject, Executed) and is_alias(name.qualifier):
            shown.append((own, resource, ("ExecutedVersion", subject.version)))
        return name.scope, shown

    def attempted(self, attempt: Attempt) -> None:
        """What the bus could not bring to a dead-letter queue or a destination is counted."""
        delivery = attempt.delivery
        arn = parse_arn(delivery.source_arn)
        if attempt.outcome == "given up" and arn is not None:
            is_dead_letter = "MessageAttributes" in delivery.parameters
            metric = "DeadLetterErrors" if is_dead_letter else "DestinationDeliveryFailures"
            self.count(parse_name(arn.scope, delivery.source_arn), metric)

"""Part: the metrics of AWS/Events, of a rule and of all rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from __future__ import annotations

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope
from sundog.services.events.model import DEFAULT

Subject = tuple[Scope, str, str]
"""Scope, bus, rule."""


class Metrics(bus.Metrics[Subject]):
    namespace = "AWS/Events"
    service = "events.amazonaws.com"

    def series(self, subject: Subject) -> tuple[Scope, list[Dimensions]]:
        scope, bus_name, rule = subject
        of_rule = (("RuleName", rule),)
        if bus_name == DEFAULT:
            return scope, [(), of_rule]
        return scope, [(), (("EventBusName", bus_name), *of_rule)]

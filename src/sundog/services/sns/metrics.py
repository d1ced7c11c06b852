"""Part: the metrics of AWS/SNS.

https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from __future__ import annotations

from typing import ClassVar

from sundog import bus
from sundog.bus import Dimensions
from sundog.scope import Scope


class Metrics(bus.Metrics[tuple[Scope, str]]):
    """Counted for a topic; the name ``PhoneNumber`` stands for messages without one."""

    namespace = "AWS/SNS"
    service = "sns.amazonaws.com"
    units: ClassVar = {"PublishSize": "Bytes"}

    def series(self, subject: tuple[Scope, str]) -> tuple[Scope, list[Dimensions]]:
        scope, topic = subject
        return scope, [(("TopicName", topic),)]

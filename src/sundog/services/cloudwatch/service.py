"""CloudWatch as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.cloudwatch import (
    alarms,
    dashboards,
    describing,
    metric_data,
    metric_statistics,
    metrics,
    tags,
)
from sundog.services.cloudwatch.evaluating import EVALUATE, act, evaluate_alarm
from sundog.services.cloudwatch.refusals import REFUSED
from sundog.services.cloudwatch.series import MetricMemory
from sundog.services.cloudwatch.sweeping import Sweep
from sundog.services.cloudwatch.transitions import ACT

SERVICE = Service(
    name="cloudwatch",
    operations=operations_in(
        "cloudwatch", alarms, dashboards, describing, metric_data, metric_statistics, metrics, tags
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    work={
        EVALUATE: DurableWork(evaluate_alarm, recurring=True),
        ACT: DurableWork(act),
    },
    parts=(MetricMemory, Sweep),
)

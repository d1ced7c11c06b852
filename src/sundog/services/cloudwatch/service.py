"""CloudWatch as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.cloudwatch import metric_data, metric_statistics, metrics
from sundog.services.cloudwatch.refusals import REFUSED
from sundog.services.cloudwatch.series import MetricMemory

SERVICE = Service(
    name="cloudwatch",
    operations=operations_in("cloudwatch", metric_data, metric_statistics, metrics),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(MetricMemory,),
)

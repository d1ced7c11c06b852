"""Elastic Load Balancing v2 as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import Service, operations_in
from sundog.services.elbv2 import (
    account,
    attribute_sets,
    listener_rules,
    listeners,
    load_balancers,
    registering,
    tags,
    target_groups,
)
from sundog.services.elbv2.choosing import Chooser
from sundog.services.elbv2.directory import Directory
from sundog.services.elbv2.face import Face
from sundog.services.elbv2.health import Health
from sundog.services.elbv2.metrics import Metrics
from sundog.services.elbv2.refusals import REFUSED

SERVICE = Service(
    name="elbv2",
    operations=operations_in(
        "elbv2",
        account,
        attribute_sets,
        listener_rules,
        listeners,
        load_balancers,
        registering,
        tags,
        target_groups,
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    parts=(Directory, Metrics, Chooser, Health, Face),
)

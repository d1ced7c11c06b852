"""Lambda as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.lambda_ import (
    account,
    aliases,
    code_signing,
    concurrency,
    event_invoke_configs,
    event_source_mappings,
    events,
    functions,
    invoking,
    layer_permissions,
    layers,
    permissions,
    provisioned_configs,
    publishing,
    recursion,
    runtime_management,
    tags,
    targets,
    url_configs,
    versions,
)
from sundog.services.lambda_.bundles import Bundles
from sundog.services.lambda_.catalog import Catalog
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.debugged import Debugged
from sundog.services.lambda_.debuggers import Debuggers
from sundog.services.lambda_.face import Face
from sundog.services.lambda_.images import Images
from sundog.services.lambda_.kafka_sources import KafkaSources
from sundog.services.lambda_.log_writer import LogWriter
from sundog.services.lambda_.mapping_metrics import MappingCounts
from sundog.services.lambda_.metrics import Metrics
from sundog.services.lambda_.pollers import Pollers
from sundog.services.lambda_.provisioned import Provisioned
from sundog.services.lambda_.refusals import REFUSED
from sundog.services.lambda_.response_streams import ResponseStreams
from sundog.services.lambda_.runner import Runner

EVENTS_RUNNING_MAX = 256
"""Events invoked at once on this node; what is due beyond that waits in the store."""

SERVICE = Service(
    name="lambda",
    operations=operations_in(
        "lambda",
        *(
            account,
            aliases,
            code_signing,
            concurrency,
            functions,
            invoking,
            layer_permissions,
            layers,
            permissions,
            provisioned_configs,
        ),
        *(recursion, runtime_management, tags, url_configs, versions),
        # Events and event source mappings
        *(event_invoke_configs, event_source_mappings),
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"lambda": targets.deliver},
    work={
        publishing.ACTIVATE: DurableWork(publishing.activate),
        # Events and event source mappings
        events.INVOKE: DurableWork(events.invoke_event, concurrency_max=EVENTS_RUNNING_MAX),
        event_source_mappings.SETTLE: DurableWork(event_source_mappings.settle),
    },
    parts=(
        *(Bundles, Images, LogWriter, Metrics, Debuggers, Catalog, Compute, Debugged, Provisioned, Runner),
        *(ResponseStreams, Face, MappingCounts, KafkaSources, Pollers),
    ),
)

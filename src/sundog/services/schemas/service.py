"""EventBridge Schemas as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.schemas import discoverers, discovery, policies, registries, schemas, searching, tags
from sundog.services.schemas.listening import LISTEN, align
from sundog.services.schemas.refusals import REFUSED

SERVICE = Service(
    name="schemas",
    operations=operations_in(
        "schemas", discoverers, discovery, policies, registries, schemas, searching, tags
    ),
    refused=REFUSED,
    schema=Path(__file__).with_name("schema"),
    targets={"schemas": discovery.deliver},
    work={LISTEN: DurableWork(align)},
)

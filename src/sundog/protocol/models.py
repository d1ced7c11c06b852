"""botocore's service models and what is compiled from them, loaded when a service is first asked for.

The files are read directly: botocore's own loader lists every service that it knows first.
"""

from __future__ import annotations

import gzip
from typing import Any

import orjson
from botocore.model import ServiceModel

from sundog.protocol.codec import ServiceCodec
from sundog.protocol.metadata import DATA


class UnknownService(LookupError):
    """botocore has no such service: we are wrong, for callers are routed to services of ours only."""


class Models:
    """Models and codecs by the name that botocore has for the service."""

    def __init__(self) -> None:
        self._models: dict[str, ServiceModel] = {}
        self._codecs: dict[str, ServiceCodec] = {}

    def get(self, service: str) -> ServiceModel:
        if service not in self._models:
            self._load(service)
        return self._models[service]

    def codec(self, service: str) -> ServiceCodec:
        if service not in self._codecs:
            self._load(service)
        return self._codecs[service]

    def _load(self, service: str) -> None:
        description = _read_model(service)
        self._models[service] = ServiceModel(description, service)
        self._codecs[service] = ServiceCodec(self._models[service], description)


def _read_model(service: str) -> dict[str, Any]:
    files = sorted(DATA.glob(f"{service}/*/service-2.json.gz"))
    if not files:
        raise UnknownService(service)
    description: dict[str, Any] = orjson.loads(gzip.decompress(files[-1].read_bytes()))
    return description

"""A deployment compiled: what the stages of a request read. Made once by `compiling`, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from sundog.lang.iam_policy import Policy
from sundog.services.apigateway.execute.media import BinaryTypes
from sundog.services.apigateway.execute.routing import Routes
from sundog.services.apigateway.execute.templates import Template

Value = str | list[str] | None
Source = Callable[[Any, Any], Value]
"""(call, answer of the integration or None) -> a parameter's value; see `expressions`."""

CheckBody = Callable[[bytes], str]
"""What is wrong with a body, "" if nothing."""


@dataclass(frozen=True, slots=True)
class ParameterMapping:
    """One parameter mapping: where (``header``, ``querystring``, ``path``), under which name, from what."""

    location: str
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """``pattern`` is None of the one that is taken when no other matches."""

    status: str
    pattern: Pattern[str] | None
    headers: tuple[ParameterMapping, ...]
    templates: Mapping[str, Template | None]
    handling: str = ""


@dataclass(frozen=True, slots=True)
class Integration:
    """``uri`` still has its ``${stageVariables}`` and ``{path}`` parameters."""

    type: str
    http_method: str = ""
    uri: str = ""
    credentials: str = ""
    timeout_ms: int = 29_000
    passthrough: str = "WHEN_NO_MATCH"
    handling: str = ""
    templates: Mapping[str, Template | None] = field(default_factory=dict)
    mappings: tuple[ParameterMapping, ...] = ()
    responses: tuple[IntegrationResponse, ...] = ()
    default: IntegrationResponse | None = None
    cache_namespace: str = ""
    cache_keys: tuple[tuple[str, Source], ...] = ()
    verify_tls: bool = True
    is_streamed: bool = False

    @property
    def is_proxy(self) -> bool:
        return self.type.endswith("_PROXY")


@dataclass(frozen=True, slots=True)
class Authorizer:
    """``sources`` are the identity sources by the text that names them."""

    id: str
    name: str
    type: str
    uri: str = ""
    credentials: str = ""
    sources: tuple[tuple[str, Source], ...] = ()
    validation: Pattern[str] | None = None
    ttl_ms: int = 300_000
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """``http_method`` is the one configured, maybe ANY. ``responses``: header names a status may have."""

    resource_id: str
    path: str
    http_method: str
    integration: Integration | None
    authorization: str = "NONE"
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    needs_key: bool = False
    operation_name: str = ""
    required: tuple[tuple[str, str, Source], ...] = ()
    """(location, name, source) of parameters that must be there, where the validator says so."""
    bodies: Mapping[str, CheckBody] | None = None
    """By media type, where the validator checks bodies."""
    responses: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """``status`` is 0 where the failure's own holds."""

    status: int
    headers: tuple[tuple[str, Source], ...]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Program:
    """One deployment of one API."""

    api_id: str
    deployment_id: str
    partition: str
    metric_name: str
    routes: Routes[Method]
    failures: Mapping[str, GatewayResponse]
    binary_types: BinaryTypes
    key_source: str = "HEADER"
    compression_bytes_min: int | None = None
    policy: Policy | None = None
    endpoint_types: tuple[str, ...] = ()
    vpc_endpoint_ids: tuple[str, ...] = ()
    is_closed_to_default_host: bool = False
